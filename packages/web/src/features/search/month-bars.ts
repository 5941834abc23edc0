/** A month or a year of the histogram. */
export interface Bar {
  /** `2024-03`, or `2024` where there are too many months. */
  value: string;
  count: number;
}

export interface Bars {
  bars: Bar[];
  /** `year` where the months would be too many to be told apart. */
  unit: "month" | "year";
  largest: number;
  /** Hits without a time. */
  undated: number;
}

const mostMonths = 180;
const fewMonths = 12;

/** The months from the first to the last with a hit, the empty ones between them as well; whole years where they are few. */
export function monthBars(months: readonly { value: string; count: number }[]): Bars {
  const counts = new Map<string, number>();
  let undated = 0;
  for (const { value, count } of months) {
    if (/^\d{4}-\d{2}$/.test(value)) counts.set(value, (counts.get(value) ?? 0) + count);
    else undated += count;
  }
  const known = [...counts.keys()].sort();
  let first = monthNumber(known[0] ?? "");
  let last = monthNumber(known.at(-1) ?? "");
  if (first === undefined || last === undefined) return { bars: [], unit: "month", largest: 0, undated };
  // One bar alone says nothing of when it was: a short time is shown within its whole years.
  if (last - first + 1 < fewMonths) {
    first -= first % 12;
    last += 11 - (last % 12);
  }
  const unit = last - first + 1 > mostMonths ? "year" : "month";
  const bars: Bar[] = [];
  for (let at = first; at <= last; at += 1) {
    const month = monthName(at);
    const value = unit === "year" ? month.slice(0, 4) : month;
    const count = counts.get(month) ?? 0;
    const bar = bars.at(-1);
    if (bar?.value === value) bar.count += count;
    else bars.push({ value, count });
  }
  return { bars, unit, largest: Math.max(0, ...bars.map(({ count }) => count)), undated };
}

/** Where the years begin, for the line below the bars; every n-th where they would touch. */
export function yearTicks(bars: readonly Bar[], most: number): { index: number; year: string }[] {
  const ticks: { index: number; year: string }[] = [];
  for (const [index, { value }] of bars.entries()) {
    const year = value.slice(0, 4);
    if (ticks.at(-1)?.year !== year) ticks.push({ index, year });
  }
  const step = Math.ceil(ticks.length / most);
  return ticks.filter((_, index) => index % step === 0);
}

/** Milliseconds UTC from the begin of the first to the end of the last, which is exclusive. */
export function barsRange(first: string, last: string): { from: number; to: number } {
  const [from, to] = first <= last ? [first, last] : [last, first];
  return { from: beginOf(from), to: endOf(to) };
}

/** True when a bar lies within the bounds, wholly or in part. */
export function isWithin(value: string, from: number | undefined, to: number | undefined): boolean {
  return (
    endOf(value) > (from ?? Number.NEGATIVE_INFINITY) && beginOf(value) < (to ?? Number.POSITIVE_INFINITY)
  );
}

function beginOf(value: string): number {
  return Date.UTC(Number(value.slice(0, 4)), value.length > 4 ? Number(value.slice(5, 7)) - 1 : 0);
}

function endOf(value: string): number {
  const year = Number(value.slice(0, 4));
  return value.length > 4 ? Date.UTC(year, Number(value.slice(5, 7))) : Date.UTC(year + 1, 0);
}

function monthNumber(value: string): number | undefined {
  if (value === "") return undefined;
  return Number(value.slice(0, 4)) * 12 + Number(value.slice(5, 7)) - 1;
}

function monthName(number: number): string {
  return `${String(Math.floor(number / 12)).padStart(4, "0")}-${String((number % 12) + 1).padStart(2, "0")}`;
}
