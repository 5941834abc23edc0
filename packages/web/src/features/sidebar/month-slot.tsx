import type { Session } from "@chatty/server/api";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { sessionPages } from "../../api/sessions.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { pageSize } from "./use-sidebar-rows.ts";

interface MonthSlotProps {
  runtimeId: string;
  /** 0 for conversations without a date; `month` is then 0 too. */
  year: number;
  month: number;
  index: number;
  children: (session: Session) => ReactNode;
}

/** How long a month stays in memory after it has gone out of sight. Fetching it again takes less than this list's frames may. */
const keptMs = 10_000;

/**
 * A place in an opened month. It shows the shape of a row and loads pages until its own is there, so a month costs nothing until it
 * is looked at, and the height of the list is right from the start.
 */
export function MonthSlot({ runtimeId, year, month, index, children }: MonthSlotProps) {
  const { data, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    ...sessionPages({
      runtime: runtimeId,
      kind: "imported",
      year,
      ...(month === 0 ? {} : { month }),
      limit: pageSize,
    }),
    gcTime: keptMs,
  });
  let rest = index;
  let session: Session | undefined;
  for (const page of data?.pages ?? []) {
    session = page.sessions[rest];
    if (session !== undefined) break;
    rest -= page.sessions.length;
  }
  const isMissing = session === undefined && hasNextPage && !isFetching;
  useEffect(() => {
    if (!isMissing) return;
    // Several places of a month ask at once; the first is enough.
    fetchNextPage({ cancelRefetch: false }).catch(() => {
      // The row stays empty until the connection is back; then everything is asked for anew.
    });
  }, [isMissing, fetchNextPage]);
  return session === undefined ? <RowShape isIndented index={index} /> : children(session);
}

const widths = ["w-3/5", "w-4/5", "w-2/5", "w-3/4", "w-1/2"];

/** The shape of a row that is on its way. */
export function RowShape({ index, isIndented = false }: { index: number; isIndented?: boolean }) {
  return (
    <div
      className={
        isIndented ? "flex h-full items-center pr-9 pl-11.5" : "flex h-full items-center pr-9 pl-2.5"
      }
    >
      <Skeleton className={`h-3 ${widths[index % widths.length] ?? "w-1/2"}`} />
    </div>
  );
}
