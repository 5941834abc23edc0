import type { Runtime, Session } from "@chatty/server/api";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { sessionDetail, sessionMonths, sessionPages } from "../../api/sessions.ts";
import { datedRows, sidebarRows, type SidebarRow } from "./sidebar-rows.ts";
import { useToday } from "./use-today.ts";

/** Which conversations the list shows. */
export type SidebarView = "current" | "archived" | "deleted";

export interface SidebarList {
  rows: readonly SidebarRow[];
  isLoading: boolean;
  error: unknown;
  retry: () => void;
  /** Loads the next page of what is sorted by date; nothing happens while one is on its way. */
  loadMore: () => void;
}

/** How many rows a page of a list has. */
export const pageSize = 200;

/** What the list of a runtime shows: for words in titles the matches, else the whole library or what was put away. */
export function useSidebarRows(
  runtime: Runtime,
  view: SidebarView,
  words: string,
  open: ReadonlySet<string>,
): SidebarList {
  const now = useToday();
  const isWhole = view === "current" && words === "";
  const base = { runtime: runtime.runtimeId, limit: pageSize };
  const list = useInfiniteQuery(
    sessionPages({
      ...base,
      ...(isWhole ? { kind: "native" as const } : {}),
      ...(view === "archived" ? { archived: true } : {}),
      ...(view === "deleted" ? { deleted: true } : {}),
      ...(words === "" ? {} : { title: words }),
    }),
  );
  const starred = useInfiniteQuery({ ...sessionPages({ ...base, starred: true }), enabled: isWhole });
  const months = useQuery({
    ...sessionMonths(runtime.runtimeId),
    enabled: isWhole && runtime.kind === "imported",
  });
  // The home leads every list; until its row is known it is asked for by itself, so that it never flickers.
  const home = useQuery({ ...sessionDetail(runtime.homeSessionId), enabled: isWhole });

  const listed = useMemo(() => list.data?.pages.flatMap((page) => page.sessions) ?? [], [list.data]);
  const stars = useMemo(() => starred.data?.pages.flatMap((page) => page.sessions) ?? [], [starred.data]);
  const homeRow: Session | undefined = listed.find((session) => session.home) ?? home.data;
  const inMonths = months.data?.months;
  const rows = useMemo(
    () =>
      isWhole
        ? sidebarRows({
            home: homeRow,
            starred: stars,
            listed,
            hasMore: list.hasNextPage,
            months: inMonths ?? [],
            open,
            now,
          })
        : datedRows(listed, list.hasNextPage, now),
    [isWhole, homeRow, stars, listed, list.hasNextPage, inMonths, open, now],
  );

  return {
    rows,
    isLoading: list.isPending,
    error: list.error ?? months.error,
    retry: () => {
      Promise.all([list.refetch(), months.refetch()]).catch(() => {
        // The list shows the error again.
      });
    },
    loadMore: () => {
      if (!list.hasNextPage || list.isFetching) return;
      list.fetchNextPage().catch(() => {
        // The list shows the error and offers to try again.
      });
    },
  };
}
