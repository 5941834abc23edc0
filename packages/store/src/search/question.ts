import type { SearchFilters, TextRange } from "@chatty/model";

/** A question as the index is asked: words in FTS5's own language, and what is to be marked. */
export interface Question {
  /** Undefined: without words; everything that the filters leave is found. */
  match: string | undefined;
  /** One expression for each word or phrase that is asked for. */
  terms: readonly string[];
  filters: SearchFilters;
  notices: readonly string[];
  /** A stretch of the text around what was found, and what to mark in it. */
  snippet(text: string): { snippet: string; marks: TextRange[] };
  marks(text: string): TextRange[];
}

const snippetChars = 240;

export function questionOf(query: string, filters: SearchFilters): Question {
  const words = query.match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu) ?? [];
  const terms = words.map((word) => `"${word}"`);
  const columns = filters.in;
  const all = terms.join(" AND ");
  const match =
    terms.length === 0 ? undefined : columns === undefined ? all : `{${columns.join(" ")}} : (${all})`;
  const folded = words.map((word) => word.toLowerCase());
  const marks = (text: string): TextRange[] => {
    const lower = text.toLowerCase();
    const found: TextRange[] = [];
    for (const word of folded) {
      for (
        let at = lower.indexOf(word);
        at !== -1 && found.length < 100;
        at = lower.indexOf(word, at + word.length)
      ) {
        found.push([at, at + word.length]);
      }
    }
    return found
      .sort((left, right) => left[0] - right[0])
      .filter(([from], index, all) => from >= (all[index - 1]?.[1] ?? 0));
  };
  return {
    match,
    terms,
    filters,
    notices: [],
    marks,
    snippet(text) {
      const first = marks(text)[0]?.[0] ?? 0;
      const from = Math.max(0, first - 60);
      const snippet = text.slice(from, from + snippetChars);
      return { snippet, marks: marks(snippet) };
    },
  };
}
