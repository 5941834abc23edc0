import type {
  ConstructId,
  JsonObject,
  LegacyConversation,
  LegacyMessage,
  MessageId,
  Part,
  RuntimeId,
  SessionId,
} from "@chatty/model";
import { canonicalJson, ChattyError } from "@chatty/model";
import { nameUuid } from "../imports/name-uuid.ts";
import type { MessageRecord } from "../journal/record.ts";
import type { NewMessage, SessionBackend, SessionChange } from "../sessions/backend.ts";

/** Fixed for ever: the ids of everything migrated are made from it. */
const legacyNamespace = "3f0d3a52-7d1c-5d0e-9a54-2b1f6f0c8e17";

/** Messages and characters of one atomic group: enough for one sync to serve many, few enough to bound a line of the log. */
const groupMessages = 200;
const groupCharacters = 1024 * 1024;

/** Where a conversation goes. */
export interface NativeTarget {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
}

/** What was done for one conversation. */
export interface NativeOutcome {
  state: "new" | "grown" | "unchanged";
  /** Keys of messages that are there already and say something else. */
  differing: string[];
}

/** The session that a conversation of an older store becomes: always the same one. */
export function legacySessionId(userId: string, key: string): SessionId {
  return nameUuid(nameUuid(legacyNamespace, userId), `session:${key}`) as SessionId;
}

function legacyMessageId(userId: string, key: string, message: string): MessageId {
  return nameUuid(nameUuid(legacyNamespace, userId), `message:${key}\u0000${message}`) as MessageId;
}

/** What a migration would do for a conversation. */
export function nativeOutcome(
  sessions: SessionBackend,
  userId: string,
  sessionId: SessionId,
  conversation: LegacyConversation,
): NativeOutcome & { missing: LegacyMessage[] } {
  if (sessions.summary(sessionId) === undefined) {
    return { state: "new", differing: [], missing: conversation.messages };
  }
  const known = messagesOf(sessions, sessionId);
  const missing: LegacyMessage[] = [];
  const differing: string[] = [];
  for (const message of conversation.messages) {
    const record = known.get(legacyMessageId(userId, conversation.key, message.key));
    if (record === undefined) missing.push(message);
    else if (!isSame(record, recordOf(userId, conversation, message))) differing.push(message.key);
  }
  return { state: missing.length === 0 ? "unchanged" : "grown", differing, missing };
}

/**
 * Appends what is missing of a conversation, in atomic groups, and reads all of it back. Done twice it writes nothing; cut off, it is
 * taken up by doing it again. A session that its person deleted since is left as it is.
 * @throws {ChattyError} LEGACY_NOT_VERIFIED and what committing throws
 */
export async function migrateNative(
  sessions: SessionBackend,
  userId: string,
  target: NativeTarget,
  conversation: LegacyConversation,
): Promise<NativeOutcome> {
  const { sessionId } = target;
  const { state, differing, missing } = nativeOutcome(sessions, userId, sessionId, conversation);
  if (state === "unchanged" || sessions.summary(sessionId)?.deleted === true)
    return { state: "unchanged", differing };
  const groups = groupsOf(missing, (message) => ({
    kind: "append",
    sessionId,
    record: recordOf(userId, conversation, message),
  }));
  if (state === "new") groups[0]?.unshift(creation(target));
  if (conversation.deleted) groups.at(-1)?.push(deletion(userId, conversation, sessionId));
  for (const group of groups) await sessions.commit(group);
  verify(sessions, userId, sessionId, conversation, new Set(differing));
  return { state, differing };
}

function creation({ sessionId, runtimeId, constructId, title }: NativeTarget): SessionChange {
  return { kind: "create", session: { sessionId, runtimeId, constructId, title, source: "restored" } };
}

/** Its person had deleted it, so it comes as a deleted one, which can be restored. */
function deletion(userId: string, { key }: LegacyConversation, sessionId: SessionId): SessionChange {
  const id = nameUuid(nameUuid(legacyNamespace, userId), `deletion:${key}`) as MessageId;
  return { kind: "append", sessionId, record: { kind: "tombstone", id, deleted: true } };
}

function groupsOf(
  messages: readonly LegacyMessage[],
  append: (message: LegacyMessage) => SessionChange,
): SessionChange[][] {
  const groups: SessionChange[][] = [[]];
  let characters = 0;
  let count = 0;
  for (const message of messages) {
    const size = message.content.length;
    if (count > 0 && (count >= groupMessages || characters + size > groupCharacters)) {
      groups.push([]);
      characters = 0;
      count = 0;
    }
    groups.at(-1)?.push(append(message));
    characters += size;
    count += 1;
  }
  return groups;
}

function recordOf(userId: string, conversation: LegacyConversation, message: LegacyMessage): NewMessage {
  const { key, format } = conversation;
  const { parentKey, role, author, content, model, time, timeToken, timestampSource, place } = message;
  const token = time?.token ?? timeToken;
  const parts: Part[] | undefined = message.parts;
  const origin: JsonObject = {
    source: "legacy",
    format,
    conversation: key,
    sourceId: message.key,
    timestampSource,
    ...(time === undefined ? {} : { timestamp: time.ms, timestampPrecision: time.precision }),
    ...(token === undefined ? {} : { timestampToken: token }),
    ...(place === undefined ? {} : { place: { path: place.path, from: place.from, to: place.to } }),
  };
  return {
    kind: "message",
    id: legacyMessageId(userId, key, message.key),
    parentId: parentKey === null ? null : legacyMessageId(userId, key, parentKey),
    role,
    content,
    ...(parts === undefined ? {} : { parts }),
    ...(author === undefined ? {} : { author }),
    ...(model === undefined ? {} : { model }),
    origin,
    metadata: message.metadata,
  };
}

function messagesOf(sessions: SessionBackend, sessionId: SessionId): Map<string, MessageRecord> {
  const known = new Map<string, MessageRecord>();
  for (const record of sessions.scan(sessionId)) if (record.kind === "message") known.set(record.id, record);
  return known;
}

/** Places are left out: a file that grew at its beginning says the same at another one. */
function isSame(record: MessageRecord, wanted: NewMessage): boolean {
  const ofOrigin = (origin: JsonObject): JsonObject => ({ ...origin, place: null });
  return (
    record.role === wanted.role &&
    record.content === wanted.content &&
    record.parentId === (wanted.parentId ?? null) &&
    canonicalJson((record.parts ?? []) as unknown as JsonObject) ===
      canonicalJson((wanted.parts ?? []) as unknown as JsonObject) &&
    canonicalJson(ofOrigin(record.origin ?? {})) === canonicalJson(ofOrigin(wanted.origin ?? {}))
  );
}

/** Reads back what was acknowledged. @throws {ChattyError} LEGACY_NOT_VERIFIED */
function verify(
  sessions: SessionBackend,
  userId: string,
  sessionId: SessionId,
  conversation: LegacyConversation,
  differing: ReadonlySet<string>,
): void {
  const known = messagesOf(sessions, sessionId);
  for (const message of conversation.messages) {
    if (differing.has(message.key)) continue;
    const wanted = recordOf(userId, conversation, message);
    const record = known.get(wanted.id);
    if (record !== undefined && isSame(record, wanted)) continue;
    throw new ChattyError(
      "LEGACY_NOT_VERIFIED",
      `A message of ${conversation.key} does not read back as it was migrated.`,
      {
        hint: "Run `chatty verify`, then migrate again; the originals are untouched.",
        where: { session: sessionId, message: message.key },
      },
    );
  }
}
