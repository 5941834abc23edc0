import type { ConstructId, MessageId, RuntimeId, SessionId } from "../ids.ts";
import type { Role } from "../message.ts";

/** What a line of the timeline tells. The three kinds of runtime events are those of specification 003. */
export type TimelineKind =
  | "message"
  | "conversation_created"
  | "runtime_selected"
  | "runtime_switched"
  | "runtime_imported";

/** Where something is known from; the four types of specification 003. */
export type EvidenceType = "file" | "database" | "metadata" | "user_action";

/** Why a time is believed, or why one was not. */
export type EvidenceRule =
  /** The message's own time, within what can be. */
  | "own-time"
  /** The time of the conversation, with a choice of the runtime that agrees with it. */
  | "selection-match"
  /** The time of the conversation or of a file that holds it. */
  | "conversation-time"
  | "file-time"
  /** Words such as "yesterday" in the text, counted from a known time. */
  | "relative-words"
  /** Between two messages whose times are known, or behind or before one. */
  | "between-neighbours"
  | "beside-neighbour"
  /** Somewhere in its conversation; nothing else is known. */
  | "order-only"
  /** What was done here was written down when it was done. */
  | "written-live"
  /** An own time that cannot be, and is not believed. */
  | "rejected-epoch"
  | "rejected-future"
  | "rejected-before-provider"
  | "rejected-import-stamp"
  /** Its time is before that of what it answers; it stands behind it all the same. */
  | "clock-went-back";

export interface Evidence {
  type: EvidenceType;
  /** A path inside the data home, or what of the record it is. */
  source: string;
  /** ISO 8601 in UTC, where the evidence has a time. */
  timestamp?: string;
  rule: EvidenceRule;
}

/** One line of the timeline. */
export interface TimelineEvent {
  /** Integer milliseconds UTC; absent for what nobody knows the time of. */
  at?: number;
  kind: TimelineKind;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  previousRuntimeId?: RuntimeId;
  sessionId?: SessionId;
  messageId?: MessageId;
  /** Position in the journal or, for imported conversations, in tree order; hidden messages count. From 1. */
  sequence?: number;
  role?: Role;
  hidden?: boolean;
  /** The beginning of the text. */
  excerpt?: string;
  /** 0 to 1, by the criteria of specification 003. */
  confidence: number;
  evidence: Evidence[];
}

/** How a conversation went on from one line to the next under another runtime. */
export type ContinuityType = "seamless" | "resume" | "parallel" | "break";

export interface RuntimeTransition {
  /** Integer milliseconds UTC; absent where nobody knows. */
  at?: number;
  fromRuntime: RuntimeId;
  toRuntime: RuntimeId;
  sessionId?: SessionId;
  continuityType: ContinuityType;
  confidence: number;
}

/** How one conversation refers to another. */
export type ReferenceType = "continuation" | "reference" | "related";

export interface SessionPlace {
  sessionId: SessionId;
  runtimeId: RuntimeId;
}

export interface CrossRuntimeLink {
  from: SessionPlace;
  to: SessionPlace;
  referenceType: ReferenceType;
  confidence: number;
  evidence: string[];
}

/** The runtimes under which a conversation was held, one after the other. */
export interface SessionContinuity {
  sessionId: SessionId;
  spans: { from?: number; to?: number; runtimeId: RuntimeId }[];
  linkedSessions: SessionId[];
}
