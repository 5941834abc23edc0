import { parseSearchQuery, wordTokens } from "@chatty/model";
import type { FoundWords } from "./found-words.ts";

/** Longer messages are marked at their beginning. */
const longestText = 300_000;

export function readWords(q: string): FoundWords {
  const parsed = parseSearchQuery(q, { now: Date.now() });
  const words = parsed.terms
    .filter(({ excluded }) => !excluded)
    .flatMap((term) => [term, ...term.alternatives]);
  const whole = new Set(words.flatMap(({ tokens }) => tokens));
  const begins = words.flatMap(({ isPrefix, tokens }) => (isPrefix ? tokens.slice(-1) : []));
  return {
    q,
    marksIn: (text) =>
      wordTokens(text.slice(0, longestText)).flatMap((token) =>
        whole.has(token.term) || begins.some((begin) => token.term.startsWith(begin))
          ? [[token.from, token.to]]
          : [],
      ),
  };
}
