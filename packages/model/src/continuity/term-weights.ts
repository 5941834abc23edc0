/** How often each word stands in a text or conversation. */
export type TermCounts = ReadonlyMap<string, number>;

/** In how many conversations of how many a word stands. */
export interface TermStatistics {
  sessions: number;
  /** Conversations that have the word; 0 when it is not known. */
  sessionsWith(term: string): number;
}

/**
 * Weighs the words of a conversation: rare words and repeated ones count more, with diminishing returns (TF-IDF with a logarithm of the
 * count; Salton and Buckley 1988). The vector has length 1.
 */
export function termWeights(counts: TermCounts, statistics: TermStatistics): Map<string, number> {
  const weights = new Map<string, number>();
  let squares = 0;
  for (const [term, count] of counts) {
    const idf = Math.log((1 + statistics.sessions) / (1 + statistics.sessionsWith(term)));
    const weight = (1 + Math.log(count)) * idf;
    if (weight <= 0) continue;
    weights.set(term, weight);
    squares += weight * weight;
  }
  const length = Math.sqrt(squares);
  for (const [term, weight] of weights) weights.set(term, weight / length);
  return weights;
}

/** Cosine of the angle between two vectors of length 1: 0 without a common word, 1 for the same words. */
export function likenessOf(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  const [small, big] = left.size <= right.size ? [left, right] : [right, left];
  let sum = 0;
  for (const [term, weight] of small) sum += weight * (big.get(term) ?? 0);
  return Math.min(1, sum);
}

/** The heaviest words, heaviest first; of equals the one that is first in the alphabet of code units. */
export function heaviestTerms(weights: ReadonlyMap<string, number>, most: number): string[] {
  return [...weights]
    .sort(([leftTerm, left], [rightTerm, right]) =>
      left === right ? (leftTerm < rightTerm ? -1 : 1) : right - left,
    )
    .slice(0, most)
    .map(([term]) => term);
}
