import type { MessageWindow } from "@chatty/server/api";
import {
  queryOptions,
  useQueries,
  useQueryClient,
  type QueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { fetchMessages, messageWindow } from "../../api/messages.ts";
import {
  isFarPage,
  LoadedMessages,
  pageSize,
  pagesOf,
  wholePages,
  type IndexRange,
} from "./message-pages.ts";
import { useLatest } from "./use-latest.ts";

const startLimit = 100;
/** While the rail is dragged through a long conversation, only the place where it rests is asked for. */
const restMs = 80;

/** Where a conversation is opened. */
export interface Start {
  /** A message to open at. */
  anchorId?: string | undefined;
  /** The branch that was looked at last. */
  throughId?: string | undefined;
  /** As it was then, milliseconds UTC; as it is now when absent. */
  asOf?: number | undefined;
}

/** What opening found. */
export interface Opened {
  window: MessageWindow;
  /** Index of the message asked for; absent when none was, or it is gone. */
  anchorIndex?: number | undefined;
  throughId?: string | undefined;
  asOf?: number | undefined;
  isAnchorMissing: boolean;
}

/**
 * The first window of a conversation. Its pages are put into the cache, so that opening costs one request. A place that is gone is no
 * error: the conversation opens at its end then. Asked anew each time it is opened.
 */
export function openingWindow(client: QueryClient, sessionId: string, start: Start) {
  return queryOptions({
    queryKey: ["opening", sessionId, start],
    queryFn: ({ signal }) => open(client, sessionId, start, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

async function open(
  client: QueryClient,
  sessionId: string,
  start: Start,
  signal: AbortSignal,
): Promise<Opened> {
  const { anchorId, throughId, asOf } = start;
  const then = asOf === undefined ? {} : { asOf };
  const ask = (query: { around?: string; through?: string }) =>
    fetchMessages(sessionId, { limit: startLimit, ...then, ...query }, signal);
  let window: MessageWindow;
  let through = throughId;
  let isAnchorMissing = false;
  try {
    window = await ask({
      ...(anchorId === undefined ? {} : { around: anchorId }),
      ...(throughId === undefined ? {} : { through: throughId }),
    });
  } catch (error) {
    const isGone =
      error instanceof ApiError &&
      error.status === 404 &&
      (anchorId !== undefined || throughId !== undefined);
    if (!isGone) throw error;
    through = undefined;
    isAnchorMissing = anchorId !== undefined;
    window = await ask({});
  }
  for (const page of wholePages(window)) {
    client.setQueryData(pageQuery(sessionId, page.page, through, asOf).queryKey, page.window);
  }
  const anchor = window.messages.findIndex((message) => message.id === anchorId);
  return {
    window,
    throughId: through,
    isAnchorMissing,
    ...then,
    ...(anchor === -1 ? {} : { anchorIndex: window.from + anchor }),
  };
}

function pageQuery(sessionId: string, page: number, through: string | undefined, asOf: number | undefined) {
  return messageWindow(sessionId, {
    at: page * pageSize,
    limit: pageSize,
    ...(through === undefined ? {} : { through }),
    ...(asOf === undefined ? {} : { asOf }),
  });
}

/** What is loaded of the path, and how to say what is looked at. */
export interface MessagePath {
  loaded: LoadedMessages;
  isLoading: boolean;
  /** Something is being asked for, first or anew. */
  isFetching: boolean;
  error: unknown;
  /** Tells which indexes are seen, so that their pages are loaded and far ones dropped. */
  see: (range: IndexRange) => void;
}

/** Keeps the pages of a path around what is seen. Memory does not grow with the conversation. */
export function useMessagePath(sessionId: string, through: string | undefined, opened: Opened): MessagePath {
  const client = useQueryClient();
  const first = opened.window;
  const [pages, setPages] = useState<readonly number[]>(() => {
    const index = opened.anchorIndex ?? Math.max(0, first.total - 1);
    return pagesOf({ from: index, to: index + 1 }, Math.max(1, first.total));
  });
  const former = useFormer(through);
  const { asOf } = opened;

  const combine = useCallback(
    (results: UseQueryResult<MessageWindow>[]) => {
      const windows = results.flatMap((result) => (result.data === undefined ? [] : [result.data]));
      let newest: UseQueryResult<MessageWindow> | undefined;
      for (const result of results) {
        if (result.data === undefined || result.isPlaceholderData) continue;
        if (newest === undefined || result.dataUpdatedAt > newest.dataUpdatedAt) newest = result;
      }
      const { total, leafId } = newest?.data ?? windows[0] ?? first;
      return {
        loaded: new LoadedMessages(windows, total, leafId),
        isLoading: results.some((result) => result.isPending),
        isFetching: results.some((result) => result.isFetching),
        error: results.find((result) => result.isError)?.error,
      };
    },
    [first],
  );
  const path = useQueries({
    queries: pages.map((page) => ({
      ...pageQuery(sessionId, page, through, asOf),
      gcTime: 60_000,
      // Another branch shares what comes before it: that stays on the page while the rest is asked for.
      placeholderData: () =>
        former === through
          ? undefined
          : client.getQueryData(pageQuery(sessionId, page, former, asOf).queryKey),
    })),
    combine,
  });

  const { total } = path.loaded;
  const latest = useLatest({ pages, total });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const see = useCallback(
    (range: IndexRange) => {
      const next = pagesOf(range, Math.max(1, latest.current.total));
      const { pages: now } = latest.current;
      clearTimeout(timer.current);
      if (next.length === now.length && next[0] === now[0]) return;
      const isNear = next.some((page) => now.includes(page));
      if (isNear) setPages(next);
      else timer.current = setTimeout(() => setPages(next), restMs);
    },
    [latest],
  );

  useEffect(() => {
    for (const { queryKey } of client
      .getQueryCache()
      .findAll({ queryKey: ["messages", sessionId, "window"] })) {
      const asked = queryKey[3];
      const at = typeof asked === "object" && asked !== null && "at" in asked ? asked.at : undefined;
      if (typeof at === "number" && isFarPage(at / pageSize, pages))
        client.removeQueries({ queryKey, exact: true });
    }
  }, [client, sessionId, pages]);

  return { ...path, see };
}

/** The value before the last change of it. */
function useFormer<T>(value: T): T {
  const [held, setHeld] = useState({ value, former: value });
  if (held.value !== value) setHeld({ value, former: held.value });
  return held.value === value ? held.former : held.value;
}
