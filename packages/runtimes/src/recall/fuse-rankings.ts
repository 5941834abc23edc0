/** What one question found, best first. */
export interface Ranking<Key> {
  keys: readonly Key[];
  weight: number;
}

/** Damps the lead of the first places; 60 as in Cormack, Clarke and Büttcher (2009). */
const damping = 60;

/**
 * Joins rankings by reciprocal rank fusion: an entry gets `weight / (60 + place)` from each ranking that it stands in. Scores of
 * different searches cannot be compared; places can.
 * @returns scores, best first; equals stay in the order in which they were met.
 */
export function fuseRankings<Key>(rankings: readonly Ranking<Key>[]): Map<Key, number> {
  const scores = new Map<Key, number>();
  for (const { keys, weight } of rankings) {
    for (const [place, key] of keys.entries()) {
      scores.set(key, (scores.get(key) ?? 0) + weight / (damping + place + 1));
    }
  }
  return new Map([...scores].sort(([, left], [, right]) => right - left));
}

/**
 * What a single word is worth by how many messages have it: 1 for one that nobody else has, towards 0 for one in all of them.
 * @param found messages with it; at least 0
 * @param all messages that were looked through
 */
export function rarity(found: number, all: number): number {
  const bounded = Math.max(all, found, 1);
  return Math.log(1 + bounded / (1 + found)) / Math.log(1 + bounded);
}
