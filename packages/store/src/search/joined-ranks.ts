import type { RankedDocument } from "./loose-match.ts";

/** From Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet", 2009: a place counts 1 / (k + place). */
const k = 60;

/** Lists of the best, joined: the sum of what a document's places in them count. */
export function joinRanks(lists: readonly (readonly RankedDocument[])[]): Map<number, number> {
  const scores = new Map<number, number>();
  for (const list of lists) {
    list.forEach(({ position }, index) => {
      scores.set(position, (scores.get(position) ?? 0) + 1 / (k + index + 1));
    });
  }
  return scores;
}
