import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { describeError } from "../../api/client.ts";
import { fetchMessage } from "../../api/messages.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { runtimeList } from "../../api/runtimes.ts";
import { similarMessages } from "../../api/search.ts";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { keepPlace, placeAt } from "./list-place.ts";
import { ResultList } from "./result-list.tsx";
import { resultRows } from "./result-rows.ts";
import { countLine } from "./search-words.ts";

interface SimilarPageProps {
  /** `{session}/{message}`. */
  like: string;
  entry: string | undefined;
}

/** What says the same as a message, or nearly, in any conversation. */
export function SimilarPage({ like, entry }: SimilarPageProps) {
  const { sessionId, messageId } = partsOf(like);
  const { data: runtimeData } = useQuery(runtimeList());
  const { data: answer, error, refetch } = useQuery(similarMessages(sessionId, messageId));
  const { data: message } = useQuery({
    queryKey: queryKeys.message(sessionId, messageId),
    queryFn: ({ signal }) => fetchMessage(sessionId, messageId, signal),
  });
  const place = placeAt(entry);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => place?.open ?? new Set());
  const { rows, loaded } = useMemo(
    () => resultRows(answer === undefined ? [] : [answer], open, false),
    [answer, open],
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const toHeading = useCallback(() => heading.current?.focus(), []);
  const [returns] = useState(() => place?.row !== undefined);
  useEffect(() => {
    if (!returns) heading.current?.focus({ preventScroll: true });
  }, [returns]);
  return (
    <div className="mx-auto flex h-full w-full max-w-[792px] flex-col px-6 pt-5 max-md:px-1 max-md:pt-3">
      <div className="shrink-0 px-3">
        <h1 ref={heading} tabIndex={-1} className="text-20 font-semibold outline-none">
          More like this
        </h1>
        <blockquote
          className="mt-2 line-clamp-3 min-h-5 border-l-2 border-accent pl-3 text-14 text-ink-soft"
          dir="auto"
        >
          {message?.content ?? ""}
        </blockquote>
        <div className="mt-2 mb-1 flex items-center justify-between gap-3 text-13 text-ink-muted">
          <output aria-live="polite" className="tabular">
            {answer === undefined ? (error === null ? "Searching" : "") : countLine(answer, loaded, false)}
          </output>
          <Link
            to="/app/search"
            className="inline-flex items-center text-accent-ink underline underline-offset-2 max-md:h-11"
          >
            Search for something else
          </Link>
        </div>
        {answer?.notices.map((line) => (
          <p key={line} className="text-13 text-ink-soft">
            {line}
          </p>
        ))}
      </div>
      {error !== null && (
        <div
          role="alert"
          className="m-3 flex flex-col items-start gap-2 rounded-card bg-amber-tint p-4 text-14"
        >
          <p className="font-medium">{describeError(error).message}</p>
          <p className="text-ink-soft">{describeError(error).hint}</p>
          <Button
            onClick={() => {
              refetch().catch(() => {
                // The page shows the error again.
              });
            }}
          >
            Try again
          </Button>
        </div>
      )}
      <div className="min-h-0 flex-1">
        {answer === undefined ? (
          error === null && <Skeleton className="m-3 h-24" />
        ) : (
          <ResultList
            ref={null}
            rows={rows}
            total={loaded}
            q=""
            runtimes={runtimeData?.runtimes ?? []}
            place={place}
            onPlace={(where) => keepPlace(entry, { ...where, open })}
            onNearEnd={nothing}
            onUnfold={(group) => setOpen(new Set([...open, group]))}
            onOpen={nothing}
            onLeave={toHeading}
          />
        )}
      </div>
    </div>
  );
}

function nothing(): void {
  // All there is was given at once.
}

function partsOf(like: string): { sessionId: string; messageId: string } {
  const at = like.indexOf("/");
  return at === -1
    ? { sessionId: like, messageId: "" }
    : { sessionId: like.slice(0, at), messageId: like.slice(at + 1) };
}
