import { isUuid } from "@chatty/model";
import type { SessionId, UserId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { resolveSession } from "../workspace/aliases.ts";

/** What {@link findSession} looks in. */
export interface SessionNames {
  reader: ConfigurationReader;
  userId: UserId;
  catalog: Catalog;
  /** Sessions that a source knows under this id. */
  sourceSessions: (sourceId: string) => SessionId[];
}

/** Shorter beginnings of an id would soon mean several. */
const shortestPrefix = 6;

/**
 * The session that a text names: an id in any case, a home slug or file name, a stored alias, the source's own conversation id,
 * or the beginning of an id that only one session has.
 * @throws {ChattyError} SESSION_NOT_FOUND, AMBIGUOUS_ID
 */
export function findSession(names: SessionNames, text: string): SessionId {
  const { reader, userId, catalog } = names;
  const named = resolveSession(reader, userId, text);
  if (named !== undefined && catalog.session(named) !== undefined) return named;
  const fromSource = names.sourceSessions(text);
  if (fromSource.length > 0) return only(text, fromSource);
  const key = text.toLowerCase();
  if (!isUuid(key) && key.length >= shortestPrefix && /^[0-9a-f-]+$/.test(key)) {
    const found = catalog.sessionsByPrefix(key, 3);
    if (found.length > 0) return only(text, found);
  }
  if (catalog.isUnfinished) throw listsUnfinished();
  throw new ChattyError("SESSION_NOT_FOUND", `There is no session ${JSON.stringify(text.slice(0, 120))}.`, {
    hint: "`chatty sessions` lists them.",
  });
}

function listsUnfinished(): ChattyError {
  return new ChattyError("CATALOG_DAMAGED", "The lists of this vault could not be made again completely.", {
    hint: "Nothing is lost: they are derived from the journals. Run `chatty rebuild catalog` once the disk is well.",
  });
}

function only(text: string, found: SessionId[]): SessionId {
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw new ChattyError(
    "AMBIGUOUS_ID",
    `${JSON.stringify(text)} means ${found.length} sessions: ${found.join(", ")}.`,
    {
      hint: "Give one of these ids.",
    },
  );
}
