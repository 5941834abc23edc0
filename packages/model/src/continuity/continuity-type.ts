import type { ContinuityType } from "./timeline-event.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Two conversations go on beside each other when the earlier one is taken up again within this time. */
export const parallelWindowMs = 30 * minuteMs;
/** A topic that is taken up later than this is taken up anew. */
export const resumeWithinMs = 7 * dayMs;
/**
 * From this likeness on two conversations are about the same thing, and with words that refer back from a lesser one on. Chosen on one half of
 * the labelled cases of test/continuity, where talk of one topic is alike from 0.19 on and talk of two up to 0.1, and 0.19 with a quotation.
 */
export const sameTopic = 0.3;
export const sameTopicWithReference = 0.15;

/** One side of a change of runtime. */
export interface TransitionSide {
  /** Integer milliseconds UTC. */
  at?: number | undefined;
  runtimeId: string;
  /** Absent while no conversation is open. */
  sessionId?: string | undefined;
  /** Of its time. */
  confidence: number;
}

/** What is known of conversations when a change is judged. */
export interface ContinuityFacts {
  /** From 0 to 1: how much two conversations are about the same thing. */
  similarity(sessionId: string, otherId: string): number;
  /** True when it is certain that one goes on from the other: a fork, or an import of it. */
  isContinuation(sessionId: string, otherId: string): boolean;
  /** True when its first words refer to what was said elsewhere ("as I said", "continue"). */
  refersBack(sessionId: string): boolean;
  /** True when something was said in it after `from` and up to `until`; integer milliseconds UTC. */
  isActive(sessionId: string, from: number, until: number): boolean;
}

export interface JudgedContinuity {
  type: ContinuityType;
  confidence: number;
  /** Names the rule. */
  why:
    | "same-session"
    | "certain-continuation"
    | "refers-back"
    | "same-topic"
    | "taken-up-again"
    | "nothing-in-common"
    | "no-conversation";
}

/**
 * The continuity type of a change of runtime, as specification 003 has it, with the two places that it leaves open:
 * - `seamless`: the same conversation under another runtime.
 * - `resume`: another conversation with the same topic or context: a certain continuation (1.0); words that refer back and a likeness of
 *   0.15 within seven days (0.7); a likeness of 0.3 within seven days (0.5).
 * - `parallel`: the former conversation is taken up again within 30 minutes, so both go on beside each other (0.9).
 * - `break`: none of these (0.9).
 * A judgement is never surer than the times that it rests on; the first and the certain one rest on none.
 */
export function continuityTypeOf(
  from: TransitionSide,
  to: TransitionSide,
  facts: ContinuityFacts,
): JudgedContinuity {
  if (from.sessionId === undefined || to.sessionId === undefined) {
    return { type: "break", confidence: limited(0.5, from, to), why: "no-conversation" };
  }
  if (from.sessionId === to.sessionId) return { type: "seamless", confidence: 1, why: "same-session" };
  if (facts.isContinuation(to.sessionId, from.sessionId)) {
    return { type: "resume", confidence: 1, why: "certain-continuation" };
  }
  const isNear = from.at !== undefined && to.at !== undefined && Math.abs(to.at - from.at) <= resumeWithinMs;
  const likeness = isNear ? facts.similarity(from.sessionId, to.sessionId) : 0;
  if (likeness >= sameTopicWithReference && facts.refersBack(to.sessionId)) {
    return { type: "resume", confidence: limited(0.7, from, to), why: "refers-back" };
  }
  if (likeness >= sameTopic) {
    return { type: "resume", confidence: limited(0.5, from, to), why: "same-topic" };
  }
  if (to.at !== undefined && facts.isActive(from.sessionId, to.at, to.at + parallelWindowMs)) {
    return { type: "parallel", confidence: limited(0.9, from, to), why: "taken-up-again" };
  }
  return { type: "break", confidence: limited(0.9, from, to), why: "nothing-in-common" };
}

function limited(confidence: number, from: TransitionSide, to: TransitionSide): number {
  return Math.min(confidence, from.confidence, to.confidence);
}
