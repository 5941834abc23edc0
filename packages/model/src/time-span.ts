import { parseSourceTime } from "./time.ts";

/** What a time that somebody typed stands for. */
export interface TimeSpan {
  /** Integer milliseconds UTC, the first of the span. */
  fromMs: number;
  /** Integer milliseconds UTC, the last of the span; equal to `fromMs` for an instant. */
  toMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** A plain number below this is no time in milliseconds that anybody means: it is a year, or seconds. */
const smallestMs = 100_000_000_000;

/** Reads a time as people and programs give it: integer milliseconds, or ISO 8601; a date is its whole UTC day. */
export function parseTimeSpan(text: string): TimeSpan | undefined {
  if (/^\d+$/.test(text)) {
    const ms = Number(text);
    return Number.isSafeInteger(ms) && ms >= smallestMs && ms <= 8.64e15
      ? { fromMs: ms, toMs: ms }
      : undefined;
  }
  const time = parseSourceTime(text);
  if (time === undefined) return undefined;
  if (time.precision === "date-only") return { fromMs: time.ms, toMs: time.ms + dayMs - 1 };
  return { fromMs: time.ms, toMs: time.ms };
}

/** The first instant that is too late when something is to be before the span's end: the next day of a date, the instant itself else. */
export function endOfTimeSpan({ fromMs, toMs }: TimeSpan): number {
  return fromMs === toMs ? toMs : toMs + 1;
}
