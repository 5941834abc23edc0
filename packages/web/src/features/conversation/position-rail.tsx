import type { Outline } from "@chatty/server/api";
import { useMemo, useState, type CSSProperties, type KeyboardEvent } from "react";
import { formatCount } from "../../ui/format.ts";
import { railPlace } from "./list-run.ts";
import { usePlace, type PlaceStore } from "./place-store.ts";

interface PositionRailProps {
  count: number;
  places: PlaceStore;
  entries: Outline["entries"];
  onMove: (index: number, align: "start" | "end") => void;
  /** The wheel was turned over the rail; pixels. */
  onWheel: (pixels: number) => void;
  /** When the message at an index was written, for people; empty when that is not known yet. */
  dateAt: (index: number) => string;
}

const smallestThumb = 0.03;
const bins = 160;

/**
 * The scrollbar of a long conversation. It counts messages, not pixels: a browser could not lay out 100,000 messages. Marks show
 * where the person wrote. Underneath it is the browser's own slider, for keyboard, touch and those who listen.
 */
export function PositionRail({ count, places, entries, onMove, onWheel, dateAt }: PositionRailProps) {
  const place = usePlace(places, (now) => now);
  const [dragged, setDragged] = useState<number>();
  // The view ends at the last message, so its top never goes further than this.
  const last = Math.max(1, count - Math.max(1, Math.floor(place.seen)));
  const value = dragged ?? (place.isAtEnd ? last : Math.min(last, place.first));
  const { size } = railPlace(place.first, place.seen, count, smallestThumb);
  const top = (value / last) * (1 - size);
  const index = Math.min(
    count - 1,
    Math.max(0, Math.floor(place.isAtEnd ? count - 1 : (dragged ?? place.first))),
  );
  const marks = useMemo(() => markPath(entries, count), [entries, count]);
  const date = dateAt(index);

  const move = (target: number) => {
    if (target >= last) onMove(count, "end");
    else onMove(Math.max(0, Math.round(target)), "start");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(Math.floor(place.seen), Math.ceil(count / 50));
    const steps: Record<string, number> = {
      ArrowUp: -1,
      ArrowLeft: -1,
      ArrowDown: 1,
      ArrowRight: 1,
      PageUp: -page,
      PageDown: page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move((place.isAtEnd ? last : Math.floor(place.first)) + step);
  };

  return (
    <div className="group/rail absolute inset-y-1 right-0 z-10 w-4 rounded-control has-focus-visible:outline-2 has-focus-visible:outline-focus max-md:w-7">
      <svg
        aria-hidden
        viewBox={`0 0 4 ${bins}`}
        preserveAspectRatio="none"
        className="absolute inset-y-0 right-1 h-full w-2 text-control-line opacity-25 transition-opacity duration-120 group-hover/rail:opacity-90"
      >
        <path d={marks} stroke="currentColor" strokeWidth="0.6" fill="none" />
      </svg>
      <span
        aria-hidden
        className={`absolute right-0.5 w-3 rounded-full border border-control-line/50 transition-colors duration-120 ${dragged === undefined ? "bg-control-line/45 group-hover/rail:bg-control-line/70" : "bg-accent/70"}`}
        style={{ top: `${top * 100}%`, height: `${size * 100}%` }}
      />
      <input
        type="range"
        aria-label="Place in the conversation"
        aria-orientation="vertical"
        aria-valuetext={`Message ${formatCount(index + 1)} of ${formatCount(count)}${date === "" ? "" : `, ${date}`}`}
        min={0}
        max={last}
        step="any"
        value={value}
        onChange={(event) => {
          const target = Number(event.target.value);
          setDragged(target);
          move(target);
        }}
        onWheel={(event) => onWheel(event.deltaY)}
        onPointerUp={() => setDragged(undefined)}
        onPointerCancel={() => setDragged(undefined)}
        onBlur={() => setDragged(undefined)}
        onKeyDown={onKeyDown}
        style={{ "--thumb": `${size * 100}%` } as CSSProperties}
        className="absolute inset-0 m-0 h-full w-full cursor-default touch-none appearance-none opacity-0 [writing-mode:vertical-lr] [&::-moz-range-thumb]:h-(--thumb) [&::-webkit-slider-thumb]:h-(--thumb) [&::-webkit-slider-thumb]:w-4 [&::-webkit-slider-thumb]:appearance-none"
      />
      {dragged !== undefined && (
        <span
          aria-hidden
          className="pointer-events-none absolute right-7 -translate-y-1/2 rounded-control border border-hairline bg-raised px-2 py-1 text-12 whitespace-nowrap text-ink shadow-float tabular"
          style={{ top: `${(top + size / 2) * 100}%` }}
        >
          {formatCount(index + 1)}
          {date !== "" && <span className="text-ink-muted"> · {date}</span>}
        </span>
      )}
    </div>
  );
}

/** Where the person wrote, as lines whose length says how much of that stretch. */
function markPath(entries: Outline["entries"], count: number): string {
  if (count === 0) return "";
  const counts = Array.from({ length: bins }, () => 0);
  for (const entry of entries) {
    const bin = Math.min(bins - 1, Math.floor((entry.index / count) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  let path = "";
  for (const [bin, amount] of counts.entries()) {
    if (amount > 0) path += `M4 ${bin + 0.5}h${(-1 - (3 * amount) / most).toFixed(2)}`;
  }
  return path;
}
