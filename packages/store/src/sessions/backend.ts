import type { ConstructId, JsonObject, MessageId, Part, Role, RuntimeId, SessionId } from "@chatty/model";
import type { ForkOrigin, JournalHome, JournalRecord } from "../journal/record.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import type { NewAct } from "../workspace/history.ts";

/** What a driver can do; the conformance suite runs the refusal test for everything that is absent. */
export interface SessionCapabilities {
  /** Keeps hash-chained journals that `scan` gives back with their seals. */
  supportsJournal: boolean;
  /** Keeps files beside a session. */
  supportsFiles: boolean;
  /** Changes of configuration commit together with changes of sessions. */
  supportsConfiguration: boolean;
}

/** A session to be made. */
export interface NewSession {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  source: "new_conversation" | "imported" | "restored";
  home?: JournalHome;
  forkedFrom?: ForkOrigin;
}

/** A message to be appended. `parentId` absent: behind the last message of the active path. */
export interface NewMessage {
  kind: "message" | "checkpoint";
  id: MessageId;
  /** The id was made a moment ago: nobody can have sent it before, and it need not be looked for. */
  isNew?: boolean;
  parentId?: MessageId | null;
  role: Role;
  content: string;
  parts?: Part[];
  runtimeId?: RuntimeId;
  constructId?: ConstructId;
  author?: string;
  model?: string;
  responseTimeMs?: number;
  thinkingLog?: string[];
  origin?: JsonObject;
  metadata?: JsonObject;
}

/** Any other record to be appended. */
export type NewRecord =
  | { kind: "revision"; id: MessageId; targetId: MessageId; content: string; parts?: Part[]; undoes?: string }
  | { kind: "tombstone"; id: MessageId; targetId?: MessageId; deleted: boolean; undoes?: string }
  | { kind: "title"; id: MessageId; title: string; undoes?: string }
  | { kind: "archive"; id: MessageId; archived: boolean; undoes?: string }
  | {
      kind: "fork";
      id: MessageId;
      direction: "from" | "to";
      sessionId: SessionId;
      runtimeId: RuntimeId;
      messageId?: MessageId;
    }
  | { kind: "note"; id: MessageId; text: string; metadata?: JsonObject };

/** A switch of the active runtime, as spec 003 records it. */
export interface RuntimeSelection {
  eventType: "runtime_selected" | "runtime_switched" | "runtime_imported";
  runtimeId: RuntimeId;
  previousRuntimeId?: RuntimeId;
  constructId: ConstructId;
  provider: string;
  isImported: boolean;
  isCore: boolean;
  source: "user_action" | "auto_restore" | "import";
}

/** One change of a batch; a batch is atomic. */
export type SessionChange =
  /** Refuses the batch when the session is at another revision at this point of it. */
  | { kind: "expect"; sessionId: SessionId; revision: string }
  | { kind: "create"; session: NewSession }
  | { kind: "append"; sessionId: SessionId; record: NewMessage | NewRecord }
  | { kind: "select"; selection: RuntimeSelection }
  | { kind: "configure"; change: ConfigurationChange }
  /** Keeps what a person did to the configuration; the changes themselves are changes of their own. */
  | { kind: "act"; act: NewAct };

/** What one change gave; empty for those that write no record. */
export interface SessionOutcome {
  sessionId?: SessionId;
  messageId?: MessageId;
  seq?: number;
  hash?: string;
  /** True when the same record was there already and nothing was written. */
  repeated?: boolean;
}

/** Present state of a session. */
export interface SessionSummary {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  /** Integer milliseconds UTC. */
  createdAt: number;
  updatedAt: number;
  messageCount: number;
  archived: boolean;
  deleted: boolean;
  leafId: MessageId | undefined;
  /** Number of the last record. */
  seq: number;
}

/**
 * Keeps the native sessions of one user. Every driver passes `sessionBackendSuite` of `@chatty/store/testing`.
 * Reads see everything that was acknowledged.
 */
export interface SessionBackend {
  readonly capabilities: SessionCapabilities;
  /**
   * Makes all changes durable together, or none; resolves after that. Given a function, the changes are made when their turn has
   * come: it reads rows as everything before has left them, so that no acknowledged change is written over. A record or session whose id is there already is not
   * written again and answers as the first time, so that every request may be repeated.
   * @throws {ChattyError} SESSION_NOT_FOUND, SESSION_DELETED, SESSION_EXISTS, MESSAGE_NOT_FOUND, MESSAGE_ID_TAKEN, REVISION_CONFLICT, DISK_FULL, STORAGE_IN_DOUBT
   */
  commit(changes: readonly SessionChange[] | (() => readonly SessionChange[])): Promise<SessionOutcome[]>;
  /** Undefined for an unknown id; a deleted session is still known. */
  summary(sessionId: SessionId): SessionSummary | undefined;
  /** Ids of all sessions, deleted ones included, in order of id. */
  sessionIds(): Iterable<SessionId>;
  /** Records in order, from the first behind the header. @throws {ChattyError} SESSION_NOT_FOUND, FILE_DAMAGED */
  scan(sessionId: SessionId): Iterable<JournalRecord>;
  /** The last `limit` records in order; cost does not grow with the session. */
  tail(sessionId: SessionId, limit: number): JournalRecord[];
  /** Removes a deleted session for good; nothing of it is left. @throws {ChattyError} SESSION_NOT_DELETED */
  purge(sessionId: SessionId): Promise<void>;
}
