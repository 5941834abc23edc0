import { foldedFrom, foldedTo, kindRuns } from "./word-table.ts";

/** What a character is to the words of a text. */
export type WordKind = 0 | 1 | 2 | 3 | 4 | 5;

/** Stands between words. */
export const separator = 0;
/** Part of a word. */
export const letter = 1;
/** A mark that SQLite drops inside a word. */
export const droppedMark = 2;
/** A mark at which SQLite would cut the word (or keep it in the word); here it is dropped as well. */
export const foldedMark = 3;
/** A letter of a script that puts no spaces between words. */
export const unspaced = 4;
/** A symbol that is younger than SQLite's tables, which take it for a letter: a word of its own here. */
export const symbol = 5;

const kindOfLetter: Readonly<Record<string, WordKind>> = {
  S: separator,
  W: letter,
  D: droppedMark,
  M: foldedMark,
  B: unspaced,
  X: symbol,
};

/** Runs of characters of one kind: where each begins. */
const runStarts: number[] = [];
const runKinds: WordKind[] = [];
let runStart = 0;
for (const [, name = "", length = "0"] of kindRuns.matchAll(/([A-Z])([0-9a-z]+)/g)) {
  runStarts.push(runStart);
  runKinds.push(kindOfLetter[name] ?? separator);
  runStart += Number.parseInt(length, 36);
}

/**
 * The kinds of UTF-16 units, for loops that look at each: halves of pairs are separators here, so what may be a pair must be
 * asked for with `wordKind`.
 */
export const unitKinds = new Uint8Array(0x10000);
for (const [index, start] of runStarts.entries()) {
  if (start >= 0x10000) break;
  unitKinds.fill(runKinds[index] ?? separator, start, runStarts[index + 1] ?? runStart);
}

const foldedUnit = new Uint16Array(0x10000);
for (let unit = 0; unit < 0x10000; unit += 1) foldedUnit[unit] = unit;
for (let unit = 65; unit <= 90; unit += 1) foldedUnit[unit] = unit + 32;
const foldedAstral = new Map<number, number>();
{
  const to = Array.from(foldedTo);
  for (const [index, character] of Array.from(foldedFrom).entries()) {
    const codePoint = character.codePointAt(0) ?? 0;
    const folded = to[index]?.codePointAt(0) ?? codePoint;
    if (codePoint < 0x10000) foldedUnit[codePoint] = folded;
    else foldedAstral.set(codePoint, folded);
  }
}

/** The kind of a character; of a surrogate that stands alone, `separator`. */
export function wordKind(codePoint: number): WordKind {
  if (codePoint < 0x10000) return (unitKinds[codePoint] ?? separator) as WordKind;
  let low = 0;
  let high = runStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runStarts[middle] ?? 0) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return runKinds[low] ?? separator;
}

/** A character without its case and its accent, as SQLite 3.53 folds it (`unicode61 remove_diacritics 2`). */
export function foldedCodePoint(codePoint: number): number {
  if (codePoint < 0x10000) return foldedUnit[codePoint] ?? codePoint;
  return foldedAstral.get(codePoint) ?? codePoint;
}
