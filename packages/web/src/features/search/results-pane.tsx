import type { Runtime, SearchHit } from "@chatty/server/api";
import { useMemo, type Ref } from "react";
import { describeError } from "../../api/client.ts";
import type { Question } from "../../api/search.ts";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import type { ListPlace } from "./list-place.ts";
import { NoHits } from "./no-hits.tsx";
import type { Chip } from "./query-text.ts";
import { ResultList, type ResultListHandle } from "./result-list.tsx";
import { resultRows } from "./result-rows.ts";
import type { Results } from "./use-results.ts";

interface ResultsPaneProps {
  results: Results;
  question: Question;
  chips: readonly Chip[];
  runtimes: readonly Runtime[];
  place: ListPlace | undefined;
  open: ReadonlySet<string>;
  onPlace: (place: Omit<ListPlace, "open">) => void;
  onUnfold: (group: string) => void;
  onOpen: (hit: SearchHit) => void;
  onLeave: () => void;
  onAsk: (next: Partial<Question>) => void;
  ref: Ref<ResultListHandle>;
}

/** What came of the question: hits, none, an error, or the shape of what is to come. */
export function ResultsPane(props: ResultsPaneProps) {
  const { results, question, chips, runtimes, place, open, ref } = props;
  const { first, pages, hasMore, error } = results;
  const { rows } = useMemo(() => resultRows(pages, open, hasMore), [pages, open, hasMore]);
  if (error !== null && (first === undefined || rows.length === 0)) {
    return <Failed error={error} onRetry={results.retry} />;
  }
  if (first === undefined) return <Waiting />;
  if (first.hits.length === 0) {
    return (
      <NoHits
        answer={first}
        mode={question.mode}
        chips={chips}
        onSearch={(q) => props.onAsk({ q })}
        onMode={(mode) => props.onAsk({ mode })}
      />
    );
  }
  return (
    <div className="flex h-full flex-col">
      {error !== null && <Failed error={error} onRetry={results.retry} />}
      <div className="min-h-0 flex-1">
        <ResultList
          // Another question begins at its top.
          key={`${question.q.trim()} ${question.mode} ${question.sort}`}
          ref={ref}
          rows={rows}
          total={first.totalIsExact ? first.total : undefined}
          q={question.q.trim()}
          runtimes={runtimes}
          place={place}
          onPlace={props.onPlace}
          onNearEnd={results.loadMore}
          onUnfold={props.onUnfold}
          onOpen={props.onOpen}
          onLeave={props.onLeave}
        />
      </div>
    </div>
  );
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { message, hint } = describeError(error);
  return (
    <div
      role="alert"
      className="mx-3 my-3 flex flex-col items-start gap-2 rounded-card bg-amber-tint p-4 text-14"
    >
      <p className="font-medium">{message}</p>
      {hint !== undefined && <p className="text-ink-soft">{hint}</p>}
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}

function Waiting() {
  return (
    <div aria-hidden className="flex flex-col gap-6 px-3 pt-24">
      {Array.from({ length: 4 }, (_, index) => (
        <span key={index} className="flex flex-col gap-2.5">
          <Skeleton className="h-4 w-64" />
          <Skeleton className="h-3 w-full" />
          <Skeleton className="h-3 w-4/5" />
        </span>
      ))}
    </div>
  );
}
