import type {
  ConstructId,
  JsonObject,
  MessageId,
  NodeCount,
  Part,
  Problem,
  Role,
  RuntimeId,
  SessionId,
  SourceName,
  TimestampSource,
} from "@chatty/model";

/** A runtime as people and programs see it. Times are integer milliseconds UTC. */
export interface RuntimeView {
  runtimeId: RuntimeId;
  name: string;
  kind: "core" | "imported" | "custom";
  provider?: string;
  constructId: ConstructId;
  mode: "synth" | "lin";
  homeSessionId: SessionId;
  conversationCount: number;
  messageCount: number;
  createdAt: number;
  active: boolean;
}

/** A session as a list shows it; never with bodies. */
export interface SessionView {
  sessionId: SessionId;
  /** Every other spelling that finds it, the home slug first. */
  aliases: string[];
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  /** Absent where the source has no time. */
  createdAt?: number;
  updatedAt?: number;
  messageCount: number;
  imported: boolean;
  home: boolean;
  starred: boolean;
  archived: boolean;
}

export interface SessionPage {
  sessions: SessionView[];
  /** Cursor of the next page; absent on the last. */
  next?: string;
}

export interface SessionQuery {
  runtimeId?: RuntimeId;
  /** 1 to 1000; 50 when absent. */
  limit?: number;
  after?: string;
  /** Archived sessions instead of the others. */
  archived?: boolean;
  /** Starred sessions only. */
  starred?: boolean;
  /** Deleted sessions that `restoreSession` brings back, instead of the others. */
  deleted?: boolean;
}

/** One message of one branch. */
export interface MessageView {
  id: MessageId;
  parentId: MessageId | null;
  role: Role;
  content: string;
  timestamp?: number;
  timestampSource: TimestampSource;
  model?: string;
  author?: string;
  hidden: boolean;
  parts: Part[];
  /** The source's own id, for imported messages. */
  sourceId?: string;
  /** Runtime and construct under which it was said, for native messages. */
  runtimeId?: RuntimeId;
  constructId?: ConstructId;
  /** The source's raw time token, where there is one. */
  timestampToken?: string | number;
  /** Number of revisions that came after the first text. */
  revisions?: number;
  /** True for an answer of which only a checkpoint was written. */
  partial?: boolean;
  flags?: string[];
  metadata?: JsonObject;
}

export interface SessionDetailView extends SessionView {
  source?: SourceName;
  sourceId?: string;
  metadata: JsonObject;
}

/** A whole conversation: every node of every branch, in tree order. */
export interface Conversation {
  session: SessionDetailView;
  activePath: MessageId[];
  messages: MessageView[];
}

/** A message to append. */
export interface MessageDraft {
  role: Role;
  content: string;
  /** The asker's UUID; repeating a request with the same id appends nothing and answers as the first time. */
  id?: MessageId;
  /** Absent: the last message of the active path. Null: a new root. */
  parentId?: MessageId | null;
  parts?: Part[];
  author?: string;
  model?: string;
  responseTimeMs?: number;
  thinkingLog?: string[];
  /** Absent: the runtime and construct of the session. */
  runtimeId?: RuntimeId;
  constructId?: ConstructId;
  metadata?: JsonObject;
}

/** A knowledge file of a construct. */
export interface KnowledgeFileView {
  /** `sha256:` and 64 hexadecimal digits. */
  fileId: string;
  name: string;
  mime: string;
  /** Bytes. */
  size: number;
  uploadedAt: number;
}

/** An append that is durable. */
export interface AppendResult {
  sessionId: SessionId;
  messageId: MessageId;
  seq: number;
  hash: string;
}

/** What an import did; the receipt as the command line prints it and as it is kept for ever. */
export interface ImportReceipt {
  path: string;
  source: SourceName;
  /** `sha256:` and 64 hexadecimal digits. */
  archive: string;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  homeSessionId: SessionId;
  alreadyImported: boolean;
  conversations: {
    seen: number;
    new: number;
    grown: number;
    edited: number;
    unchanged: number;
    gone: number;
    failed: number;
  };
  nodes: NodeCount;
  /** Nodes seen that are messages; absent from receipts of earlier versions. */
  messages?: number;
  attachments: { referenced: number; found: number; missing: number };
  balanced: boolean;
  problems: Problem[];
  durationMs: number;
  /** Custom GPTs found in the export: constructs that a person may register. */
  constructsToRegister?: { sourceId: string; name?: string; conversations: number }[];
  /** Unknown record and block kinds, with how often each was seen. */
  unknownKinds?: Record<string, number>;
  /** Records beside conversations, by kind. */
  sidecars?: Record<string, number>;
}

export interface ImportOptions {
  /** Reads and accounts for everything, changes nothing. */
  dryRun?: boolean;
  source?: SourceName;
  /** Merge into this runtime, or `new` for a separate one. */
  into?: RuntimeId | "new";
  /** The archive becomes the runtime's only visible import; earlier ones stay on disk. */
  replace?: boolean;
  /** Name to show for what is imported. */
  name?: string;
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
}

export interface ImportProgress {
  phase: "staging" | "validating" | "reading" | "committing";
  bytesDone: number;
  bytesTotal: number;
  conversations: number;
}

export interface VerifyReport {
  ok: boolean;
  checked: { sessions: number; records: number; archives: number; references: number };
  problems: { code: string; path: string; from?: number; to?: number; message: string }[];
}

export interface RepairReport {
  /** Records saved or derived files made again. */
  recovered: number;
  lost: { path: string; from: number; to: number }[];
  quarantined: string[];
  /** What is still wrong; only a backup or the original export mends it. */
  remaining: VerifyReport["problems"];
}

export type RebuildScope = "catalog" | "transcripts" | "references" | "views" | "all";

export interface RebuildReport {
  /** Files or rows made again, by kind. */
  rebuilt: Record<string, number>;
  /** True when everything made again equals what was there. */
  identical: boolean;
  /** Kinds or files that differed from what was there, or were missing. */
  differences: string[];
}

export interface DoctorReport {
  ok: boolean;
  checks: { name: string; ok: boolean; message: string; hint?: string }[];
}
