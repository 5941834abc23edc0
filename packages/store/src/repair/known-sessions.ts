import type { ConstructId, SessionId } from "@chatty/model";
import { isChattyError, parseConstructId, parseSessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { JournalEnd } from "./assemble-journals.ts";

/** A native session that there is or was, whatever its files say. */
export interface KnownSession {
  sessionId: SessionId;
  constructId: ConstructId;
  /** Relative path of the journal. */
  path: string;
  /** Where the journal ended when that was last written down. */
  expected?: JournalEnd;
  row: CatalogSession | undefined;
}

/**
 * Every native session of a user by its folder and by the marks of its journal: a journal that is gone is known by the other. The
 * catalog alone is no witness that there was a session: it is derived, and may itself be damaged.
 */
export function knownSessions(storage: VaultStorage, space: UserSpace): KnownSession[] {
  const { user } = space.context;
  const found = new Map<string, { sessionId: SessionId; constructId: ConstructId }>();
  const add = (constructId: ConstructId, sessionId: SessionId): void => {
    found.set(layout.journal(user, constructId, sessionId), { constructId, sessionId });
  };
  for (const { constructId, sessionId } of space.sessionFolders()) {
    if (holdsSession(storage, user, constructId, sessionId)) add(constructId, sessionId);
  }
  for (const { path } of storage.configuration.marks()) {
    const place = placeOfJournal(user, path);
    if (place !== undefined) add(place.constructId, place.sessionId);
  }
  return [...found].map(([path, { constructId, sessionId }]) => {
    const row = rowOf(space, sessionId);
    const native = row?.imported === true || row?.constructId !== constructId ? undefined : row;
    const expected = latestEnd(storage, path, native);
    return { sessionId, constructId, path, row: native, ...(expected === undefined ? {} : { expected }) };
  });
}

function rowOf(space: UserSpace, sessionId: SessionId): CatalogSession | undefined {
  try {
    return space.catalog.session(sessionId);
  } catch (error) {
    // A damaged catalog is made again; until then it has nothing to say.
    if (isChattyError(error, "CATALOG_DAMAGED") || isChattyError(error, "INVALID_ID")) return undefined;
    throw error;
  }
}

/** Where a journal ended when that was last written down: at a checkpoint, or by the catalog if that is later. */
export function latestEnd(
  storage: VaultStorage,
  path: string,
  row: CatalogSession | undefined,
): JournalEnd | undefined {
  const marked = syncedEnd(storage, path);
  if (row === undefined || row.journalLength <= (marked?.length ?? 0)) return marked;
  return { length: row.journalLength, seq: row.journalSeq, hash: row.journalHash };
}

/** Where a file ended at the last checkpoint: the catalog follows a file that was replaced, this does not. */
export function syncedEnd(storage: VaultStorage, path: string): JournalEnd | undefined {
  const mark = storage.configuration.mark(path);
  return mark === undefined ? undefined : { length: mark.length, seq: mark.seq, hash: mark.hash };
}

/** A folder with nothing but what is left of a purge or of a creation that never happened is no session. */
function holdsSession(
  storage: VaultStorage,
  user: UserPlace,
  constructId: ConstructId,
  sessionId: SessionId,
): boolean {
  const folder = absolutePath(storage.root, layout.session(user, constructId, sessionId));
  const journal = absolutePath(storage.root, layout.journal(user, constructId, sessionId));
  if ((storage.files.status(journal)?.size ?? 0) > 0) return true;
  return storage.files.list(folder).some(({ name }) => name === "session_meta.json");
}

function placeOfJournal(
  user: UserPlace,
  path: string,
): { constructId: ConstructId; sessionId: SessionId } | undefined {
  const prefix = `${layout.user(user)}/instances/`;
  if (!path.startsWith(prefix)) return undefined;
  const match = /^([^/]+)\/sessions\/([^/]+)\/messages\.jsonl$/.exec(path.slice(prefix.length));
  if (match === null) return undefined;
  return { constructId: parseConstructId(match[1] ?? ""), sessionId: parseSessionId(match[2] ?? "") };
}
