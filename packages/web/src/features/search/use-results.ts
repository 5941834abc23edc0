import type { SearchAnswer, ServerEvent } from "@chatty/server/api";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { queryKeys } from "../../api/query-keys.ts";
import { useServerEvents } from "../../api/events.ts";
import { searchCounts, searchPages, type Question } from "../../api/search.ts";
import { rangeOf, withRange } from "./query-text.ts";

/** Messages come in bursts; one new answer for each burst will do. */
const renewAfterMs = 400;

/** What was found for a question, as far as it was scrolled. */
export interface Results {
  /** The newest answer; of the former question while the new one is on its way. */
  first: SearchAnswer | undefined;
  pages: readonly SearchAnswer[];
  hasMore: boolean;
  /** What is shown belongs to the question before. */
  isStale: boolean;
  isFetching: boolean;
  error: Error | null;
  loadMore: () => void;
  retry: () => void;
}

const noPages: readonly SearchAnswer[] = [];

export function useResults(question: Question, isAsked: boolean): Results {
  const query = useInfiniteQuery({ ...searchPages(question), enabled: isAsked });
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } = query;
  useRenewal();
  const loadMore = useCallback(() => {
    // A page that failed is asked for again by the person.
    if (!hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    fetchNextPage().catch(() => {
      // The query keeps its error, and the page shows it.
    });
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const retry = useCallback(() => {
    const again = isFetchNextPageError ? fetchNextPage() : refetch();
    again.catch(() => {
      // As above.
    });
  }, [isFetchNextPageError, fetchNextPage, refetch]);
  return {
    first: data?.pages[0],
    pages: data?.pages ?? noPages,
    hasMore: hasNextPage,
    isStale: query.isPlaceholderData,
    isFetching: query.isFetching,
    error: query.error,
    loadMore,
    retry,
  };
}

/** Hits per month of the question without its bounds in time, so that one sees what lies beyond them. */
export function useMonths(question: Question, first: SearchAnswer | undefined, isAsked: boolean) {
  const { from, to } = useMemo(() => rangeOf(question.q), [question.q]);
  const isNarrowed = from !== undefined || to !== undefined;
  const wide = useMemo(() => ({ ...question, q: withRange(question.q, undefined) }), [question]);
  const { data } = useQuery({ ...searchCounts(wide), enabled: isAsked && isNarrowed });
  const facets = isNarrowed ? data?.facets : first?.facets;
  return { months: facets?.months, from, to };
}

/** Asks anew when something was said, changed or deleted anywhere. */
function useRenewal(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useServerEvents(
    useCallback(
      (event: ServerEvent) => {
        const isChange =
          event.type === "messages" ||
          event.type === "session" ||
          event.type === "session_removed" ||
          event.type === "sessions_changed";
        if (!isChange || timer.current !== undefined) return;
        timer.current = setTimeout(() => {
          timer.current = undefined;
          client.invalidateQueries({ queryKey: queryKeys.search }).catch(() => {
            // Each query keeps its own error.
          });
        }, renewAfterMs);
      },
      [client],
    ),
  );
}
