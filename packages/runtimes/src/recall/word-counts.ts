import { sentencesOf } from "./sentences.ts";
import { stemOf, tellingWords } from "./telling-words.ts";

/** How often words occur in what was looked at, and how specific its texts are. */
export interface WordCounts {
  /** Texts that were looked at. */
  texts: number;
  /** In how many of them a stem occurs. */
  of: ReadonlyMap<string, number>;
  /** Of the specificity of those texts. */
  mean: number;
  deviation: number;
}

/** Words of the best sentence that count, and the length of a text that is looked at, UTF-16 units. */
const wordsThatCount = 3;
const lookedLength = 4000;
const longestWord = 40;

/** Counts the words of a sample of messages. It holds words in memory and is never written anywhere. */
export function countWords(texts: readonly string[]): WordCounts {
  const of = new Map<string, number>();
  for (const text of texts) {
    for (const stem of new Set(stemsIn(text.slice(0, lookedLength)))) of.set(stem, (of.get(stem) ?? 0) + 1);
  }
  const plain: WordCounts = { texts: texts.length, of, mean: 0, deviation: 1 };
  const values = texts.map((text) => rawSpecificity(text, plain));
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
  return { ...plain, mean, deviation: Math.sqrt(variance) || 1 };
}

/**
 * How much a text says that others do not: the mean weight of the three rarest words of its most specific sentence, as standard
 * deviations from the mean of the sample; between -3 and 4, so that no heap of odd words wins by itself. What names a thing, a person or a
 * number answers a question sooner than what is said every day.
 */
export function specificityOf(text: string, counts: WordCounts): number {
  if (counts.texts === 0) return 0;
  const value = (rawSpecificity(text, counts) - counts.mean) / counts.deviation;
  return Math.min(4, Math.max(-3, value));
}

function rawSpecificity(text: string, { texts, of }: WordCounts): number {
  const looked = text.slice(0, lookedLength);
  const sentences = sentencesOf(looked).map((sentence) => sentence.text);
  let best = 0;
  for (const sentence of sentences.length === 0 ? [looked.slice(0, 400)] : sentences) {
    const weights = [...new Set(stemsIn(sentence))]
      .map((stem) => Math.log(1 + texts / (of.get(stem) ?? 0.5)))
      .sort((left, right) => right - left)
      .slice(0, wordsThatCount);
    best = Math.max(best, weights.reduce((sum, weight) => sum + weight, 0) / wordsThatCount);
  }
  return best;
}

function stemsIn(text: string): string[] {
  return tellingWords(text)
    .filter(({ folded }) => folded.length <= longestWord)
    .map((word) => stemOf(word).replace(/\*$/, ""));
}
