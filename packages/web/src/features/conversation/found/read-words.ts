import { findMarks, parseSearchQuery } from "@chatty/model";
import type { FoundWords } from "./found-words.ts";

/** Longer messages are marked at their beginning. */
const longestText = 300_000;

export function readWords(q: string): FoundWords {
  const parsed = parseSearchQuery(q, { now: Date.now() });
  return { q, marksIn: (text) => findMarks(text.slice(0, longestText), parsed) };
}
