// What a deleted or revived message makes of its session's row, without the journal.
import type { MessageId } from "@chatty/model";
import type { Catalog, CatalogSession } from "../../catalog/catalog.ts";
import type { TombstoneRecord } from "../../journal/record.ts";

/**
 * Living messages after a record that is not in the catalog yet; undefined when the catalog does not tell.
 * @param row how the session stood before.
 */
export function countAfterTombstone(
  catalog: Catalog,
  row: CatalogSession,
  record: TombstoneRecord,
): number | undefined {
  if (record.targetId === undefined) return row.messageCount;
  const targetId = record.targetId as MessageId;
  if (catalog.message(row.sessionId, targetId) === undefined) return undefined;
  const wasDeleted = catalog.isMessageDeleted(row.sessionId, targetId);
  if (wasDeleted === record.deleted) return row.messageCount;
  return row.messageCount + (record.deleted ? -1 : 1);
}

/**
 * The end of the active path: what was said last or, when that is deleted, its nearest living ancestor. Undefined when no ancestor
 * lives: then only the journal tells.
 */
export function livingEnd(catalog: Catalog, row: CatalogSession): MessageId | undefined {
  const walked = new Set<MessageId>();
  for (let id = row.lastSaidId; id !== undefined && !walked.has(id);) {
    const message = catalog.message(row.sessionId, id);
    if (message === undefined) return undefined;
    if (!catalog.isMessageDeleted(row.sessionId, id)) return id;
    walked.add(id);
    id = message.parentId;
  }
  return undefined;
}
