import { rankSentences, similarity, vectorsOf } from "./rank-sentences.ts";
import type { WordVector } from "./rank-sentences.ts";
import { sentencesOf } from "./sentences.ts";
import { tellingWords } from "./telling-words.ts";

/** A message of which sentences may be taken. */
export interface ExtractMessage {
  id: string;
  role: "user" | "assistant";
  text: string;
}

/** A sentence that was taken, as it was written. */
export interface ExtractedPoint {
  text: string;
  messageId: string;
  kind: "opening" | "point" | "decision";
}

/** What a conversation is about, in its own words. */
export interface Extract {
  /** In the order of the conversation. */
  points: ExtractedPoint[];
  /** Names, with how often each occurs; the most frequent first. */
  entities: Map<string, number>;
  /** 0 to 1: the share of the weight of all telling words that the points hold. */
  confidence: number;
}

export interface ExtractOptions {
  /** Sentences at most; 7 when absent. */
  points?: number;
  /** UTF-16 units at most; 900 when absent. */
  length?: number;
}

/** Bounds of what is looked at, as `docs/formats/summary.md` says. */
const firstMessages = 40;
const lastMessages = 360;
const messageLength = 4000;
const mostCandidates = 240;
const mostDecisions = 3;
const sameFrom = 0.6;

const decides =
  /\b(?:decided?|agreed|we(?:'|’)?ll|we will|i will|i(?:'|’)ll|let(?:'|’)?s go with|going with|settled on|final(?:ly)? (?:choice|decision)|chosen|conclusion|booked|beschlossen|entschieden|vereinbart|wir nehmen|abgemacht|décidé|decide|choisi|on prend|decidimos|acordado|elegido|besloten|afgesproken|deciso)\b/iu;

interface Candidate {
  text: string;
  messageId: string;
  vector: WordVector;
  weight: number;
  place: number;
}

/**
 * Takes the sentences that say most of what a conversation is about: its first one, decisions, and the best by TextRank (Mihalcea and
 * Tarau, 2004) over words weighed by inverse frequency. A pure function; it invents no word.
 */
export function extractSummary(messages: readonly ExtractMessage[], options: ExtractOptions = {}): Extract {
  const { points: most = 7, length = 900 } = options;
  const looked =
    messages.length <= firstMessages + lastMessages
      ? messages
      : [...messages.slice(0, firstMessages), ...messages.slice(-lastMessages)];
  const sentences = looked.flatMap(({ id, text }) =>
    sentencesOf(text.slice(0, messageLength)).map((sentence) => ({ messageId: id, text: sentence.text })),
  );
  const vectors = vectorsOf(sentences.map(({ text }) => tellingWords(text).map(({ folded }) => folded)));
  const all: Candidate[] = sentences.map((sentence, place) => {
    const vector: WordVector = vectors.of[place] ?? new Map();
    return { ...sentence, vector, weight: weightOf(vector), place };
  });
  const candidates = all.filter(({ text }) => isReadable(text));
  const taken: (Candidate & { kind: ExtractedPoint["kind"] })[] = [];
  let room = length;
  const take = (candidate: Candidate, kind: ExtractedPoint["kind"]): boolean => {
    if (taken.length >= most || candidate.text.length > room) return false;
    if (
      taken.some(
        (one) => one.place === candidate.place || similarity(one.vector, candidate.vector) > sameFrom,
      )
    )
      return false;
    taken.push({ ...candidate, kind });
    room -= candidate.text.length;
    return true;
  };
  const [opening] = candidates;
  if (opening !== undefined) take(opening, "opening");
  let decisions = 0;
  for (const candidate of candidates.toReversed()) {
    if (decisions < mostDecisions && decides.test(candidate.text) && take(candidate, "decision"))
      decisions += 1;
  }
  const heaviest = [...candidates].sort((left, right) => right.weight - left.weight).slice(0, mostCandidates);
  const ranks = rankSentences(heaviest.map(({ vector }) => vector));
  const best = heaviest
    .map((candidate, index) => ({ candidate, rank: ranks[index] ?? 0 }))
    .sort((left, right) => right.rank - left.rank || left.candidate.place - right.candidate.place);
  for (const { candidate } of best) take(candidate, "point");
  taken.sort((left, right) => left.place - right.place);
  return {
    points: taken.map(({ text, messageId, kind }) => ({ text, messageId, kind })),
    entities: entitiesIn(looked),
    confidence: heldShare(taken, vectors.weights),
  };
}

/** Which share of the weight of all words stands in the sentences that were taken. */
function heldShare(taken: readonly Candidate[], weights: ReadonlyMap<string, number>): number {
  const held = new Set(taken.flatMap(({ vector }) => [...vector.keys()]));
  let all = 0;
  let some = 0;
  for (const [word, weight] of weights) {
    all += weight;
    if (held.has(word)) some += weight;
  }
  return all === 0 ? 0 : Math.round((some / all) * 1000) / 1000;
}

function entitiesIn(messages: readonly ExtractMessage[]): Map<string, number> {
  const words = messages.flatMap(({ text }) => tellingWords(text.slice(0, messageLength)));
  const names = new Set(words.filter(({ isName }) => isName).map(({ text }) => text));
  const counts = new Map<string, number>();
  // A name is one also where it begins a sentence.
  for (const { text } of words) if (names.has(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  const sorted = [...counts].sort(
    ([leftName, left], [rightName, right]) => right - left || (leftName < rightName ? -1 : 1),
  );
  return new Map(sorted.slice(0, 24));
}

function weightOf(vector: WordVector): number {
  let sum = 0;
  for (const weight of vector.values()) sum += weight;
  return sum;
}

/** Long enough to say something and short enough to be read; where no blanks are set, two characters count as a word. */
function isReadable(text: string): boolean {
  const spaced = text.split(/\s+/u).length;
  const dense = (text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu) ?? [])
    .length;
  const words = spaced + Math.floor(dense / 2);
  return words >= 4 && words <= 60 && text.length <= 600;
}
