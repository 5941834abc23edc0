import type { FacetCount } from "@chatty/model";
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { cx } from "../../ui/class-names.ts";
import { formatAmount } from "../../ui/format.ts";
import { barsRange, isWithin, monthBars, yearTicks, type Bar } from "./month-bars.ts";

interface MonthHistogramProps {
  months: readonly FacetCount[];
  /** The time the hits are narrowed to, milliseconds UTC; `to` is exclusive. */
  from: number | undefined;
  to: number | undefined;
  /** Takes the condition away when nothing is given. */
  onRange: (range: { from: number; to: number } | undefined) => void;
}

const monthNames = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });

/** Hits over time. A click chooses a month, dragging several, the year below it a year; arrow keys do the same. */
export function MonthHistogram({ months, from, to, onRange }: MonthHistogramProps) {
  const { bars, largest } = useMemo(() => monthBars(months), [months]);
  const [at, setAt] = useState(0);
  // Where dragging, or holding Shift, began; and where it is now.
  const [brush, setBrush] = useState<{ start: number; end: number }>();
  const drawing = useRef<HTMLUListElement>(null);
  if (bars.length === 0) return <div aria-hidden className="h-16 max-md:h-12" />;
  const active = Math.min(at, bars.length - 1);
  const isNarrowed = from !== undefined || to !== undefined;

  const choose = (start: number, end: number) => {
    const first = bars[start];
    const last = bars[end];
    if (first === undefined || last === undefined) return;
    const range = barsRange(first.value, last.value);
    onRange(range.from === from && range.to === to ? undefined : range);
  };
  const indexAt = (event: PointerEvent): number => {
    const box = drawing.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    const index = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    return Math.min(bars.length - 1, Math.max(0, index));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowUp: -12,
      ArrowDown: 12,
      Home: -bars.length,
      End: bars.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      const next = Math.min(bars.length - 1, Math.max(0, active + step));
      setAt(next);
      setBrush(event.shiftKey ? { start: brush?.start ?? active, end: next } : undefined);
      drawing.current?.querySelectorAll("button")[next]?.focus({ preventScroll: true });
    } else if (event.key === "Escape" && (brush !== undefined || isNarrowed)) {
      setBrush(undefined);
      if (brush === undefined) onRange(undefined);
    } else return;
    event.preventDefault();
  };
  const isBrushed = (index: number) =>
    brush !== undefined &&
    index >= Math.min(brush.start, brush.end) &&
    index <= Math.max(brush.start, brush.end);
  const isChosen = (bar: Bar, index: number) =>
    brush === undefined ? isNarrowed && isWithin(bar.value, from, to) : isBrushed(index);
  const isQuiet = (bar: Bar, index: number) => (brush !== undefined || isNarrowed) && !isChosen(bar, index);

  return (
    <div className="h-16 select-none max-md:h-12">
      <ul
        ref={drawing}
        aria-label="Messages over time"
        className="flex h-11 touch-pan-y items-end max-md:h-8"
      >
        {bars.map((bar, index) => {
          const name = `${barName(bar)}: ${formatAmount(bar.count, "message")}`;
          return (
            <li key={bar.value} className="flex h-full min-w-0 flex-1">
              <button
                type="button"
                aria-pressed={isChosen(bar, index)}
                aria-label={name}
                title={name}
                tabIndex={index === active ? 0 : -1}
                onKeyDown={onKeyDown}
                onClick={(event) => {
                  // The pointer has its own way, from where it went down to where it came up.
                  if (event.detail !== 0) return;
                  setBrush(undefined);
                  choose(brush?.start ?? index, brush?.end ?? index);
                }}
                onPointerDown={(event) => {
                  if (event.button !== 0) return;
                  event.currentTarget.setPointerCapture(event.pointerId);
                  setAt(index);
                  setBrush({ start: index, end: index });
                }}
                onPointerMove={(event) => {
                  if (brush !== undefined && event.currentTarget.hasPointerCapture(event.pointerId))
                    setBrush({ ...brush, end: indexAt(event) });
                }}
                onPointerUp={() => {
                  if (brush === undefined) return;
                  setBrush(undefined);
                  choose(brush.start, brush.end);
                }}
                onPointerCancel={() => setBrush(undefined)}
                className="flex h-full w-full cursor-crosshair items-end px-px outline-offset-0 hover:bg-hover"
              >
                <span
                  className={cx(
                    "w-full rounded-t-[2px]",
                    isQuiet(bar, index) ? "bg-pressed" : bar.count === 0 ? "bg-hairline" : "bg-accent",
                  )}
                  style={{
                    height: bar.count === 0 ? 1 : `${Math.max(6, (bar.count / largest) * 100)}%`,
                  }}
                />
              </button>
            </li>
          );
        })}
      </ul>
      <YearLine
        bars={bars}
        onChoose={(year) => {
          const range = barsRange(year, year);
          onRange(range.from === from && range.to === to ? undefined : range);
        }}
      />
    </div>
  );
}

/** The years below the bars. Keys reach them through the months; so they stop no Tab. */
function YearLine({ bars, onChoose }: { bars: readonly Bar[]; onChoose: (year: string) => void }) {
  const ticks = yearTicks(bars, 12);
  return (
    <div className="tabular relative h-5 overflow-hidden border-t border-hairline text-12 text-ink-muted max-md:h-4">
      {ticks.map(({ index, year }, place) => {
        const next = ticks[place + 1]?.index ?? bars.length;
        // A year of which only the last weeks are shown has no place for its number.
        if ((next - index) / bars.length < 0.045 && ticks.length > 1) return null;
        return (
          <button
            key={year}
            type="button"
            tabIndex={-1}
            aria-hidden
            onClick={() => onChoose(year)}
            className="absolute top-0 rounded-control pr-1 hover:text-ink"
            style={{ left: `${(index / bars.length) * 100}%` }}
          >
            {year}
          </button>
        );
      })}
    </div>
  );
}

function barName({ value }: Bar): string {
  if (value.length === 4) return value;
  return monthNames.format(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5)) - 1));
}
