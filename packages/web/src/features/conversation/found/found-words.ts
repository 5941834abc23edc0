import type { TextRange } from "@chatty/model";
import { queryOptions } from "@tanstack/react-query";

/** The words that led to a conversation. */
export interface FoundWords {
  /** As they were asked for. */
  q: string;
  /** Where they stand in a text, in order, without overlap. */
  marksIn: (text: string) => TextRange[];
}

/** The language of questions is fetched when somebody comes from a search, and not before. */
export function foundWords(q: string) {
  return queryOptions({
    queryKey: ["found-words", q],
    queryFn: async () => (await import("./read-words.ts")).readWords(q),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
}
