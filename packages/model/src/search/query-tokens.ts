import { unspaced, wordKind } from "./word-kinds.ts";
import { foldText, scanWords } from "./word-tokens.ts";

/** What a word of a query is looked for as. */
export interface QueryTokens {
  tokens: string[];
  /** The last one is one letter of an unspaced script: in the index it begins a pair or stands last. */
  isSingle: boolean;
  /** There were more than the limit. */
  isCut: boolean;
  /** Where the last term ends in the text. */
  end: number;
}

/**
 * The first `limit` terms of a word of a query. Of a run of unspaced letters at the end, its pairs are enough: the last letter, which the
 * index has once more, need not be the last one in what is looked for.
 */
export function queryTokens(text: string, limit: number): QueryTokens {
  const tokens: string[] = [];
  const ends: number[] = [];
  let isMore = false;
  let lastFrom = 0;
  let isOverlapping = false;
  scanWords(text, 0, (from, to) => {
    // One more than the limit, because the last letter of a run does not count.
    isMore = tokens.length > limit;
    if (isMore) return false;
    tokens.push(foldText(text.slice(from, to)));
    isOverlapping = from < (ends.at(-1) ?? 0);
    ends.push(to);
    lastFrom = from;
    return true;
  });
  const isUnspaced = tokens.length > 0 && wordKind(text.codePointAt(lastFrom) ?? 0) === unspaced;
  if (!isMore && isUnspaced && isOverlapping) tokens.pop();
  if (tokens.length > limit) return { ...queryTokens(text.slice(0, ends[limit - 1]), limit), isCut: true };
  return { tokens, isSingle: isUnspaced && !isOverlapping, isCut: false, end: ends.at(-1) ?? 0 };
}
