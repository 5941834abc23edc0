import { specificityOf } from "@chatty/runtimes";
import type { WordCounts } from "@chatty/runtimes";
import type { FoundHit } from "./find-hits.ts";

/** Places that a hit has that was not found so. */
const noMeaning = 1000;
const noWords = 200;
/** Damping of the first places, and how much words and specificity count beside meaning. */
const meaningDamping = 10;
const wordsDamping = 5;
const wordsShare = 0.4;
const specificityShare = 2;

/**
 * The weight of a hit: `e^(2s) / ((m + 10) (w + 5)^0.4)`, with its places by meaning and by words and the specificity of its text. Without
 * vectors `e^(1.5s) / (w + 5)`. Products of powers of places are what is left of relevance when scores of different searches cannot
 * be compared; the exponents were chosen on made-up conversations (test/search/relevance).
 * @param text of the message, or as much of it as is known
 */
export function weighHit(
  hit: FoundHit,
  text: string,
  counts: WordCounts | undefined,
  hasMeaning: boolean,
): number {
  const specificity = counts === undefined ? 0 : specificityOf(text, counts);
  const words = Math.min(hit.placeByWords ?? noWords, noWords) + wordsDamping;
  if (!hasMeaning) return Math.exp(1.5 * specificity) / words;
  const meaning = Math.min(hit.placeByMeaning ?? noMeaning, noMeaning) + meaningDamping;
  return Math.exp(specificityShare * specificity) / (meaning * words ** wordsShare);
}
