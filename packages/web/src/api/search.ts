import type {
  NewSavedSearch,
  SavedSearch,
  SavedSearchList,
  SearchAnswer,
  SearchExportQuery,
  SearchMode,
  SearchSort,
  SearchState,
} from "@chatty/server/api";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { apiUrl, request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

/** What is asked: the words with their conditions, and how hits are found and ordered. */
export interface Question {
  /** In the query language. */
  q: string;
  mode: SearchMode;
  sort: SearchSort;
}

const firstPage = 50;
/** Whoever scrolls past the first page scrolls on: fewer, bigger pages. It is the most the server gives. */
const laterPages = 200;
/** Longer lists are not asked for anew as a whole when one comes back to them: what is seen stays as it was. */
export const renewedPages = 3;

/** Hits of a question, page after page, the first with the counts. What was shown before stays in sight until the answer is there. */
export function searchPages(question: Question) {
  return infiniteQueryOptions({
    queryKey: queryKeys.searchHits(question),
    queryFn: ({ pageParam, signal }) =>
      request<SearchAnswer>("/api/search", {
        query: {
          ...question,
          after: pageParam,
          ...(pageParam === undefined ? { facets: true, limit: firstPage } : { limit: laterPages }),
        },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (answer) => answer.next,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 600_000,
    refetchOnMount: ({ state }) => (state.data?.pages.length ?? 0) <= renewedPages,
    structuralSharing: false,
  });
}

/** The counts alone. */
export function searchCounts(question: Question) {
  return queryOptions({
    queryKey: queryKeys.searchCounts(question),
    queryFn: ({ signal }) =>
      request<SearchAnswer>("/api/search", { query: { ...question, facets: true, limit: 1 }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

/** The best few, for a list that offers much besides. */
export function topHits(q: string, limit: number) {
  return queryOptions({
    queryKey: queryKeys.searchTop(q, limit),
    queryFn: ({ signal }) =>
      request<SearchAnswer>("/api/search", { query: { q, limit, mode: "text" }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

/** Every hit in one conversation, up to 200. */
export function hitsInSession(sessionId: string, q: string) {
  return queryOptions({
    queryKey: queryKeys.searchInSession(sessionId, q),
    queryFn: ({ signal }) =>
      request<SearchAnswer>("/api/search", {
        query: { q, session: sessionId, mode: "text", sort: "newest", limit: 200 },
        signal,
      }),
  });
}

/** What says the same as a message, or nearly. */
export function similarMessages(sessionId: string, messageId: string) {
  return queryOptions({
    queryKey: queryKeys.similar(sessionId, messageId),
    queryFn: ({ signal }) =>
      request<SearchAnswer>("/api/search/similar", {
        query: { session: sessionId, message: messageId, limit: 50 },
        signal,
      }),
    staleTime: 0,
  });
}

/** Address under which all hits of a question are given as a file. */
export function searchExportUrl(
  question: Question,
  format: NonNullable<SearchExportQuery["format"]>,
): string {
  return apiUrl("/api/search/export", { ...question, format });
}

/** How far the index is. An event of the server renews it. */
export function searchState() {
  return queryOptions({
    queryKey: queryKeys.searchState,
    queryFn: ({ signal }) => request<SearchState>("/api/search/state", { signal }),
  });
}

export function savedSearches() {
  return queryOptions({
    queryKey: queryKeys.savedSearches,
    queryFn: ({ signal }) => request<SavedSearchList>("/api/searches", { signal }),
  });
}

export function saveSearch(search: NewSavedSearch): Promise<SavedSearch> {
  return request("/api/searches", { method: "POST", json: search });
}

export function deleteSavedSearch(searchId: string): Promise<unknown> {
  return request(`/api/searches/${encodeURIComponent(searchId)}`, { method: "DELETE" });
}
