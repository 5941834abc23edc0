import type { MessageId, Part, SessionId } from "@chatty/model";
import { ChattyError, contentFromParts, createUuid, parseSessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { ForkOrigin } from "../journal/record.ts";
import type { NewRecord, SessionChange, SessionOutcome } from "../sessions/backend.ts";
import type { OverlayEdit } from "../workspace/overlays.ts";
import { overlayChanges } from "../workspace/overlays.ts";
import { getRuntime } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { messageNotFound } from "../sessions/session-errors.ts";
import { starChanges } from "../workspace/stars.ts";
import { homeChange, homeOfRuntime, homeOfSession } from "../workspace/homes.ts";
import type { NewAct } from "../workspace/history.ts";
import { recorded } from "./acts.ts";
import { hidesSession, lastChange, lastUndo } from "./last-change.ts";
import type { TakenBack } from "./last-change.ts";
import { findLivingRuntime, findRuntime, homeTitle, newHomeChanges } from "./runtime-changes.ts";
import type { MessageView } from "../views.ts";
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
    recorded(
      context,
      { kind: starred ? "star" : "unstar", subject: "session", subjectId: row.sessionId },
      starChanges(storage.configuration, userId, row.sessionId, starred, now()),
    ),
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
  const home = homeChange(userId, { runtimeId, sessionId: row.sessionId, constructId, setAt: now() });
  await commitChanges(context, () => [...changes, ...recorded(context, homeAct(row), [home])]);
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

/**
 * Gives a message of a native session a new text; the old one stays in the journal. The same text again writes nothing. What is not
 * text (files, thinking, calls of tools) stays as it is.
 */
export async function reviseMessage(
  context: ChangeContext,
  row: CatalogSession,
  targetId: MessageId,
  present: Pick<MessageView, "content" | "parts">,
  text: string,
): Promise<void> {
  const parts = revisedParts(present.parts, text);
  const content = contentFromParts(parts);
  if (present.content === content) return;
  const record: NewRecord = {
    kind: "revision",
    id: newId(context),
    targetId,
    content,
    ...(parts.length > 1 ? { parts } : {}),
  };
  await commitChanges(context, [{ kind: "append", sessionId: row.sessionId, record }]);
}

/** The new text in the place of the first text; the other texts go. */
function revisedParts(parts: readonly Part[], text: string): Part[] {
  const revised: Part = { kind: "text", text };
  const first = parts.findIndex(({ kind }) => kind === "text");
  const others = parts.filter(({ kind }, at) => kind !== "text" || at === first);
  if (first === -1) return [revised, ...others];
  return others.map((part) => (part.kind === "text" ? revised : part));
}

/** Takes back the last change of a session. @throws {ChattyError} NOTHING_TO_UNDO */
export async function undoSession(context: ChangeContext, row: CatalogSession): Promise<void> {
  await takeBack(context, row, lastChange(context, row, newId(context)));
}

/** Takes back the last undo of a session. @throws {ChattyError} NOTHING_TO_REDO */
export async function redoSession(context: ChangeContext, row: CatalogSession): Promise<void> {
  await takeBack(context, row, lastUndo(context, row, newId(context)));
}

async function takeBack(context: ChangeContext, row: CatalogSession, back: TakenBack): Promise<void> {
  const { draft: record, changes } = back;
  const { sessionId } = row;
  await commitChanges(context, () => {
    const others = changes();
    const hides = hidesSession(record);
    const movesHome = others.some(
      (each) => each.kind === "configure" && "put" in each.change && each.change.put === "homes",
    );
    // A home is never deleted, and one that goes back to the archive leaves its runtime a new one.
    if (row.home && hides && !movesHome) return retirement(context, row);
    return [...(record === undefined ? [] : [{ kind: "append" as const, sessionId, record }]), ...others];
  });
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
  await commitChanges(context, () => retirement(context, row));
}

/** A home goes to the archive, and its runtime gets a new one. */
function retirement(context: UserContext, row: CatalogSession): SessionChange[] {
  const record: NewRecord = { kind: "archive", id: newId(context), archived: true };
  return [{ kind: "append", sessionId: row.sessionId, record }, ...nextHome(context, row)];
}

/** A new, empty home for the runtime whose home this session is; of a joined runtime that is not the one it was made in. */
function nextHome(context: UserContext, row: CatalogSession): SessionChange[] {
  const { storage, userId } = context;
  const home = homeOfSession(storage.configuration, userId, row.sessionId);
  const runtime =
    getRuntime(storage.configuration, userId, home?.runtimeId ?? row.runtimeId) ?? runtimeOf(context, row);
  const { changes } = newHomeChanges(context, runtime, homeTitle(context, runtime));
  const rows = changes.flatMap((each) => (each.kind === "configure" ? [each.change] : []));
  return [...changes.filter((each) => each.kind !== "configure"), ...recorded(context, homeAct(row), rows)];
}

/** The act of another home, as an act on the session that becomes it or was it. */
function homeAct(row: CatalogSession): Omit<NewAct, "changes"> {
  return { kind: "home", subject: "session", subjectId: row.sessionId };
}

async function change(
  context: ChangeContext,
  row: CatalogSession,
  record: NewRecord,
  overlay: OverlayEdit,
): Promise<void> {
  const { storage, userId, now } = context;
  if (row.imported) {
    const act = { kind: actKind(record), subject: "session", subjectId: row.sessionId } as const;
    await commitChanges(context, () =>
      recorded(context, act, overlayChanges(storage.configuration, userId, row.sessionId, overlay, now())),
    );
    return;
  }
  await commitChanges(context, [{ kind: "append", sessionId: row.sessionId, record }]);
}

function actKind(record: NewRecord): string {
  if (record.kind === "title") return "rename";
  if (record.kind === "archive") return record.archived ? "archive" : "unarchive";
  return record.kind === "tombstone" && record.deleted ? "delete" : "restore";
}

function newId(context: UserContext): MessageId {
  return createUuid(context.now()) as MessageId;
}
