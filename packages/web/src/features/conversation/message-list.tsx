import type { Message } from "@chatty/server/api";
import { defaultRangeExtractor, useVirtualizer, type Range, type Virtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
  type Ref,
} from "react";
import { runAround, runFor } from "./list-run.ts";
import type { IndexRange } from "./message-pages.ts";
import type { PlaceStore } from "./place-store.ts";
import { createRowGate } from "./row-gate.ts";
import { estimatedHeight, GatedRow, RowSkeleton } from "./row-skeleton.tsx";
import { useStickToEnd } from "./use-stick-to-end.ts";
import { useLatest } from "./use-latest.ts";
import type { ShownPath } from "./shown-path.ts";

type Align = "start" | "center" | "end";
type List = Virtualizer<HTMLElement, HTMLElement>;

/** How others move the list. */
export interface ListHandle {
  toIndex: (index: number, align: Align) => void;
  toEnd: () => void;
  scrollBy: (pixels: number) => void;
  /** Gives it the focus, for the keys that scroll. */
  focus: () => void;
}

interface MessageListProps {
  path: ShownPath;
  startIndex: number | undefined;
  isLoading: boolean;
  isRailShown: boolean;
  places: PlaceStore;
  onSee: (range: IndexRange) => void;
  renderRow: (message: Message, previous: Message | undefined, index: number) => ReactNode;
  /** Shown under the last message. */
  footer: ReactNode;
  ref: Ref<ListHandle>;
}

/** Within this many pixels of the end one counts as being there, and stays there while an answer grows. */
const endThreshold = 64;
/** A message of usual length takes a few milliseconds to draw. */
const rowsPerFrame = 1;
const openingMs = 400;

/**
 * The messages of a path, of which only a run is laid out and only what is seen is drawn. What is read stays where it is when older
 * messages come, heights turn out otherwise or the run moves.
 */
export function MessageList(props: MessageListProps) {
  const { path, startIndex, isLoading, isRailShown, places, onSee, renderRow, footer, ref } = props;
  const { count } = path;
  const scroller = useRef<HTMLElement>(null);
  const seen = useRef<IndexRange>({ from: startIndex ?? count - 1, to: (startIndex ?? count - 1) + 1 });
  const wanted = useRef<{ index: number; align: Align } | undefined>(
    startIndex === undefined ? { index: count, align: "end" } : { index: startIndex, align: "start" },
  );
  const focused = useRef<number | undefined>(undefined);
  const [heldRun, setRun] = useState(() => runAround(startIndex ?? count - 1, count));
  const run = runFor(heldRun, seen.current, count);
  if (run !== heldRun) setRun(run);
  // The last row of the run is the footer where the run ends with the conversation. Its key changes with the number of messages:
  // that is how the list sees that some were added, and follows when one is at the end.
  const isEnd = run.to === count;
  const rows = run.to - run.from + (isEnd ? 1 : 0);

  const getItemKey = useCallback(
    (row: number) => (run.from + row === count ? -1 - count : run.from + row),
    [run.from, count],
  );
  const rangeExtractor = useCallback(
    (range: Range) => {
      const indexes = defaultRangeExtractor(range);
      const held = focused.current === undefined ? -1 : focused.current - run.from;
      // What has the focus stays in the page, or the focus would be lost with it.
      if (held < 0 || held >= range.count || indexes.includes(held)) return indexes;
      return [...indexes, held].sort((a, b) => a - b);
    },
    [run.from],
  );

  const onChange = useCallback(
    (list: List) => {
      // On the way to another place nothing that is seen counts.
      if (wanted.current !== undefined) return;
      const height = list.scrollRect?.height ?? 0;
      const offset = list.scrollOffset ?? 0;
      const top = list.getVirtualItemForOffset(Math.max(0, offset));
      const bottom = list.getVirtualItemForOffset(offset + height);
      if (top === undefined || bottom === undefined || height === 0) return;
      const from = Math.min(count - 1, run.from + top.index);
      const to = Math.min(count, run.from + bottom.index + 1);
      seen.current = { from, to };
      onSee(seen.current);
      setRun((now) => runFor(now, seen.current, count));
      const part = top.size === 0 ? 0 : Math.min(1, Math.max(0, (offset - top.start) / top.size));
      places.set({
        first: from + part,
        seen: Math.max(1, to - from),
        isAtEnd: run.to === count && list.isAtEnd(endThreshold),
      });
    },
    [run, count, onSee, places],
  );

  const [gate] = useState(() => createRowGate(requestAnimationFrame, rowsPerFrame));
  useEffect(() => {
    const timer = setTimeout(gate.close, openingMs);
    return () => clearTimeout(timer);
  }, [gate]);

  const list = useVirtualizer<HTMLElement, HTMLElement>({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: (row) => estimatedHeight(path.at(run.from + row)),
    getItemKey,
    rangeExtractor,
    overscan: 4,
    paddingStart: 16,
    anchorTo: "end",
    followOnAppend: isEnd,
    scrollEndThreshold: endThreshold,
    directDomUpdates: true,
    onChange,
  });
  list.shouldAdjustScrollPositionOnItemSizeChange = adjustAbove;

  const atEnd = useLatest(isEnd);
  const setStuck = useStickToEnd({ scroller, isEnd: atEnd, threshold: endThreshold });
  const go = useCallback(() => {
    const target = wanted.current;
    if (target === undefined) return;
    wanted.current = undefined;
    setStuck(target.align === "end");
    if (target.index === 0) list.scrollToOffset(0);
    else if (target.align === "end") list.scrollToEnd();
    else list.scrollToIndex(target.index - run.from, { align: target.align });
    // The new place may lie at the same height as the old one did: then no scrolling tells of it.
    const height = places.get().seen;
    const first = target.align === "end" ? Math.max(0, count - height) : Math.min(target.index, count - 1);
    seen.current = { from: first, to: Math.min(count, first + height) };
    onSee(seen.current);
    places.set({ first, seen: height, isAtEnd: target.align === "end" });
  }, [list, run.from, count, onSee, places, setStuck]);
  useLayoutEffect(go, [go]);

  useImperativeHandle(ref, () => {
    const toIndex = (index: number, align: Align) => {
      wanted.current = { index, align };
      const next = runAround(Math.min(index, count - 1), count);
      seen.current = { from: index, to: index + 1 };
      if (next.from === run.from && next.to === run.to) go();
      else setRun(next);
    };
    return {
      toIndex,
      toEnd: () => toIndex(count, "end"),
      scrollBy: (pixels) => scroller.current?.scrollBy({ top: pixels }),
      focus: () => scroller.current?.focus(),
    };
  }, [count, run, go]);

  const keys = useLatest((key: string) => {
    wanted.current = key === "Home" ? { index: 0, align: "start" } : { index: count, align: "end" };
    const next = runAround(key === "Home" ? 0 : count - 1, count);
    seen.current = key === "Home" ? { from: 0, to: 1 } : { from: count - 1, to: count };
    if (next.from === run.from && next.to === run.to) go();
    else setRun(next);
  });
  useEffect(() => {
    const element = scroller.current;
    // Home and End mean the conversation, not the run; every other key scrolls as always.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target !== element || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key !== "Home" && event.key !== "End") return;
      event.preventDefault();
      keys.current(event.key);
    };
    element?.addEventListener("keydown", onKeyDown);
    return () => element?.removeEventListener("keydown", onKeyDown);
  }, [keys]);

  return (
    <section
      ref={scroller}
      aria-label="Messages"
      aria-busy={isLoading}
      tabIndex={0}
      data-message-scroller
      className={`absolute inset-0 overflow-x-hidden overflow-y-auto overscroll-contain outline-offset-[-2px] [overflow-anchor:none] ${isRailShown ? "[scrollbar-width:none]" : ""}`}
    >
      <div ref={list.containerRef} className="relative w-full">
        {list.getVirtualItems().map((item) => {
          const index = run.from + item.index;
          const message = path.at(index);
          // The list finds elements by index: an element never passes from one index to another.
          const key = index === count ? `footer ${count}` : `${index} ${message?.id ?? ""}`;
          return (
            <div
              key={key}
              ref={list.measureElement}
              data-index={item.index}
              className="absolute top-0 left-0 w-full"
              onFocus={() => {
                focused.current = index;
              }}
              onBlur={() => {
                focused.current = undefined;
              }}
            >
              {index === count ? (
                footer
              ) : message === undefined ? (
                <RowSkeleton />
              ) : (
                <GatedRow gate={gate} message={message}>
                  {() => renderRow(message, path.at(index - 1), index)}
                </GatedRow>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}

/** What is above the view may change its height without moving what is read. */
function adjustAbove(
  item: { key: unknown; start: number; size: number },
  _delta: number,
  list: List,
): boolean {
  const offset = list.scrollOffset ?? 0;
  const known = list.itemSizeCache.get(item.key as number);
  if (known === undefined) return item.start < offset;
  return item.start + known <= offset + 1;
}
