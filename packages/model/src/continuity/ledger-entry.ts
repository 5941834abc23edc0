import type { Role } from "../message.ts";
import type { EvidenceType, ReferenceType } from "./timeline-event.ts";

/**
 * What a day had of one conversation under one runtime: the interface `ContinuityLedgerEntry` of specification 003, with its keys and
 * their order. Roles include `tool`.
 */
export interface LedgerEntry {
  /** `YYYY-MM-DD`, in UTC. */
  date: string;
  /** Of the first message; ISO 8601 in UTC. Empty where nobody knows. */
  timestamp: string;
  sessionId: string;
  sessionTitle: string;
  runtimeId: string;
  constructId: string;
  messages: LedgerMessage[];
  runtimeContext: {
    activeRuntime: string;
    runtimeMode: "synth" | "lin";
    provider: string;
    isImported: boolean;
  };
  continuityHooks: {
    previousRuntime?: string;
    nextRuntime?: string;
    linkedSessions: string[];
    crossRuntimeReferences: LedgerReference[];
  };
  /** The lowest of its messages. */
  confidence: number;
  evidenceSources: { type: EvidenceType; source: string; timestamp?: string }[];
  keyTopics: string[];
  notes: string[];
  vibe: string;
  emoji?: string[];
}

export interface LedgerMessage {
  sequence: number;
  /** ISO 8601 in UTC. Empty where nobody knows. */
  timestamp: string;
  role: Role;
  content: string;
  metadata?: Record<string, unknown>;
}

export interface LedgerReference {
  sessionId: string;
  runtimeId: string;
  referenceType: ReferenceType;
}

/** A whole ledger: `generateJSONLedger` of specification 003. */
export interface Ledger {
  metadata: {
    /** ISO 8601 in UTC. */
    generated: string;
    totalEvents: number;
    runtimes: string[];
    sessions: string[];
    dateRange: { start?: string; end?: string };
  };
  entries: LedgerEntry[];
}

/** The text of a ledger in JSON, indented by two. The same ledger always gives the same bytes. */
export function formatLedgerJson(ledger: Ledger): string {
  return JSON.stringify(ledger, null, 2);
}
