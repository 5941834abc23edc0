import type { ReferenceType } from "./timeline-event.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** From this likeness on two conversations are related without anything else to show for it, within {@link relatedWithinMs}. */
export const relatedLikeness = 0.35;
export const relatedWithinMs = 30 * dayMs;
/** From this likeness on words that refer back are taken to mean this conversation, within {@link continuedWithinMs}. */
export const continuedLikeness = 0.15;
export const continuedWithinMs = 7 * dayMs;
/** UTF-16 units that a passage must have to be taken for a copy, and a title to be taken for meant. */
export const leastPassage = 80;
const leastTitle = 12;

/** Why one conversation is linked with another. */
export type LinkEvidence =
  | "fork"
  | "same-source"
  | "named"
  | "copied-passage"
  | "title-quoted"
  | "shared-file"
  | "refers-back"
  | "same-topic";

/** What is known of the later conversation of a pair against the earlier one. Times are integer milliseconds UTC. */
export interface PairFacts {
  /** The later one was forked from the earlier one. */
  isFork?: boolean;
  /** Both are the same conversation of the same source, imported twice. */
  isSameSource?: boolean;
  /** The later one names the other's id, slug or address. */
  isNamed?: boolean;
  /** UTF-16 units of the longest passage of the other that the later one repeats word by word. */
  copied?: number;
  /** The later one has the other's title in quotation marks, and no other conversation has that title. */
  quotedTitle?: string;
  /** Files of the same content. */
  sharedFiles?: number;
  /** Its beginning refers to what was said elsewhere. */
  refersBack?: boolean;
  /** 0 to 1. */
  likeness?: number;
  /** From the end of the earlier one to the beginning of the later one; negative where they overlap, absent where nobody knows. */
  gapMs?: number;
}

export interface JudgedLink {
  referenceType: ReferenceType;
  confidence: number;
  evidence: LinkEvidence[];
}

interface Rule {
  evidence: LinkEvidence;
  referenceType: ReferenceType;
  confidence: number;
  holds(facts: PairFacts): boolean;
}

/** The surest first: it says what the link is; the others that hold are told beside it. */
const rules: readonly Rule[] = [
  { evidence: "fork", referenceType: "continuation", confidence: 1, holds: ({ isFork }) => isFork === true },
  {
    evidence: "same-source",
    referenceType: "continuation",
    confidence: 1,
    holds: ({ isSameSource }) => isSameSource === true,
  },
  { evidence: "named", referenceType: "reference", confidence: 1, holds: ({ isNamed }) => isNamed === true },
  {
    evidence: "copied-passage",
    referenceType: "reference",
    confidence: 0.9,
    holds: ({ copied = 0 }) => copied >= leastPassage,
  },
  {
    evidence: "title-quoted",
    referenceType: "reference",
    confidence: 0.8,
    holds: ({ quotedTitle = "" }) => quotedTitle.length >= leastTitle && /\s/.test(quotedTitle),
  },
  {
    evidence: "shared-file",
    referenceType: "related",
    confidence: 0.8,
    holds: ({ sharedFiles = 0 }) => sharedFiles > 0,
  },
  {
    evidence: "refers-back",
    referenceType: "continuation",
    confidence: 0.6,
    holds: ({ refersBack, likeness = 0, gapMs }) =>
      refersBack === true && likeness >= continuedLikeness && isWithin(gapMs, continuedWithinMs),
  },
  {
    evidence: "same-topic",
    referenceType: "related",
    confidence: 0.5,
    holds: ({ likeness = 0, gapMs }) => likeness >= relatedLikeness && isWithin(gapMs, relatedWithinMs),
  },
];

/**
 * The link of a later conversation with an earlier one, precise rather than plentiful: certain ones (a fork, an import, a name) have
 * confidence 1, all others say what they rest on. @returns undefined when nothing links them.
 */
export function linkOf(facts: PairFacts): JudgedLink | undefined {
  const holding = rules.filter((rule) => rule.holds(facts));
  const [surest] = holding;
  if (surest === undefined) return undefined;
  const { referenceType, confidence } = surest;
  return { referenceType, confidence, evidence: holding.map(({ evidence }) => evidence) };
}

/**
 * The longest passage that two texts have in common word by word, in UTF-16 units of the first, as far as it is at least
 * {@link leastPassage} long; 0 without. Linear in both: passages are found by their pieces of 40 units.
 */
export function copiedPassage(text: string, other: string): number {
  const piece = leastPassage / 2;
  const places = new Map<string, number>();
  for (let at = 0; at + piece <= other.length; at += piece) {
    const key = other.slice(at, at + piece);
    // What repeats itself is no sign of a copy: a ruler of dashes, say.
    if (!places.has(key) && new Set(key).size > 8) places.set(key, at);
  }
  let longest = 0;
  for (let at = 0; at + piece <= text.length; at += 1) {
    const place = places.get(text.slice(at, at + piece));
    if (place === undefined) continue;
    let [before, after] = [0, piece];
    while (at - before > 0 && place - before > 0 && text[at - before - 1] === other[place - before - 1])
      before += 1;
    while (at + after < text.length && text[at + after] === other[place + after]) after += 1;
    longest = Math.max(longest, before + after);
    at += after - 1;
  }
  return longest >= leastPassage ? longest : 0;
}

function isWithin(gapMs: number | undefined, mostMs: number): boolean {
  return gapMs !== undefined && gapMs <= mostMs;
}
