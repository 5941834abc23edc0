import type { JsonObject, MessageId, SessionId } from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { foldJournal } from "../journal/fold.ts";
import type { JournalFold } from "../journal/fold.ts";
import { readableRecords, readHeader, tailRecords } from "../journal/read.ts";
import type { UnreadableRange } from "../journal/read.ts";
import type { JournalRecord, SealedHeader } from "../journal/record.ts";
import type { Conversation, MessageView, SessionDetailView } from "../views.ts";
import { getOverlay } from "../workspace/overlays.ts";
import { sessionViewFromRow } from "./session-view.ts";
import { stateThen } from "./state-then.ts";
import type { UserContext } from "./user-context.ts";

/** A whole conversation, native or imported; a fork begins with the past that it continues. */
export async function showSession(
  context: UserContext,
  row: CatalogSession,
  options: { at?: number; beforeCommit?: number },
): Promise<Conversation> {
  if (row.imported) return await showImported(context, row, options);
  const { beforeCommit = Infinity, ...time } = options;
  const journal = context.sessions.journalForShowing(row);
  const header = readHeader(journal);
  if (time.at !== undefined && time.at < header.timestamp) throw notYet(row, time.at);
  const unreadable: UnreadableRange[] = [];
  const records = readableRecords(journal, (range) => unreadable.push(range));
  const fold = foldJournal(header, commitsBefore(records, beforeCommit), time);
  const past = await pastOf(context, header);
  // The first own message names the message of the past that it follows, wherever on the path that is.
  const messages = fold.messages({ keepOutsideParents: true });
  const view = sessionViewFromRow(context.storage.configuration, context.userId, row);
  const then = time.at === undefined ? {} : nativeThen(context, row, header, fold, time.at);
  const deleted = time.at === undefined ? row.deleted : fold.deleted;
  const metadata = nativeMetadata(context, row, header, unreadable, { deleted, ...time });
  return {
    session: { ...view, title: fold.title, ...then, metadata },
    activePath: [...past.map((message) => message.id), ...fold.activePath()],
    messages: [...past, ...messages],
  };
}

/**
 * The last messages of a native session, in journal order. Reads only the end of the journal, and more of it only where other
 * records or deleted messages stand in the way.
 */
export function tailMessages(context: UserContext, row: CatalogSession, limit: number): MessageView[] {
  if (!(limit >= 1)) return [];
  const journal = context.sessions.journalOf(row);
  const header = readHeader(journal);
  for (let count = limit; ; count *= 4) {
    const records = tailRecords(journal, count).map(({ record }) => record);
    const places = new Map(records.map((record, index) => [record.id, index]));
    const messages = foldJournal(header, records)
      .messages({ keepOutsideParents: true })
      .sort((left, right) => (places.get(left.id) ?? 0) - (places.get(right.id) ?? 0));
    // Fewer records than asked for: the header was among them.
    if (messages.length >= limit || records.length < count) return messages.slice(-limit);
  }
}

/** Ids from the root to the message, or to the end of the active path. @returns undefined when the message is not there. */
export function pathTo(conversation: Conversation, at: MessageId | undefined): MessageId[] | undefined {
  if (at === undefined) return conversation.activePath;
  const parents = new Map(conversation.messages.map((message) => [message.id, message.parentId]));
  if (!parents.has(at)) return undefined;
  const path: MessageId[] = [];
  const walked = new Set<MessageId>();
  for (let id: MessageId | null | undefined = at; id !== null && id !== undefined && !walked.has(id);) {
    walked.add(id);
    path.push(id);
    id = parents.get(id);
  }
  return path.reverse();
}

async function showImported(
  context: UserContext,
  row: CatalogSession,
  options: { at?: number },
): Promise<Conversation> {
  const imported = await context.imports.conversation(row.sessionId, options);
  const view = sessionViewFromRow(context.storage.configuration, context.userId, row);
  const forks = forksThen(context, row, options.at);
  const then = options.at === undefined ? undefined : stateThen(context, row, options.at);
  const renamed =
    then === undefined
      ? getOverlay(context.storage.configuration, context.userId, row.sessionId)?.title
      : then.title;
  const deleted = then === undefined ? row.deleted : then.deleted;
  return {
    session: {
      ...view,
      ...(then === undefined ? {} : { ...then, messageCount: imported.messages.length }),
      // The lists keep titles in SQLite, which cannot hold every string that a source can.
      title: renamed ?? imported.title ?? "",
      source: imported.source,
      sourceId: imported.sourceId,
      metadata: {
        ...imported.metadata,
        ...(deleted ? { deleted: true } : {}),
        ...(forks.length === 0 ? {} : { forks }),
      },
    },
    activePath: imported.activePath,
    messages: imported.messages,
  };
}

/** What a fork continues, message by message; empty for any other session. */
export async function pastOf(context: UserContext, header: SealedHeader): Promise<MessageView[]> {
  const origin = header.metadata.forkedFrom;
  if (origin?.messageId === undefined) return [];
  const row = rowOf(context, origin.sessionId);
  if (row === undefined) return [];
  // The past is what it was when the fork was made; later changes of its source do not reach it. The number of the commit tells it
  // without a clock.
  const conversation = row.imported
    ? await importedPast(context, row, header)
    : await showSession(context, row, { beforeCommit: header.metadata.commit });
  const path = new Set(pathTo(conversation, origin.messageId as MessageId));
  return conversation.messages
    .filter((message) => path.has(message.id))
    .map((message) => ({ ...message, flags: [...(message.flags ?? []), "past"] }));
}

/** Times alone would not tell what came later in the same millisecond. */
function* commitsBefore(records: Iterable<JournalRecord>, commit: number): Generator<JournalRecord> {
  for (const record of records) if (record.commit < commit) yield record;
}

/** An import as it was known when the fork was made; as it is now, where a clock or a replacement hides that. */
async function importedPast(
  context: UserContext,
  row: CatalogSession,
  header: SealedHeader,
): Promise<Conversation> {
  try {
    const then = await showImported(context, row, { at: header.timestamp });
    const point = header.metadata.forkedFrom?.messageId;
    if (then.messages.some((message) => message.id === point)) return then;
  } catch (error) {
    if (!isChattyError(error, "SESSION_NOT_FOUND")) throw error;
  }
  return await showImported(context, row, {});
}

function rowOf(context: UserContext, sessionId: string): CatalogSession | undefined {
  const row = context.catalog.session(sessionId as CatalogSession["sessionId"]);
  return row === undefined || row.imported ? row : context.sessions.row(row.sessionId);
}

/** What the view of a native session says otherwise when it is looked at as it was. */
function nativeThen(
  context: UserContext,
  row: CatalogSession,
  header: SealedHeader,
  fold: JournalFold,
  at: number,
): Pick<SessionDetailView, "updatedAt" | "archived" | "deleted" | "starred" | "home" | "messageCount"> {
  const { starred, home } = stateThen(context, row, at);
  const pastCount = header.metadata.forkedFrom?.messageCount ?? 0;
  const { updatedAt, archived, deleted, messageCount } = fold;
  return { updatedAt, archived, deleted, starred, home, messageCount: pastCount + messageCount };
}

/** Forks that were there at a time; of the present without one. */
function forksThen(context: UserContext, row: CatalogSession, at: number | undefined): SessionId[] {
  const forks = context.catalog.forksOf(row.sessionId);
  if (at === undefined) return forks;
  return forks.filter((sessionId) => (context.catalog.session(sessionId)?.createdAt ?? 0) <= at);
}

function notYet({ sessionId }: CatalogSession, at: number): ChattyError {
  const when = new Date(at).toISOString();
  return new ChattyError("SESSION_NOT_FOUND", `The session ${sessionId} was not there yet at ${when}.`, {
    hint: "Name a later time.",
    where: { session: sessionId },
  });
}

function nativeMetadata(
  context: UserContext,
  row: CatalogSession,
  header: SealedHeader,
  unreadable: readonly UnreadableRange[],
  then: { deleted: boolean; at?: number },
): JsonObject {
  const { source, forkedFrom, home } = header.metadata;
  const forks = forksThen(context, row, then.at);
  return {
    source,
    ...(then.deleted ? { deleted: true } : {}),
    ...(unreadable.length === 0 ? {} : { unreadable: unreadable.map(({ from, to }) => ({ from, to })) }),
    ...(home === undefined ? {} : { home: { ...home } }),
    ...(forkedFrom === undefined ? {} : { forkedFrom: { ...forkedFrom } }),
    ...(forks.length === 0 ? {} : { forks }),
  };
}
