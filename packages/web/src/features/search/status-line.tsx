import { describeError } from "../../api/client.ts";
import { countLine } from "./search-words.ts";
import type { Results } from "./use-results.ts";

/** How much was found; read out when an answer is there. */
export function StatusLine({ results, onRenew }: { results: Results; onRenew: () => void }) {
  const { first, pages, hasMore, isOutdated, error } = results;
  const loaded = pages.reduce((sum, { hits }) => sum + hits.length, 0);
  return (
    <span className="flex min-h-5 items-baseline gap-2 px-3 max-md:px-1">
      <output aria-live="polite" className="tabular block truncate">
        {first !== undefined
          ? countLine(first, loaded, hasMore)
          : error === null
            ? "Searching"
            : describeError(error).message}
      </output>
      {isOutdated && (
        <button type="button" onClick={onRenew} className="text-accent-ink underline underline-offset-2">
          Show what is new
        </button>
      )}
    </span>
  );
}
