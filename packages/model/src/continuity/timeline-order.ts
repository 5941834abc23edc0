import type { TimelineKind } from "./timeline-event.ts";

/** What the order of the timeline is made of. */
export interface OrderKey {
  /** Integer milliseconds UTC; absent without any time. */
  orderAt?: number | undefined;
  kind: TimelineKind;
  /** Of the vault's log; absent for what was imported. */
  commit?: number | undefined;
  sessionId?: string | undefined;
  sequence?: number | undefined;
  messageId?: string | undefined;
  runtimeId: string;
}

/** At the same instant a runtime comes before it is chosen, that before a conversation in it, and that before its messages. */
const ranks: Readonly<Record<TimelineKind, number>> = {
  runtime_imported: 0,
  runtime_selected: 1,
  runtime_switched: 1,
  conversation_created: 2,
  message: 3,
};

/**
 * The one order of everything, whatever order it arrived in: by time, what has none first (so that it is last where the newest come
 * first); then by kind, commit, conversation, position and ids. Two different lines are never equal, so the same lines always give
 * the same order.
 */
export function compareTimeline(left: OrderKey, right: OrderKey): number {
  return (
    compareNumbers(left.orderAt ?? -Infinity, right.orderAt ?? -Infinity) ||
    compareNumbers(ranks[left.kind], ranks[right.kind]) ||
    compareNumbers(left.commit ?? 0, right.commit ?? 0) ||
    compareTexts(left.sessionId ?? "", right.sessionId ?? "") ||
    compareNumbers(left.sequence ?? 0, right.sequence ?? 0) ||
    compareTexts(left.messageId ?? "", right.messageId ?? "") ||
    compareTexts(left.runtimeId, right.runtimeId) ||
    compareTexts(left.kind, right.kind)
  );
}

/** The rank of a kind among lines of the same instant, for keys in a database. */
export function rankOf(kind: TimelineKind): number {
  return ranks[kind];
}

function compareNumbers(left: number, right: number): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
