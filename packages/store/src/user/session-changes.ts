import type { MessageId, SessionId } from "@chatty/model";
import { ChattyError, createUuid, parseSessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { readHeader } from "../journal/read.ts";
import type { ForkOrigin } from "../journal/record.ts";
import { undoLastChange } from "../journal/undo.ts";
import type { NewRecord, SessionChange, SessionOutcome } from "../sessions/backend.ts";
import type { OverlayEdit } from "../workspace/overlays.ts";
import { overlayChanges } from "../workspace/overlays.ts";
import { getRuntime } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { messageNotFound } from "../sessions/session-errors.ts";
import { starChanges } from "../workspace/stars.ts";
import { homeChange, homeOfRuntime, homeOfSession } from "../workspace/homes.ts";
import { configured, findLivingRuntime, findRuntime, homeTitle, newHomeChanges } from "./runtime-changes.ts";
import type { UserContext } from "./user-context.ts";

/** Work with the state that a change is meant for, if whoever asked named one. */
export type ChangeContext = UserContext & { expected?: { sessionId: SessionId; revision: string } };

/** Commits changes, unless the session is no longer as it is expected to be. @throws {ChattyError} REVISION_CONFLICT */
export async function commitChanges(
  context: ChangeContext,
  changes: readonly SessionChange[] | (() => readonly SessionChange[]),
): Promise<SessionOutcome[]> {
  const { expected, sessions } = context;
  if (expected === undefined) return await sessions.commit(changes);
  const outcomes = await sessions.commit(() => [
    { kind: "expect", ...expected },
    ...(typeof changes === "function" ? changes() : changes),
  ]);
  return outcomes.slice(1);
}

/** Longest title that is taken, in UTF-16 code units. */
const titleLimit = 2000;

/** Renames a session: a record of a native one, an overlay over an imported one. */
export async function renameSession(
  context: ChangeContext,
  row: CatalogSession,
  title: string,
): Promise<void> {
  checkTitle(title);
  await change(context, row, { kind: "title", id: newId(context), title }, { title });
}

/** Archives or unarchives. Archiving a home gives its runtime a new one. */
export async function setArchived(
  context: ChangeContext,
  row: CatalogSession,
  archived: boolean,
): Promise<void> {
  if (row.archived === archived) return;
  if (row.home && archived) return await retireHome(context, row);
  const archivedAt = archived ? context.now() : null;
  await change(context, row, { kind: "archive", id: newId(context), archived }, { archivedAt });
}

/** Deletes with undo. A home is archived instead, and its runtime gets a new one. */
export async function deleteSession(context: ChangeContext, row: CatalogSession): Promise<void> {
  if (row.deleted) return;
  if (row.home) return await retireHome(context, row);
  await change(
    context,
    row,
    { kind: "tombstone", id: newId(context), deleted: true },
    { deletedAt: context.now() },
  );
}

/** Brings a deleted or archived session back. */
export async function restoreSession(context: ChangeContext, row: CatalogSession): Promise<void> {
  if (!row.deleted) {
    if (row.archived) await setArchived(context, row, false);
    return;
  }
  await change(context, row, { kind: "tombstone", id: newId(context), deleted: false }, { deletedAt: null });
  const { expected: _, ...rest } = context;
  if (row.archived) await setArchived(rest, row, false);
}

/** Stars a session or takes the star away. */
export async function setStarred(
  context: ChangeContext,
  row: CatalogSession,
  starred: boolean,
): Promise<void> {
  const { storage, userId, now } = context;
  await commitChanges(context, () =>
    configured(starChanges(storage.configuration, userId, row.sessionId, starred, now())),
  );
}

/** Makes a native session the home of its runtime. */
export async function setHome(context: ChangeContext, row: CatalogSession): Promise<void> {
  if (row.imported) throw readOnly(row.sessionId, "Fork it first; the fork can become the home.");
  if (row.deleted) {
    throw new ChattyError("SESSION_DELETED", `Session ${row.sessionId} is deleted.`, {
      hint: "Restore it first.",
    });
  }
  const { storage, userId, now } = context;
  const { runtimeId, constructId } = runtimeOf(context, row);
  if (homeOfRuntime(storage.configuration, userId, runtimeId)?.sessionId === row.sessionId) return;
  const changes: SessionChange[] = [];
  if (row.archived) {
    const record: NewRecord = { kind: "archive", id: newId(context), archived: false };
    changes.push({ kind: "append", sessionId: row.sessionId, record });
  }
  const home = { runtimeId, sessionId: row.sessionId, constructId, setAt: now() };
  changes.push({ kind: "configure", change: homeChange(userId, home) });
  await commitChanges(context, changes);
}

/** Deletes one message of a native session, or brings it back. Nothing to do writes nothing. */
export async function setMessageDeleted(
  context: ChangeContext,
  row: CatalogSession,
  targetId: MessageId,
  deleted: boolean,
): Promise<void> {
  const { catalog } = context;
  if (catalog.message(row.sessionId, targetId) === undefined) throw messageNotFound(row.sessionId, targetId);
  const record: NewRecord = { kind: "tombstone", id: newId(context), targetId, deleted };
  await commitChanges(context, () =>
    catalog.isMessageDeleted(row.sessionId, targetId) === deleted
      ? []
      : [{ kind: "append", sessionId: row.sessionId, record }],
  );
}

/** Takes back the last change of a native session. @throws {ChattyError} NOTHING_TO_UNDO */
export async function undoSession(context: ChangeContext, row: CatalogSession): Promise<void> {
  if (row.imported) throw readOnly(row.sessionId, "Rename, unarchive or restore it instead.");
  const { sessions } = context;
  const header = readHeader(sessions.journalOf(row));
  const record = undoLastChange(header, [...sessions.scan(row.sessionId)], newId(context));
  // Whatever takes a home away gives its runtime a new one.
  const takesHome =
    (record?.kind === "tombstone" && record.targetId === undefined && record.deleted) ||
    (record?.kind === "archive" && record.archived);
  if (row.home && takesHome) return await retireHome(context, row);
  if (record === undefined) {
    throw new ChattyError("NOTHING_TO_UNDO", `Nothing is left to take back in session ${row.sessionId}.`);
  }
  const hides =
    (record.kind === "archive" && record.archived) ||
    (record.kind === "tombstone" && record.deleted && record.targetId === undefined);
  await commitChanges(context, [
    { kind: "append", sessionId: row.sessionId, record },
    // A home that goes back to the archive or the deleted ones leaves its runtime a new one.
    ...(hides && row.home ? nextHome(context, row) : []),
  ]);
}

export interface ForkOptions {
  at?: MessageId;
  runtime?: string;
  id?: SessionId;
}

/**
 * Begins a native session that goes on after a message of another one. The past stays where it is and is shown above the line;
 * nothing of it is copied.
 */
export async function forkSession(
  context: UserContext,
  row: CatalogSession,
  path: { messageId: MessageId | undefined; length: number },
  options: ForkOptions,
): Promise<SessionId> {
  const runtime = findLivingRuntime(context, options.runtime ?? row.runtimeId);
  const sessionId =
    options.id === undefined ? (createUuid(context.now()) as SessionId) : parseSessionId(options.id);
  const { messageId, length } = path;
  const forkedFrom: ForkOrigin = {
    sessionId: row.sessionId,
    runtimeId: row.runtimeId,
    ...(messageId === undefined ? {} : { messageId }),
    messageCount: length,
    imported: row.imported,
  };
  await commitChanges(context, [
    {
      kind: "create",
      session: {
        sessionId,
        runtimeId: runtime.runtimeId,
        constructId: runtime.constructId,
        title: row.title,
        source: "new_conversation",
        forkedFrom,
      },
    },
  ]);
  return sessionId;
}

/** The error for a change that an imported session cannot take. */
export function readOnly(sessionId: SessionId, hint: string): ChattyError {
  return new ChattyError("SESSION_READ_ONLY", `Session ${sessionId} is imported and never changes.`, {
    hint,
    where: { session: sessionId },
  });
}

/** Refuses titles that are empty or endless. @throws {ChattyError} TITLE_INVALID */
export function checkTitle(title: string): void {
  if (title.trim() !== "" && title.length <= titleLimit) return;
  throw new ChattyError("TITLE_INVALID", `A title has between 1 and ${titleLimit} characters.`, {
    hint: "Give a shorter one, or one that is not blank.",
  });
}

/** The runtime that a session belongs to now: joined runtimes belong to the one they were joined into. */
export function runtimeOf(context: UserContext, row: CatalogSession): RuntimeRecord {
  return findRuntime(context, row.runtimeId);
}

async function retireHome(context: ChangeContext, row: CatalogSession): Promise<void> {
  const record: NewRecord = { kind: "archive", id: newId(context), archived: true };
  await commitChanges(context, [
    { kind: "append", sessionId: row.sessionId, record },
    ...nextHome(context, row),
  ]);
}

/** A new, empty home for the runtime whose home this session is; of a joined runtime that is not the one it was made in. */
function nextHome(context: UserContext, row: CatalogSession): SessionChange[] {
  const { storage, userId } = context;
  const home = homeOfSession(storage.configuration, userId, row.sessionId);
  const runtime =
    getRuntime(storage.configuration, userId, home?.runtimeId ?? row.runtimeId) ?? runtimeOf(context, row);
  return newHomeChanges(context, runtime, homeTitle(context, runtime)).changes;
}

async function change(
  context: ChangeContext,
  row: CatalogSession,
  record: NewRecord,
  overlay: OverlayEdit,
): Promise<void> {
  const { storage, userId, now } = context;
  if (row.imported) {
    await commitChanges(context, () =>
      configured(overlayChanges(storage.configuration, userId, row.sessionId, overlay, now())),
    );
    return;
  }
  await commitChanges(context, [{ kind: "append", sessionId: row.sessionId, record }]);
}

function newId(context: UserContext): MessageId {
  return createUuid(context.now()) as MessageId;
}
