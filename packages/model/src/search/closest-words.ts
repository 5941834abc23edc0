import { foldText } from "./word-tokens.ts";

/** Words shorter than the first have no near ones; from the second on, two mistakes may be in them. */
const shortestWord = 3;
const longWord = 6;
const longestWord = 64;

/**
 * The words that may have been meant, the nearest first, and those of equal distance in the order in which they were given
 * (the most frequent first, say). One mistake in words of 3 to 5 letters, two in longer ones: a letter too many, too few, another
 * one, or two neighbours exchanged (optimal string alignment). Case and accents count for nothing. The word itself is left out.
 */
export function closestWords(
  word: string,
  candidates: Iterable<string>,
  options: { limit?: number } = {},
): string[] {
  const wanted = Array.from(foldText(word));
  if (wanted.length < shortestWord || wanted.length > longestWord) return [];
  const bound = wanted.length < longWord ? 1 : 2;
  const found: string[][] = Array.from({ length: bound }, () => []);
  const seen = new Set([wanted.join("")]);
  for (const candidate of candidates) {
    // No letter takes more than two units, so that much longer ones need not be looked at.
    if (candidate.length > (wanted.length + bound) * 2 + 8) continue;
    const folded = foldText(candidate);
    if (seen.has(folded)) continue;
    const distance = editDistance(wanted, Array.from(folded), bound);
    if (distance > bound) continue;
    seen.add(folded);
    found[distance - 1]?.push(candidate);
  }
  return found.flat().slice(0, options.limit ?? 5);
}

/** Mistakes between two words; more than `bound` when there are more. */
export function editDistance(left: readonly string[], right: readonly string[], bound: number): number {
  const tooMany = bound + 1;
  if (Math.abs(left.length - right.length) > bound) return tooMany;
  let twoAgo: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (previous[column] ?? tooMany) + 1,
        (current[column - 1] ?? tooMany) + 1,
        (previous[column - 1] ?? tooMany) + (isSame ? 0 : 1),
      );
      if (
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      ) {
        cost = Math.min(cost, (twoAgo[column - 2] ?? tooMany) + 1);
      }
      current.push(cost);
      least = Math.min(least, cost);
    }
    // A transposition reaches back two rows, and costs one more than what stands there.
    if (least > bound && Math.min(...previous) >= bound) return tooMany;
    twoAgo = previous;
    previous = current;
  }
  return Math.min(previous[right.length] ?? tooMany, tooMany);
}
