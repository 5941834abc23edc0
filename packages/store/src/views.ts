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
  UserId,
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
  /** The slug that always leads to the home. */
  homeSlug: string;
  /** Times of the oldest and the newest conversation that has one; absent without. */
  firstAt?: number;
  lastAt?: number;
  /** Conversations per month of their last change in UTC (`2024-03`), oldest first; empty ones of one's own are not counted. */
  activity?: { month: string; count: number }[];
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
  deleted: boolean;
  /** Opaque; another one whenever the session is another: record, overlay, star, home, or an import of a newer version. */
  revision: string;
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
  /** Only native or only imported ones. */
  kind?: "native" | "imported";
  /** Calendar year and month (1 to 12) of the last change, else of the beginning, in UTC. Year 0: those without any time. */
  year?: number;
  month?: number;
  /** Words that the title must contain, in any case; diacritics as they are. */
  title?: string;
}

/** How many conversations a month has. */
export interface MonthCount {
  /** 0 together with month 0 for those without any time. */
  year: number;
  month: number;
  count: number;
}

/** Names the state that a change is meant for. */
export interface ChangeOptions {
  /** The `revision` that the session must have; with another one nothing is changed: REVISION_CONFLICT. */
  ifMatch?: string;
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

/** Which messages of which path. At most one of `around`, `before`, `after` and `at`; the end of the path when none is given. */
export interface WindowQuery {
  around?: MessageId;
  /** Ends right before this message. */
  before?: MessageId;
  /** Begins right after this message. */
  after?: MessageId;
  /** Begins at this position, from 0. */
  at?: number;
  /** 1 to 500; 60 when absent. */
  limit?: number;
  /** `all`: every node of every branch in tree order. `active` when absent. Both have hidden messages, marked as such. */
  path?: "active" | "all";
  /** The path that goes through this message and on from it to what was said last behind it. */
  through?: MessageId;
  /** The conversation as it was then, integer milliseconds UTC; the first look costs as much as showing it whole. */
  asOf?: number;
}

/** A message and where it stands. */
export interface WindowMessage extends MessageView {
  /** Position on the path, from 0. */
  index: number;
  /** Living messages with the same parent, this one among them, in tree order. */
  siblings: { position: number; ids: MessageId[] };
  /** It belongs to the conversation that a fork continues. */
  past?: true;
}

/** A stretch of a path. */
export interface MessageWindow {
  messages: WindowMessage[];
  /** Position of the first of them; where they would begin when there are none. */
  from: number;
  /** Messages on the path. */
  total: number;
  /** Last message of the path. */
  leafId: MessageId | null;
  /** Of the session, as in its view. */
  revision: string;
}

/** One message of the person, for finding one's way. */
export interface OutlineEntry {
  id: MessageId;
  /** Position on the path, from 0. */
  index: number;
  /** First 120 characters. */
  text: string;
  timestamp?: number;
}

/** The person's messages of a path, shortened. */
export interface OutlineView {
  entries: OutlineEntry[];
  /** Messages of the path, everybody's. */
  total: number;
  /** 1 when every message of the person is there; n when every n-th is, because there are very many. */
  every: number;
}

/** Where a conversation comes from and what continues it. */
export interface Lineage {
  source?: SourceName;
  sourceId?: string;
  forkedFrom?: { sessionId: SessionId; messageId?: MessageId; title: string; imported: boolean };
  /** Oldest first. */
  forks: { sessionId: SessionId; title: string }[];
}

/** Where a person left a conversation. */
export interface Place {
  /** The message that was at the top. */
  anchorId?: MessageId;
  /** The message whose path was shown. */
  throughId?: MessageId;
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

/** A file of a user, found by its hash. */
export interface FoundFile {
  name: string;
  mime?: string;
  /** Bytes. */
  size: number;
  bytes: AsyncIterable<Uint8Array>;
}

/** A file that waits for the message that carries it. */
export interface StagedFile {
  /** `sha256:` and 64 hexadecimal digits. */
  fileId: string;
  name: string;
  mime: string;
  /** Bytes. */
  size: number;
}

/** A construct with everything that can be set about it. Times are integer milliseconds UTC. */
export interface ConstructView {
  /** `gpt-` and a UUID. */
  gptId: string;
  constructId: ConstructId;
  name: string;
  description?: string;
  instructions?: string;
  conversationStarters: string[];
  avatar?: string;
  capabilities: JsonObject;
  /** `auto` lets Chatty choose. */
  modelId: string;
  conversationModel?: string;
  creativeModel?: string;
  codingModel?: string;
  orchestrationMode: string;
  active: boolean;
  createdAt: number;
  updatedAt: number;
  /** Number of its present state, from 1; former states have the numbers before it. As text it is what `ifMatch` names. */
  version: number;
  /** The runtime whose default construct it is. */
  runtimeId?: RuntimeId;
  homeSessionId?: SessionId;
}

/** What can be set about a construct; what is left out stays. */
export type ConstructPatch = Partial<
  Pick<
    ConstructView,
    | "name"
    | "description"
    | "instructions"
    | "conversationStarters"
    | "avatar"
    | "capabilities"
    | "modelId"
    | "conversationModel"
    | "creativeModel"
    | "codingModel"
    | "orchestrationMode"
  >
>;

/** A former state of a construct. */
export interface ConstructVersionView {
  version: number;
  snapshot: JsonObject;
  /** When it became a former one. */
  createdAt: number;
}

/** Something a construct may call. */
export interface ConstructActionView {
  actionId: string;
  name: string;
  description?: string;
  url: string;
  method: string;
  headers: JsonObject;
  parameters: JsonObject;
  createdAt: number;
}

/** An action to be kept: a new one without `actionId`, in the place of the one with it otherwise. */
export type ConstructActionDraft = Omit<ConstructActionView, "actionId" | "createdAt"> & {
  actionId?: string;
};

/**
 * What changed; told after it is durable and applied. Bulk work tells `sessions` once instead of `session` thousands of times.
 */
export type VaultChange =
  | { kind: "session"; sessionId: SessionId }
  | { kind: "session_removed"; sessionId: SessionId }
  | { kind: "sessions"; runtimeId: RuntimeId }
  | { kind: "messages"; sessionId: SessionId }
  | { kind: "runtime"; runtimeId: RuntimeId }
  | { kind: "runtime_selected"; runtimeId: RuntimeId }
  | { kind: "draft"; sessionId: SessionId }
  | { kind: "settings" }
  /** How far the index is, as `searchState` tells. */
  | { kind: "search" };

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
  /** False: a new runtime does not become the active one. */
  select?: boolean;
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
  /** Transcripts and readable views that were edited and set aside when a fresh one was written; they are no problem. Absent when there are none. */
  edited?: string[];
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

/** What was removed for good: ids, time and kind, and never a word of it. */
export interface AuditEntry {
  /** Integer milliseconds UTC. */
  at: number;
  kind: "session_purged" | "runtime_purged" | "user_erased";
  userId: UserId;
  sessionId?: SessionId;
  runtimeId?: RuntimeId;
  /** Somebody asked for it, or it had rested in the trash for as long as it may. */
  reason: "asked" | "expired";
}

/** Something that was deleted and comes back whole when it is restored. */
export interface TrashEntry {
  kind: "session" | "runtime";
  sessionId?: SessionId;
  runtimeId: RuntimeId;
  /** Title of the session, or name of the runtime. */
  title: string;
  imported: boolean;
  /** Messages in it. */
  messageCount: number;
  /** Integer milliseconds UTC. */
  deletedAt: number;
  /** When it is purged; absent when it rests for as long as its import is kept, or for ever. */
  until?: number;
}

/** The conversation of a runtime that a person was in last. */
export interface ActiveSession {
  sessionId: SessionId;
  /** `kept`: as it was kept; `place`: the one that was left last; `home`: nothing else was known. */
  foundBy: "kept" | "place" | "home";
}

/** How long a conversation was the home of its runtime. */
export interface HomeSpan {
  sessionId: SessionId;
  /** Integer milliseconds UTC; absent where nothing is known of its beginning. */
  from?: number;
  /** Absent for the present home. */
  until?: number;
}
