import type { TimestampSource } from "../time.ts";
import type { EvidenceRule } from "./timeline-event.ts";
import type { FalseTime, TimeLimits } from "./expected-range.ts";
import { falseTimeOf } from "./expected-range.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** A message whose place in time is to be found. Parents come before their children. */
export interface TimedNode {
  /** Index of the message that it answers; -1 for a beginning. */
  parent: number;
  /** Integer milliseconds UTC, with what it was read from; absent without. */
  time?: { ms: number; source: TimestampSource } | undefined;
}

/** What is known of a conversation beside its messages. Times are integer milliseconds UTC. */
export interface PlacementContext extends TimeLimits {
  /** True for what was written here: its times were taken when it was written down. */
  isNative: boolean;
  createdAt?: number | undefined;
  /** Which runtime was chosen at a time, if that is known. */
  selectedAt?: (ms: number) => string | undefined;
  runtimeId: string;
}

/** Where a message stands in time. */
export interface Placement {
  /** The time to show; absent where nothing is known. */
  at?: number;
  /** The time to order by: never before that of the message it answers. Absent where nothing is known. */
  orderAt?: number;
  confidence: number;
  /** What the time rests on first, then what was rejected or set right. */
  rules: EvidenceRule[];
}

const rejections: Readonly<Record<FalseTime, EvidenceRule>> = {
  epoch: "rejected-epoch",
  future: "rejected-future",
  "before-provider": "rejected-before-provider",
  "import-stamp": "rejected-import-stamp",
};

/**
 * Confidence of each rule: the five criteria of specification 003. What lies between two known times of one day is the best an estimate
 * can be; what is only somewhere in its conversation the worst.
 */
export const confidenceOf = {
  "own-time": 1,
  "written-live": 1,
  "selection-match": 0.9,
  "conversation-time": 0.7,
  "file-time": 0.7,
  "relative-words": 0.5,
  "clock-went-back": 0.5,
  "between-neighbours": 0.5,
  "between-distant-neighbours": 0.4,
  "beside-neighbour": 0.4,
  "order-only": 0.3,
} as const;

/**
 * Places the messages of a conversation in time. Rules, in this order:
 * 1. An own time that can be true is believed (1.0). One that is before the time of what it answers is shown, but stands behind it (0.5).
 * 2. The time of the conversation or of a file (0.7), or 0.9 when the person had chosen this runtime then.
 * 3. Between two believed times of the same path: evenly (0.5 when they are at most a day apart, else 0.4).
 * 4. Beside one believed time of the same path: that time (0.4).
 * 5. The beginning of the conversation, if that is known (0.3); else no time at all (0.3).
 * A time that cannot be true counts as none, and is named. Cost is linear.
 */
export function placeInTime(nodes: readonly TimedNode[], context: PlacementContext): Placement[] {
  const judged = nodes.map((node) => judge(node, context));
  const next = nextBelieved(nodes, judged);
  const placements: Placement[] = [];
  /** Of a run of messages without a time: how many there are from here to the next believed one. */
  const ahead = runAhead(nodes, judged);
  for (const [index, node] of nodes.entries()) {
    const before = node.parent === -1 ? undefined : placements[node.parent];
    const { believed, rejected } = judged[index] ?? {};
    const placement =
      believed === undefined
        ? estimated(before, next[index], ahead[index] ?? 1, context)
        : believedPlacement(believed, before, context);
    if (rejected !== undefined) placement.rules.push(rejected);
    placements.push(placement);
  }
  return placements;
}

interface Judged {
  believed?: { ms: number; source: TimestampSource };
  rejected?: EvidenceRule;
}

function judge({ time }: TimedNode, context: PlacementContext): Judged {
  if (time === undefined || time.source === "none" || time.source === "sequence") return {};
  if (context.isNative && time.source === "message") return { believed: time };
  const why = falseTimeOf(time.ms, context);
  return why === undefined ? { believed: time } : { rejected: rejections[why] };
}

function believedPlacement(
  { ms, source }: { ms: number; source: TimestampSource },
  before: Placement | undefined,
  context: PlacementContext,
): Placement {
  if (before?.orderAt !== undefined && ms < before.orderAt) {
    const rules: EvidenceRule[] = [ruleOf(source, ms, context), "clock-went-back"];
    return { at: ms, orderAt: before.orderAt, confidence: confidenceOf["clock-went-back"], rules };
  }
  const rule = ruleOf(source, ms, context);
  return { at: ms, orderAt: ms, confidence: confidenceOf[rule], rules: [rule] };
}

type BelievedRule = "own-time" | "written-live" | "selection-match" | "conversation-time" | "file-time";

function ruleOf(source: TimestampSource, ms: number, context: PlacementContext): BelievedRule {
  if (source === "message") return context.isNative ? "written-live" : "own-time";
  if (context.selectedAt?.(ms) === context.runtimeId) return "selection-match";
  return source === "file" ? "file-time" : "conversation-time";
}

function estimated(
  before: Placement | undefined,
  next: number | undefined,
  ahead: number,
  context: PlacementContext,
): Placement {
  const from = before?.orderAt;
  if (from !== undefined && next !== undefined) {
    // Behind a clock that went back there is no room between the two.
    const until = Math.max(from, next);
    const at = from + Math.floor((until - from) / (ahead + 1));
    const isNear = until - from <= dayMs;
    const confidence = confidenceOf[isNear ? "between-neighbours" : "between-distant-neighbours"];
    return { at, orderAt: at, confidence, rules: ["between-neighbours"] };
  }
  const beside = from ?? next;
  if (beside !== undefined) {
    // What has an estimated time in front of it is no better known than that.
    const isBeside = before === undefined || before.rules[0] !== "order-only";
    const rule = isBeside ? "beside-neighbour" : "order-only";
    return { at: beside, orderAt: beside, confidence: confidenceOf[rule], rules: [rule] };
  }
  const { createdAt } = context;
  const isKnown = createdAt !== undefined && falseTimeOf(createdAt, context) === undefined;
  const rules: EvidenceRule[] = ["order-only"];
  const confidence = confidenceOf["order-only"];
  return isKnown ? { at: createdAt, orderAt: createdAt, confidence, rules } : { confidence, rules };
}

/** For each node the earliest believed time below it. */
function nextBelieved(nodes: readonly TimedNode[], judged: readonly Judged[]): (number | undefined)[] {
  const next: (number | undefined)[] = nodes.map(() => undefined);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const parent = nodes[index]?.parent ?? -1;
    if (parent === -1) continue;
    const own = judged[index]?.believed?.ms ?? next[index];
    const known = next[parent];
    if (own !== undefined && (known === undefined || own < known)) next[parent] = own;
  }
  return next;
}

/** For each node how many nodes without a believed time follow one another from it on, itself included, on the shortest way. */
function runAhead(nodes: readonly TimedNode[], judged: readonly Judged[]): number[] {
  const ahead: number[] = nodes.map(() => 1);
  const shortest: (number | undefined)[] = nodes.map(() => undefined);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const isKnown = judged[index]?.believed !== undefined;
    const run = isKnown ? 0 : 1 + (shortest[index] ?? 0);
    ahead[index] = Math.max(1, run);
    const parent = nodes[index]?.parent ?? -1;
    if (parent === -1) continue;
    const known = shortest[parent];
    if (known === undefined || run < known) shortest[parent] = run;
  }
  return ahead;
}
