// Purging: what a person removes for good leaves nothing behind but a line of the audit. Every step may be done again, so that a start
// finishes what a crash cut short.
import type { ConstructId, RuntimeId, SessionId } from "@chatty/model";
import { isUuid } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import { readUpTo } from "../files/write-all.ts";
import { homeTranscriptName } from "../journal/transcript-name.ts";
import type { UserSearch } from "../search/user-search.ts";
import type { TranscriptWriter } from "../sessions/flatfile/transcript-writer.ts";
import { beginPurge, endPurge, unfinishedPurges } from "./audit.ts";
import type { PurgeReason } from "./audit.ts";
import { forgetSessions } from "../recall/forget-sessions.ts";
import { dropEvents } from "./event-files.ts";
import { forgetRows } from "./forget-rows.ts";
import { removePieces, removeTree } from "./leftovers.ts";
import { removeRuntime } from "./purge-runtime.ts";
import type { RuntimeImports, SessionPlace } from "./purge-runtime.ts";
import { sessionFolders } from "./session-folders.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** What purging works with. */
export interface PurgeContext {
  storage: VaultStorage;
  user: UserPlace;
  catalog: Catalog;
  transcripts: TranscriptWriter;
  imports: RuntimeImports;
  /** What is found in conversations; made after this. */
  search: () => UserSearch;
  /** Forgets what is kept in memory of sessions that are gone. */
  forget: (sessionIds: readonly SessionId[]) => void;
  /** Writes the index of sessions anew, when the folders say as much. */
  settleIndex: () => void;
  /** A purge of this process was cut short: the next settling goes on with it, or the next start. */
  isUnfinished?: boolean;
}

/** Bytes at the beginning of a transcript in which its header is looked for. */
const headBytes = 64 * 1024;

/**
 * Removes native sessions for good: folders, transcripts, events, rows and everything set aside that speaks of them.
 * @throws {ChattyError} storage errors; the next settling or start then goes on where it stopped
 */
export async function purgeSessions(
  context: PurgeContext,
  sessions: readonly SessionPlace[],
  reason: PurgeReason,
): Promise<void> {
  const { storage, user } = context;
  const subjects = sessions.map(
    ({ sessionId }) => ({ kind: "session", userId: user.userId, sessionId }) as const,
  );
  context.isUnfinished = true;
  for (const subject of subjects) await beginPurge(storage, subject, reason);
  await removeSessions(context, sessions);
  if (await scrub(context)) for (const subject of subjects) endPurge(storage, subject);
  context.isUnfinished = false;
}

/** Removes an imported or custom runtime for good, with its conversations, imports and, unless another one needs them, archives. */
export async function purgeRuntime(
  context: PurgeContext,
  runtimeId: RuntimeId,
  reason: PurgeReason,
): Promise<void> {
  const { storage, user } = context;
  const subject = { kind: "runtime", userId: user.userId, runtimeId } as const;
  context.isUnfinished = true;
  await beginPurge(storage, subject, reason);
  await removeRuntime(context, runtimeId, (sessions) => removeSessions(context, sessions));
  if (await scrub(context)) endPurge(storage, subject);
  context.isUnfinished = false;
}

/** Finishes purges that a crash cut short. Call it before anything looks at journals. */
export async function finishPurges(context: PurgeContext): Promise<void> {
  const { storage, user } = context;
  await finishOldPurges(context);
  const unfinished = unfinishedPurges(storage).filter(
    ({ kind, userId }) => userId === user.userId && kind !== "user",
  );
  for (const subject of unfinished) {
    if (subject.kind === "session") {
      await removeSessions(context, [placeOf(context, subject.sessionId)]);
    } else if (subject.kind === "runtime") {
      await removeRuntime(context, subject.runtimeId, (sessions) => removeSessions(context, sessions));
    }
  }
  if (unfinished.length > 0 && (await scrub(context)))
    for (const subject of unfinished) endPurge(storage, subject);
  context.isUnfinished = false;
}

/** Earlier versions moved a purged session to the trash folder; one of theirs that was cut short is a purge like any other. */
async function finishOldPurges(context: PurgeContext): Promise<void> {
  const { storage, user, catalog } = context;
  const { files, root } = storage;
  for (const { name } of files.list(absolutePath(root, layout.trash))) {
    const sessionId = name.slice(-36).toLowerCase() as SessionId;
    const row = isUuid(sessionId) ? catalog.session(sessionId) : undefined;
    if (row === undefined || row.imported) continue;
    const folder = layout.session(user, row.constructId, sessionId);
    if (files.status(absolutePath(root, folder)) === undefined) await purgeSessions(context, [row], "asked");
  }
}

/** Where a session lies or lay, also when the catalog has forgotten it already. */
function placeOf({ storage, user, catalog }: PurgeContext, sessionId: SessionId): SessionPlace {
  const row = catalog.session(sessionId);
  if (row !== undefined && !row.imported) return row;
  for (const folder of sessionFolders(storage, user)) if (folder.sessionId === sessionId) return folder;
  // The folder is gone: what is left is not found by the construct.
  return { sessionId, constructId: "synth-001" as ConstructId };
}

async function removeSessions(context: PurgeContext, sessions: readonly SessionPlace[]): Promise<void> {
  if (sessions.length === 0) return;
  const { storage, user, catalog } = context;
  const { files, root, configuration } = storage;
  // A purge is no commit: without this a start could not tell that the index still lists the session.
  catalog.settled = -1;
  // What is still in the log would be replayed into the place that is given up here, and has the texts.
  await storage.checkpoint();
  // Somebody in another thread may be writing into the folders that are given up here.
  await context.search().release(sessions.map(({ sessionId }) => sessionId));
  for (const { constructId, sessionId } of sessions) {
    const journal = layout.journal(user, constructId, sessionId);
    storage.appended.forget(journal);
    removeTree(files, absolutePath(root, layout.session(user, constructId, sessionId)));
    const folder = absolutePath(root, layout.sessions(user, constructId));
    if (files.status(folder) !== undefined) files.syncDirectory(folder);
    configuration.setCheckpoint(configuration.checkpointSeq(), [], [journal]);
    removeTranscripts(context, { constructId, sessionId });
  }
  const ids = sessions.map(({ sessionId }) => sessionId);
  await dropEvents(storage, user, new Set(ids));
  forgetRows(context, ids);
  forgetSessions(storage, user, ids);
  for (const sessionId of ids) catalog.removeSession(sessionId);
  await context.search().forget(ids);
  context.forget(ids);
  // An index that says more than the folders would hide from a start what is not mirrored yet: without one it looks at all of them.
  files.remove(absolutePath(root, layout.sessionIndex(user)));
  context.settleIndex();
  removePieces(storage, ids);
}

/** The transcript and what a person made of it: copies that were set aside have the id in their head, or the name of the transcript. */
function removeTranscripts({ storage, user, transcripts }: PurgeContext, session: SessionPlace): void {
  const { files, root } = storage;
  const { constructId, sessionId } = session;
  const known = transcripts.pathOfKnown(sessionId);
  const home = homeTranscriptName(constructId);
  const folders = new Set([layout.transcripts(user, constructId)]);
  if (known !== undefined) folders.add(known.slice(0, known.lastIndexOf("/")));
  for (const folder of folders) {
    let isChanged = false;
    for (const { name, kind } of files.list(absolutePath(root, folder))) {
      if (kind !== "file") continue;
      const path = `${folder}/${name}`;
      // Names end in the last digits of the id; a home has the name of its construct, whichever session it is.
      const isNamed = path === known || (name !== home && name.includes(`--${sessionId.slice(-12)}`));
      if (!isNamed && !isHeadOf(storage, path, sessionId)) continue;
      try {
        files.remove(absolutePath(root, path));
      } catch (error) {
        throw storageError(error, "remove", path);
      }
      isChanged = true;
    }
    if (isChanged) files.syncDirectory(absolutePath(root, folder));
  }
  transcripts.forget(sessionId);
}

/** The sealed header stands at the beginning of a transcript; a fork names the session that it continues in another way. */
function isHeadOf({ files, root }: VaultStorage, path: string, sessionId: SessionId): boolean {
  const file = files.open(absolutePath(root, path), "read");
  try {
    return readUpTo(file, 0, headBytes).includes(`"chat_id":"${sessionId}"`);
  } finally {
    file.close();
  }
}

/** Writes all databases anew. @returns false when somebody else reads one of them; the next start or purge does it then. */
async function scrub({ storage, catalog, search }: PurgeContext): Promise<boolean> {
  const isConfigurationClean = storage.configuration.scrub();
  const isSearchClean = await search().scrub();
  return catalog.scrub() && isConfigurationClean && isSearchClean;
}
