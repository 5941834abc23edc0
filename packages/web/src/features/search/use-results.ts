import type { SearchAnswer, ServerEvent } from "@chatty/server/api";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { useServerEvents } from "../../api/events.ts";
import { renewedPages, searchCounts, searchPages, type Question } from "../../api/search.ts";
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
  /** Something was said, changed or deleted since, and the list is too long to be asked for anew without a word. */
  isOutdated: boolean;
  error: Error | null;
  loadMore: () => void;
  /** Asks again for what failed. */
  retry: () => void;
  /** Asks anew, from the top. */
  renew: () => void;
}

const noPages: readonly SearchAnswer[] = [];

export function useResults(question: Question, isAsked: boolean): Results {
  const query = useInfiniteQuery({ ...searchPages(question), enabled: isAsked });
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch, error } =
    query;
  const client = useQueryClient();
  const isLong = (data?.pages.length ?? 0) > renewedPages;
  const [outdated, setOutdated] = useState<Question>();
  useRenewal((data?.pages[0]?.pendingSessions ?? 0) > 0, () => {
    if (isLong) setOutdated(question);
    client
      .invalidateQueries({
        queryKey: queryKeys.search,
        // One page after the other would be asked for.
        ...(isLong ? { predicate: ({ queryKey }) => queryKey[1] !== queryKeys.searchHits({})[1] } : {}),
      })
      .catch(() => {
        // Each query keeps its own error.
      });
  });
  const renew = useCallback(() => {
    setOutdated(undefined);
    client.resetQueries({ queryKey: searchPages(question).queryKey }).catch(() => {
      // As above.
    });
  }, [client, question]);
  const loadMore = useCallback(() => {
    // A page that failed is asked for again by the person.
    if (!hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    fetchNextPage().catch(() => {
      // The query keeps its error, and the page shows it.
    });
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const retry = useCallback(() => {
    // The place in the list is not known any more: the list begins anew.
    if (error instanceof ApiError && error.code === "CURSOR_INVALID") {
      renew();
      return;
    }
    const again = isFetchNextPageError ? fetchNextPage() : refetch();
    again.catch(() => {
      // As above.
    });
  }, [error, isFetchNextPageError, fetchNextPage, refetch, renew]);
  return {
    first: data?.pages[0],
    pages: data?.pages ?? noPages,
    hasMore: hasNextPage,
    isStale: query.isPlaceholderData,
    isFetching: query.isFetching,
    isOutdated: outdated === question && isLong,
    error,
    loadMore,
    retry,
    renew,
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

/** Tells when something was said, changed or deleted anywhere, or what was not in the index is there. */
function useRenewal(isPending: boolean, onChange: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ isPending, onChange });
  useEffect(() => {
    latest.current = { isPending, onChange };
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useServerEvents(
    useCallback((event: ServerEvent) => {
      const isChange =
        event.type === "messages" ||
        event.type === "session" ||
        event.type === "session_removed" ||
        event.type === "sessions_changed" ||
        (event.type === "search_state" && event.search.pendingSessions === 0 && latest.current.isPending);
      if (!isChange || timer.current !== undefined) return;
      timer.current = setTimeout(() => {
        timer.current = undefined;
        latest.current.onChange();
      }, renewAfterMs);
    }, []),
  );
}
