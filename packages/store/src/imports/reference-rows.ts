import { insertAttachments } from "../workspace/attachments.ts";
import type { ImportAttachment } from "../workspace/attachments.ts";
import { insertReferences } from "../workspace/references.ts";
import type { ImportReference } from "../workspace/references.ts";
import type { ImportContext } from "./import-context.ts";

/** Rows written in one transaction: enough to be quick, few enough to keep the event loop free. */
const batchRows = 64;

/** Takes the derived rows of one import. */
export interface RowSink {
  add(reference: ImportReference, attachments: readonly ImportAttachment[]): void;
  /** Writes what waits. */
  flush(): void;
}

/** For a dry run: takes everything and keeps nothing. */
export const discardedRows: RowSink = { add: () => undefined, flush: () => undefined };

/** Writes rows in batches. Nobody sees them before a finished import has their id. */
export function databaseRows(context: ImportContext): RowSink {
  const { configuration } = context.storage;
  const { userId } = context.user;
  let references: ImportReference[] = [];
  let attachments: ImportAttachment[] = [];
  const flush = (): void => {
    if (references.length === 0) return;
    configuration.transaction((writer) => {
      insertReferences(writer, userId, references);
      insertAttachments(writer, userId, attachments);
    });
    references = [];
    attachments = [];
  };
  return {
    add(reference, pointedAt) {
      references.push(reference);
      for (const attachment of pointedAt) attachments.push(attachment);
      if (references.length + attachments.length >= batchRows) flush();
    },
    flush,
  };
}
