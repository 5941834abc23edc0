/** Weights of the telling words of a sentence. */
export type WordVector = ReadonlyMap<string, number>;

const dampingFactor = 0.85;
const mostRounds = 50;
const closeEnough = 1e-4;

/** Vectors of sentences, each word weighed by `ln(1 + n / df)`; and the weight of every word. */
export function vectorsOf(sentences: readonly (readonly string[])[]): {
  of: WordVector[];
  weights: ReadonlyMap<string, number>;
} {
  const frequency = new Map<string, number>();
  for (const words of sentences) {
    for (const word of new Set(words)) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  const weights = new Map<string, number>();
  for (const [word, count] of frequency) weights.set(word, Math.log(1 + sentences.length / count));
  const of = sentences.map((words) => {
    const vector = new Map<string, number>();
    for (const word of words) vector.set(word, (vector.get(word) ?? 0) + (weights.get(word) ?? 0));
    return vector;
  });
  return { of, weights };
}

/** Cosine of two vectors; 0 when one of them is empty. */
export function similarity(left: WordVector, right: WordVector): number {
  const [small, large] = left.size <= right.size ? [left, right] : [right, left];
  let product = 0;
  for (const [word, weight] of small) product += weight * (large.get(word) ?? 0);
  if (product === 0) return 0;
  return product / (lengthOf(left) * lengthOf(right));
}

/**
 * Ranks of sentences by TextRank: power iteration over the graph of their similarities. Cost grows with the square of their number;
 * the caller bounds it.
 */
export function rankSentences(vectors: readonly WordVector[]): number[] {
  const count = vectors.length;
  if (count === 0) return [];
  const edges: { to: number; weight: number }[][] = vectors.map(() => []);
  const sums = new Float64Array(count);
  for (let from = 0; from < count; from += 1) {
    for (let to = from + 1; to < count; to += 1) {
      const weight = similarity(vectors[from] ?? new Map(), vectors[to] ?? new Map());
      if (weight === 0) continue;
      edges[from]?.push({ to, weight });
      edges[to]?.push({ to: from, weight });
      sums[from] = (sums[from] ?? 0) + weight;
      sums[to] = (sums[to] ?? 0) + weight;
    }
  }
  let ranks = new Float64Array(count).fill(1 / count);
  for (let round = 0; round < mostRounds; round += 1) {
    const next = new Float64Array(count).fill((1 - dampingFactor) / count);
    for (const [from, targets] of edges.entries()) {
      const share = (dampingFactor * (ranks[from] ?? 0)) / (sums[from] ?? 1);
      for (const { to, weight } of targets) next[to] = (next[to] ?? 0) + share * weight;
    }
    const change = Math.max(...next.map((rank, index) => Math.abs(rank - (ranks[index] ?? 0))));
    ranks = next;
    if (change < closeEnough) break;
  }
  return [...ranks];
}

function lengthOf(vector: WordVector): number {
  let sum = 0;
  for (const weight of vector.values()) sum += weight * weight;
  return Math.sqrt(sum);
}
