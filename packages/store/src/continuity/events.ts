import { hash } from "node:crypto";
import type { Part, Role } from "@chatty/model";
import { messageTime } from "../journal/fold-time.ts";
import type { JournalHeader, JournalRecord, MessageRecord } from "../journal/record.ts";

/** A body of `events/runtime_selections.jsonl`: RuntimeSelectionEvent of specification 003. */
export interface RuntimeSelectionEvent {
  /** ISO 8601 UTC. */
  timestamp: string;
  eventType: "runtime_selected" | "runtime_switched" | "runtime_imported";
  runtimeId: string;
  previousRuntimeId?: string;
  metadata: { constructId: string; provider: string; isImported: boolean; isCore: boolean };
  source: "user_action" | "auto_restore" | "import";
  /** Sequence number of the commit that did it. */
  commit: number;
}

/** A file of a message, as MessageEvent names it. */
export interface FileMetadata {
  name?: string;
  /** Bytes. */
  size?: number;
  /** MIME type. */
  type?: string;
  fileId?: string;
}

/**
 * A body of `events/messages.jsonl`: MessageEvent of specification 003, with a hash in the place of the content, which stands in
 * the journal and is not stored twice.
 */
export interface MessageEvent {
  /** ISO 8601 UTC. */
  timestamp: string;
  eventType: "message";
  sessionId: string;
  messageId: string;
  runtimeId: string;
  constructId: string;
  /** Position of the message in its journal: rises within a session, with gaps where a record is no message. */
  messageSequence: number;
  /** The specification's three roles, and `tool` for what a tool answered. */
  role: Role;
  /** `sha256:` and the digest of the content in UTF-8, as 64 lower-case hexadecimal digits. */
  contentHash: string;
  metadata: {
    responseTimeMs?: number;
    thinkingLog?: string[];
    files?: FileMetadata[];
    /** True for a message that a fork brought along; the session it came from has it too. */
    copied?: true;
    /** `none` when nobody knows when a copied message was said; `timestamp` is then the time of the fork. */
    timestampSource?: string;
  };
  commit: number;
}

/** A body of `events/conversations.jsonl`: ConversationCreationEvent of specification 003. */
export interface ConversationCreatedEvent {
  /** ISO 8601 UTC. */
  timestamp: string;
  eventType: "conversation_created";
  sessionId: string;
  runtimeId: string;
  constructId: string;
  title: string;
  source: "new_conversation" | "imported" | "restored";
  commit: number;
}

/** Any event of the continuity files. */
export type ContinuityEvent = RuntimeSelectionEvent | MessageEvent | ConversationCreatedEvent;

/** A selection of a runtime, without the time and commit that the log gives it. */
export interface RuntimeSelectionDetails {
  eventType: RuntimeSelectionEvent["eventType"];
  runtimeId: string;
  previousRuntimeId?: string;
  constructId: string;
  provider: string;
  isImported: boolean;
  isCore: boolean;
  source: RuntimeSelectionEvent["source"];
}

/**
 * The event of a selection.
 * @param stamp time (integer milliseconds UTC) and sequence number of the commit.
 */
export function runtimeSelectionEvent(
  selection: RuntimeSelectionDetails,
  stamp: { at: number; commit: number },
): RuntimeSelectionEvent {
  const { constructId, eventType, isCore, isImported, previousRuntimeId, provider, runtimeId, source } =
    selection;
  return {
    timestamp: isoTime(stamp.at),
    eventType,
    runtimeId,
    ...(previousRuntimeId === undefined ? {} : { previousRuntimeId }),
    metadata: { constructId, provider, isImported, isCore },
    source,
    commit: stamp.commit,
  };
}

/** The event of a message; a function of its record alone, so that a rebuilt file has the same bodies. */
export function messageEvent(record: { seq: number } & MessageRecord, sessionId: string): MessageEvent {
  const files = (record.parts ?? []).map(fileMetadata).filter((file) => file !== undefined);
  const { timestamp, timestampSource } = messageTime(record);
  return {
    timestamp: isoTime(timestamp ?? record.timestamp),
    eventType: "message",
    sessionId,
    messageId: record.id,
    runtimeId: record.runtimeId,
    constructId: record.constructId,
    messageSequence: record.seq,
    role: record.role,
    contentHash: `sha256:${hash("sha256", record.content, "hex")}`,
    metadata: {
      ...(record.responseTimeMs === undefined ? {} : { responseTimeMs: record.responseTimeMs }),
      ...(record.thinkingLog === undefined ? {} : { thinkingLog: record.thinkingLog }),
      ...(files.length === 0 ? {} : { files }),
      ...(record.origin === undefined ? {} : { copied: true }),
      ...(timestampSource === "message" ? {} : { timestampSource }),
    },
    commit: record.commit,
  };
}

/** The event of a conversation's creation, from its header alone. */
export function conversationCreatedEvent(header: JournalHeader): ConversationCreatedEvent {
  const { commit, constructId, runtimeId, source, title } = header.metadata;
  return {
    timestamp: isoTime(header.timestamp),
    eventType: "conversation_created",
    sessionId: header.chat_id,
    runtimeId,
    constructId,
    title,
    source,
    commit,
  };
}

/** A journal as it is read. */
export interface EventJournal {
  header: JournalHeader;
  records: Iterable<JournalRecord>;
}

/** Bodies of the two derived event files. */
export interface RebuiltEvents {
  conversations: ConversationCreatedEvent[];
  messages: MessageEvent[];
}

/**
 * The bodies of both derived event files, in the order of {@link compareEvents}: whatever order the journals come in, the
 * same bodies that were written as things happened.
 */
export function rebuildEvents(journals: Iterable<EventJournal>): RebuiltEvents {
  const conversations: ConversationCreatedEvent[] = [];
  const messages: MessageEvent[] = [];
  for (const { header, records } of journals) {
    conversations.push(conversationCreatedEvent(header));
    for (const record of records) {
      if (record.kind === "message") messages.push(messageEvent(record, header.chat_id));
    }
  }
  return { conversations: conversations.sort(compareEvents), messages: messages.sort(compareEvents) };
}

/** Order of an event file: by commit, inside one commit by session id, inside one session by position. */
export function compareEvents(
  left: MessageEvent | ConversationCreatedEvent,
  right: MessageEvent | ConversationCreatedEvent,
): number {
  if (left.commit !== right.commit) return left.commit - right.commit;
  if (left.sessionId !== right.sessionId) return left.sessionId < right.sessionId ? -1 : 1;
  return positionOf(left) - positionOf(right);
}

function positionOf(event: MessageEvent | ConversationCreatedEvent): number {
  return event.eventType === "message" ? event.messageSequence : 0;
}

function fileMetadata(part: Part): FileMetadata | undefined {
  if (part.kind !== "image" && part.kind !== "audio" && part.kind !== "video" && part.kind !== "file") {
    return undefined;
  }
  return {
    ...(part.name === undefined ? {} : { name: part.name }),
    ...(part.size === undefined ? {} : { size: part.size }),
    ...(part.mime === undefined ? {} : { type: part.mime }),
    ...(part.fileId === undefined ? {} : { fileId: part.fileId }),
  };
}

/** Messages of one batch share their time, and writing it out is a good part of what an event costs. */
let lastTime = { ms: 0, iso: new Date(0).toISOString() };

function isoTime(ms: number): string {
  if (ms !== lastTime.ms) lastTime = { ms, iso: new Date(ms).toISOString() };
  return lastTime.iso;
}
