import type { Problem } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Part, Role } from "./message.ts";
import type { SourceTime, TimestampSource } from "./time.ts";

/** What an older program wrote; `docs/formats/legacy.md` describes each. */
export type LegacyFormat =
  | "vault-markdown"
  | "server-markdown"
  | "utc-markdown"
  | "html-markdown"
  | "block-markdown"
  | "speaker-markdown"
  | "empty-home"
  | "text-messages"
  | "chat-json"
  | "browser-threads"
  | "chatty-database"
  | "flatfile"
  | "character-jsonl"
  | "chat-jsonl"
  | "event-jsonl";

/** One file of an older store. */
export interface LegacyFile {
  /** Path inside the folder, with forward slashes. */
  path: string;
  /** Bytes. */
  size: number;
}

/** A table of an older database, whole. */
export interface LegacyTable {
  name: string;
  rows: JsonObject[];
}

/** An older store that somebody else opened. Nothing in it is ever changed. */
export interface LegacyFolder {
  /** In code-unit order of their paths. */
  readonly files: readonly LegacyFile[];
  /** The whole file. */
  read(path: string): Promise<Uint8Array>;
  /** Tables of a SQLite file, read from a copy. @throws {ChattyError} LEGACY_DATABASE_UNREADABLE */
  tables(path: string): Promise<LegacyTable[]>;
}

/** A stretch of a file. Offsets are bytes; `to` is behind the last one. */
export interface LegacyRange {
  path: string;
  from: number;
  to: number;
}

/**
 * A stretch that is no message. `structure`: recognised, such as a title or a day's heading. `kept`: not understood; it stays where
 * it is, verbatim, and is listed.
 */
export interface LegacySpan extends LegacyRange {
  kind: "structure" | "kept";
  /** Why it was kept, in words for people. */
  reason?: string;
}

/** One message of an older store. Text is byte-faithful. */
export interface LegacyMessage {
  /** Unique inside its conversation; the same bytes always give the same one. */
  key: string;
  /** Key of the message that it follows; null for a first one. */
  parentKey: string | null;
  role: Role;
  author?: string;
  content: string;
  parts?: Part[];
  model?: string;
  /** Never another one than the source gives. */
  time?: SourceTime;
  /** A time that was written and does not name an instant. */
  timeToken?: string;
  timestampSource: TimestampSource;
  /** Where it was read; absent for a row of a database. Variants of one answer share a place. */
  place?: LegacyRange;
  /** Everything else that the source says about it. */
  metadata: JsonObject;
}

/** One conversation of an older store. */
export interface LegacyConversation {
  /** Unique inside the store; the same store always gives the same one. */
  key: string;
  format: LegacyFormat;
  title?: string;
  /** Callsign or name of whom it was held with, as the store has it. */
  construct?: string;
  /** It is the home of its construct. */
  home: boolean;
  /** Present when it was taken over from a vendor: it belongs to the imports and not to VVAULT. */
  imported?: { from?: string; conversationId?: string };
  /** Its person had deleted it. */
  deleted: boolean;
  createdAt?: SourceTime;
  /** Every message after the one that it follows. */
  messages: LegacyMessage[];
  metadata: JsonObject;
}

/** The settings of a construct in an older database. */
export interface LegacyConstruct {
  name: string;
  callsign?: string;
  description?: string;
  instructions?: string;
  avatar?: string;
  modelId?: string;
  conversationModel?: string;
  creativeModel?: string;
  codingModel?: string;
  orchestrationMode?: string;
  conversationStarters: string[];
  capabilities: JsonObject;
}

/** What was read from the files of one unit. */
export interface LegacyReading {
  conversations: LegacyConversation[];
  /** Constructs that it describes. */
  constructs?: LegacyConstruct[];
  /** Together with the places of the messages they cover every byte of the unit's main files. */
  spans: LegacySpan[];
  problems: Problem[];
}

/** Files that are read together: the smallest thing that is migrated as a whole. */
export interface LegacyUnit {
  format: LegacyFormat;
  /** Read from; the main file first. */
  paths: string[];
  /** The same conversation once more: a backup, or a copy elsewhere. They are kept as files and not migrated. */
  duplicates: LegacyDuplicate[];
  /** The damaged main file, when a backup that holds more than it was taken in its place. */
  restoredFor?: string;
  /** Set when two conversations have the same key and are not the same; goes behind it. */
  keySuffix?: string;
  /** Some of its conversations belong to the imports. */
  isImport: boolean;
  conversations: number;
  messages: number;
}

/** A second copy of a conversation. */
export interface LegacyDuplicate {
  path: string;
  /** Messages in it that the copy which is migrated does not have. */
  extraMessages: number;
}

/** What is in an older store. */
export interface LegacySurvey {
  units: LegacyUnit[];
  /** Files that belong to conversations or to the store without being conversations: they are kept. */
  companions: string[];
  /** Files that look like conversations and were not understood: they are kept, and listed as problems. */
  unrecognised: string[];
  /** Folders of the users it has, where it has any. */
  users: string[];
  /** Names by which the person is called in it. */
  userNames: string[];
  problems: Problem[];
}

/**
 * What the store needs to take over what older programs wrote: bytes to model values. Keeps nothing between calls; the same bytes
 * always give the same values.
 */
export interface LegacyReader {
  /** Finds out what is in a folder. One bad file costs only itself. */
  survey(folder: LegacyFolder): Promise<LegacySurvey>;
  /** Reads one unit of a survey. */
  read(folder: LegacyFolder, survey: LegacySurvey, unit: LegacyUnit): Promise<LegacyReading>;
}
