import { describeError } from "../../api/client.ts";
import { countLine } from "./search-words.ts";
import type { Results } from "./use-results.ts";

/** How much was found; read out when an answer is there. */
export function StatusLine({ results }: { results: Results }) {
  const { first, pages, hasMore, isStale, error } = results;
  const loaded = pages.reduce((sum, { hits }) => sum + hits.length, 0);
  const text =
    first === undefined
      ? error === null
        ? "Searching"
        : describeError(error).message
      : isStale
        ? undefined
        : countLine(first, loaded, hasMore);
  return (
    <output aria-live="polite" className="tabular block min-h-5 truncate px-3 max-md:px-1">
      {text ?? (first === undefined ? "" : countLine(first, loaded, hasMore))}
    </output>
  );
}
