import type { ParsedQuery, SearchWord } from "./parsed-query.ts";
import type { TextRange } from "./types.ts";
import { scanExact, scanMatches } from "./word-matcher.ts";
import type { WordMatch } from "./word-matcher.ts";

const markLimit = 10_000;

/** What of a text is to be marked for a query, in order and without overlap: the first `limit` places (10,000 when absent). */
export function findMarks(
  text: string,
  parsed: Pick<ParsedQuery, "terms">,
  options: { limit?: number } = {},
): TextRange[] {
  const limit = options.limit ?? markLimit;
  const matches: WordMatch[] = [];
  findMatches(text, wantedWords(parsed), { take: (match) => matches.push(match) < limit });
  return mergeMatches(matches).slice(0, limit);
}

/** Everything a query looks for: what is excluded is nowhere to be seen. */
export function wantedWords(parsed: Pick<ParsedQuery, "terms">): SearchWord[] {
  return parsed.terms.flatMap((term) => (term.excluded ? [] : [term, ...term.alternatives]));
}

/** Gives `take` every match of words, then every one of exact stretches; each of the two goes on until it says false. */
export function findMatches(
  text: string,
  words: readonly SearchWord[],
  {
    take,
    start = 0,
    end = text.length,
  }: { take: (match: WordMatch) => boolean; start?: number; end?: number },
): void {
  scanMatches(text, words, take, start, end);
  for (const [word, { isExact, substring }] of words.entries()) {
    if (isExact && substring !== undefined) {
      scanExact(text, substring, (from, to) => take({ word, from, to }), start, end);
    }
  }
}

/** Matches as stretches, in order, those that overlap as one. */
export function mergeMatches(matches: readonly WordMatch[]): TextRange[] {
  const merged: TextRange[] = [];
  for (const { from, to } of matches.toSorted(
    (left, right) => left.from - right.from || left.to - right.to,
  )) {
    const last = merged.at(-1);
    if (last === undefined || from >= last[1]) merged.push([from, to]);
    else last[1] = Math.max(last[1], to);
  }
  return merged;
}
