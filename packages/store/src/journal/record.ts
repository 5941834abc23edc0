import type { JsonObject, Part, Role } from "@chatty/model";

/**
 * Line 1 of a journal. `docs/formats/journal.md` is the contract; the key order below is the order on disk.
 */
export interface JournalHeader {
  version: "1.0";
  /** The session id. */
  chat_id: string;
  /** Integer milliseconds UTC of creation. */
  timestamp: number;
  metadata: JournalHeaderMetadata;
}

export interface JournalHeaderMetadata {
  userId: string;
  runtimeId: string;
  constructId: string;
  title: string;
  /** How the session came to be; see spec 003, ConversationCreationEvent. */
  source: "new_conversation" | "imported" | "restored";
  /** Sequence number of the commit that made it. */
  commit: number;
  /** Present for the conversation that was made as a runtime's home. */
  home?: JournalHome;
  /** Present for a fork: where it continues from. */
  forkedFrom?: ForkOrigin;
  /** Present when the header was lost and made again: what it was made from, and what nothing tells any more. */
  rebuilt?: { from: string[]; unknown: string[] };
}

/** What the transcript head of a home says; see spec 001. */
export interface JournalHome {
  /** Label for people, as in "ChatGPT". */
  providerLabel: string;
  /** Lower-case source name, or `chatty`. */
  source: string;
  importedAt?: number;
  isPrimary: true;
}

export interface ForkOrigin {
  sessionId: string;
  runtimeId: string;
  /** The message after which the fork goes on; absent when there was none. */
  messageId?: string;
  /** Messages on the path up to there; they stay where they are and are shown as the fork's past. */
  messageCount: number;
  imported: boolean;
}

interface JournalRecordBase {
  /** Sequence number of the commit in the vault's log: orders records across sessions. */
  commit: number;
  /** Integer milliseconds UTC. */
  timestamp: number;
  /** Id of the record that this one takes back; undo passes over both. */
  undoes?: string;
}

/** One message, final. */
export interface MessageRecord extends JournalRecordBase {
  kind: "message";
  id: string;
  parentId: string | null;
  role: Role;
  /** Plain text that any JSONL tool can use. */
  content: string;
  /** Present when there is more than one text part. */
  parts?: Part[];
  /** Runtime and construct under which it was said. */
  runtimeId: string;
  constructId: string;
  author?: string;
  model?: string;
  responseTimeMs?: number;
  thinkingLog?: string[];
  /** Original time and source, for messages that a fork brought along. */
  origin?: JsonObject;
  metadata?: JsonObject;
}

/** New text for an earlier message; the old text stays where it is. */
export interface RevisionRecord extends JournalRecordBase {
  kind: "revision";
  id: string;
  /** Message that it revises. */
  targetId: string;
  content: string;
  parts?: Part[];
}

/** Deletes (`deleted: true`) or brings back a message or the session itself. */
export interface TombstoneRecord extends JournalRecordBase {
  kind: "tombstone";
  id: string;
  /** Message id; absent for the whole session. */
  targetId?: string;
  deleted: boolean;
  /** What it was before, so that taking it back needs no search; older journals lack it. */
  former?: boolean;
}

export interface TitleRecord extends JournalRecordBase {
  kind: "title";
  id: string;
  title: string;
  /** What it was before, so that taking it back needs no search; older journals lack it. */
  former?: string;
}

/** Archives or unarchives the session. */
export interface ArchiveRecord extends JournalRecordBase {
  kind: "archive";
  id: string;
  archived: boolean;
  /** As in {@link TombstoneRecord}. */
  former?: boolean;
}

/** Links this session with another one. */
export interface ForkRecord extends JournalRecordBase {
  kind: "fork";
  id: string;
  /** `from` in the session that continues, `to` in a native session that was continued elsewhere. */
  direction: "from" | "to";
  sessionId: string;
  runtimeId: string;
  messageId?: string;
}

/** Anything worth keeping that is not a message. */
export interface NoteRecord extends JournalRecordBase {
  kind: "note";
  id: string;
  text: string;
  metadata?: JsonObject;
}

/** What a streaming answer has so far; the final message with the same id supersedes it. */
export interface CheckpointRecord extends JournalRecordBase {
  kind: "checkpoint";
  /** Id of the message to be. */
  id: string;
  parentId: string | null;
  role: Role;
  content: string;
  parts?: Part[];
  runtimeId: string;
  constructId: string;
  model?: string;
}

export type JournalBody =
  | MessageRecord
  | RevisionRecord
  | TombstoneRecord
  | TitleRecord
  | ArchiveRecord
  | ForkRecord
  | NoteRecord
  | CheckpointRecord;

/** A record as it stands in the file. */
export type JournalRecord = { seq: number } & JournalBody & { prev: string; hash: string };

/** The header as it stands in the file. */
export type SealedHeader = JournalHeader & { prev: ""; hash: string };
