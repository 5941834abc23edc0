import { wordTokens } from "@chatty/model";

/** Words of a message that are looked up, and of which so many stand for it. */
const lookedWords = 300;
const usedWords = 12;
const shortest = 3;

/**
 * The words that tell a message from others: those that are often in it and rare elsewhere (tf-idf, with the logarithm of both).
 * @param countOf in how many documents a word is.
 */
export function tellingWords(text: string, countOf: (word: string) => number): string[] {
  const times = new Map<string, number>();
  for (const { term } of wordTokens(text.slice(0, 50_000))) {
    if (term.length >= shortest && !/^\d+$/.test(term)) times.set(term, (times.get(term) ?? 0) + 1);
  }
  return (
    [...times]
      .sort(([, left], [, right]) => right - left)
      .slice(0, lookedWords)
      .map(([word, count]) => ({ word, count, documents: countOf(word) }))
      // What stands nowhere else finds nothing else.
      .filter(({ documents }) => documents > 1)
      .map(({ word, count, documents }) => ({
        word,
        weight: (1 + Math.log(count)) / Math.log(1 + documents),
      }))
      .sort((left, right) => right.weight - left.weight || (left.word < right.word ? -1 : 1))
      .slice(0, usedWords)
      .map(({ word }) => word)
  );
}
