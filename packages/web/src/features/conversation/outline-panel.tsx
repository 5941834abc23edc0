import type { Outline } from "@chatty/server/api";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { usePlace, type PlaceStore } from "./place-store.ts";

interface OutlinePanelProps {
  entries: Outline["entries"];
  places: PlaceStore;
  onGo: (index: number) => void;
}

const rowHeight = 28;
const restMs = 160;

/** The person's own messages as a list to jump from, with the present place marked. */
export function OutlinePanel({ entries, places, onGo }: OutlinePanelProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const current = usePlace(places, (place) => currentEntry(entries, place.first + 0.5));
  const list = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  useEffect(() => {
    if (current < 0) return undefined;
    // Where one rests, not at every step: each costs a layout.
    const timer = setTimeout(() => {
      if (scroller.current?.contains(document.activeElement) !== true)
        list.scrollToIndex(current, { align: "auto" });
    }, restMs);
    return () => clearTimeout(timer);
  }, [current, list]);
  return (
    <nav aria-label="Outline" className="flex h-full flex-col">
      <h2 className="px-3 pt-4 pb-2 text-12 font-medium text-ink-muted">Outline</h2>
      <div ref={scroller} className="relative min-h-0 flex-1 overflow-y-auto pb-4 [scrollbar-width:thin]">
        <ol className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const entry = entries[item.index];
            if (entry === undefined) return null;
            const isCurrent = item.index === current;
            return (
              <li
                key={entry.id}
                className="absolute inset-x-0"
                style={{ top: item.start, height: rowHeight }}
              >
                <button
                  type="button"
                  aria-current={isCurrent ? "location" : undefined}
                  onClick={() => onGo(entry.index)}
                  className={`flex h-full w-full items-center border-l-2 px-3 text-left text-13 hover:bg-hover ${isCurrent ? "border-accent font-medium text-ink" : "border-transparent text-ink-muted"}`}
                >
                  <span className="truncate" title={entry.text}>
                    {entry.text === "" ? "Without words" : entry.text}
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
      </div>
    </nav>
  );
}

/** Position of the last entry at or before an index; -1 before the first. */
function currentEntry(entries: Outline["entries"], index: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.index ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
