import type { Runtime, SearchHit } from "@chatty/server/api";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useIsPhone } from "../../ui/use-media.ts";
import { GroupRow } from "./group-row.tsx";
import { HitRow } from "./hit-row.tsx";
import type { ListPlace } from "./list-place.ts";
import { hitKey, isStop, nextStop, type ResultRow } from "./result-rows.ts";

/** How others move the list. */
export interface ResultListHandle {
  /** Answers false when there is nothing to focus. */
  focusFirst: () => boolean;
}

interface ResultListProps {
  rows: readonly ResultRow[];
  total: number | undefined;
  q: string;
  runtimes: readonly Runtime[];
  /** Where to begin. */
  place: ListPlace | undefined;
  onPlace: (place: Omit<ListPlace, "open">) => void;
  onNearEnd: () => void;
  onUnfold: (group: string) => void;
  onOpen: (hit: SearchHit) => void;
  /** Keys lead out of it at its top. */
  onLeave: () => void;
  ref: Ref<ResultListHandle>;
}

/** Known before anything is drawn, so that nothing jumps. */
const heights = { group: 44, hit: 70, more: 36, pending: 70 } as const;

/** The results: only what shows is drawn. Arrow keys or j and k walk them, Enter opens, Escape leads back to the field. */
export function ResultList(props: ResultListProps) {
  const { rows, total, q, runtimes, place, onPlace, onNearEnd, onUnfold, onOpen, onLeave, ref } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useIsPhone();
  const [stopKey, setStopKey] = useState(place?.row);
  const wanted = useRef<string>(place?.row);

  const stopAt = useMemo(() => {
    const kept = stopKey === undefined ? -1 : rows.findIndex((row) => row.key === stopKey && isStop(row));
    return kept === -1 ? nextStop(rows, -1, 1) : kept;
  }, [rows, stopKey]);

  const estimateSize = useCallback((at: number) => heights[rows[at]?.kind ?? "pending"], [rows]);
  const getItemKey = useCallback((at: number) => rows[at]?.key ?? at, [rows]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    getItemKey,
    overscan: 8,
    initialOffset: place?.offset ?? 0,
    paddingEnd: 24,
    // The row that Tab stops at must exist even when it is scrolled away.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      if (stopAt === -1 || shown.includes(stopAt)) return shown;
      return [...shown, stopAt].toSorted((a, b) => a - b);
    },
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const isNearEnd = rows.slice(lastShown, lastShown + 40).some((row) => row.kind === "pending");
  useEffect(() => {
    if (isNearEnd) onNearEnd();
  });

  const focusRow = useCallback((key: string): boolean => {
    const row = scroller.current?.querySelector<HTMLElement>(
      `[data-row="${CSS.escape(key)}"] :is(a,button)[data-stop]`,
    );
    row?.focus({ preventScroll: true });
    return row !== null && row !== undefined;
  }, []);
  useEffect(() => {
    const key = wanted.current;
    if (key === undefined) return;
    // One that is gone is waited for no longer: it must not take the focus when it comes back.
    if (focusRow(key) || !rows.some((row) => row.key === key)) wanted.current = undefined;
  });
  const goTo = (at: number): boolean => {
    const row = rows[at];
    if (row === undefined) return false;
    setStopKey(row.key);
    // The first hit comes into sight with the conversation above it.
    virtualizer.scrollToIndex(rows[at - 1]?.kind === "group" ? at - 1 : at, { align: "auto" });
    virtualizer.scrollToIndex(at, { align: "auto" });
    wanted.current = focusRow(row.key) ? undefined : row.key;
    return true;
  };
  useImperativeHandle(ref, () => ({
    focusFirst: () => goTo(nextStop(rows, -1, 1)),
  }));

  // On the list as a whole: rows come and go while a key is held.
  useEffect(() => {
    const list = scroller.current;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const target = event.target instanceof Element ? event.target.closest("[data-row]") : null;
      const key = target?.getAttribute("data-row");
      const at = rows.findIndex((row) => row.key === key);
      const step = (by: 1 | -1) => () => {
        const next = nextStop(rows, at, by);
        if (next !== -1) goTo(next);
        else if (by === -1) onLeave();
      };
      const acts: Record<string, () => void> = {
        ArrowDown: step(1),
        j: step(1),
        ArrowUp: step(-1),
        k: step(-1),
        Home: () => goTo(nextStop(rows, -1, 1)),
        End: () => goTo(nextStop(rows, rows.length, -1)),
        Escape: onLeave,
      };
      const act = acts[event.key];
      if (act === undefined || at === -1) return;
      event.preventDefault();
      act();
    };
    const onFocusIn = (event: FocusEvent) => {
      const target = event.target instanceof Element ? event.target.closest("[data-row]") : null;
      const key = target?.getAttribute("data-row");
      if (key !== null && key !== undefined) setStopKey(key);
    };
    list?.addEventListener("keydown", onKeyDown);
    list?.addEventListener("focusin", onFocusIn);
    return () => {
      list?.removeEventListener("keydown", onKeyDown);
      list?.removeEventListener("focusin", onFocusIn);
    };
  });

  const keep = useRef(onPlace);
  useEffect(() => {
    keep.current = onPlace;
  });
  const tell = useCallback((row: string | undefined) => {
    keep.current({ offset: scroller.current?.scrollTop ?? 0, row });
  }, []);
  const open = useCallback(
    (hit: SearchHit) => {
      const key = hitKey(hit);
      setStopKey(key);
      tell(key);
      onOpen(hit);
    },
    [onOpen, tell],
  );

  return (
    <div
      ref={scroller}
      className="relative h-full overflow-y-auto overscroll-contain [scrollbar-gutter:stable] [scrollbar-width:thin]"
      onScroll={() => tell(stopKey)}
    >
      <ul aria-label="Results" className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <li
              key={item.key}
              data-row={row.key}
              {...(row.kind === "hit" ? { "aria-posinset": row.position, "aria-setsize": total ?? -1 } : {})}
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              {row.kind === "group" && (
                <GroupRow
                  hit={row.hit}
                  runtime={runtimes.find(({ runtimeId }) => runtimeId === row.hit.runtimeId)}
                  newest={row.newest}
                  isAgain={row.isAgain}
                />
              )}
              {row.kind === "hit" && (
                <HitRow
                  hit={row.hit}
                  q={q}
                  isStop={item.index === stopAt}
                  isNarrow={isNarrow}
                  onOpen={open}
                />
              )}
              {row.kind === "more" && (
                <button
                  type="button"
                  data-stop
                  tabIndex={item.index === stopAt ? 0 : -1}
                  onClick={() => {
                    // The first of those that come takes the focus of what goes.
                    const last = rows[item.index - 1];
                    if (last !== undefined) wanted.current = last.key;
                    onUnfold(row.group);
                  }}
                  className="flex h-8 items-center rounded-control px-3 text-13 text-accent-ink outline-offset-[-2px] hover:bg-hover"
                >
                  Show {row.hidden} more in this conversation
                </button>
              )}
              {row.kind === "pending" && (
                <span className="flex flex-col gap-2 px-3 py-2">
                  <Skeleton className="h-3 w-32" />
                  <Skeleton className="h-3 w-full" />
                  <Skeleton className="h-3 w-2/3" />
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
