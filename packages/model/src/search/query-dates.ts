import type { ParseSearchQueryOptions } from "./parsed-query.ts";

/** A stretch of time: integer milliseconds UTC, the end exclusive. */
export interface Period {
  from: number;
  to: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const datePattern = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/;
const timePattern =
  /^(\d{4})-(\d{2})-(\d{2})[tT ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:([zZ])|([+-])(\d{2}):?(\d{2}))?$/;
const agoPattern = /^(\d{1,4})([dwmy])$/;
const earliestYear = 1900;
const latestYear = 2199;

/**
 * Reads a year, a month, a day, an ISO 8601 time, `today`, `yesterday`, or how many days, weeks, months or years ago (`7d`,
 * `2w`, `3m`, `1y`: that whole day). Days, and times without a zone, are those of the asker's zone. Undefined for all else.
 */
export function parsePeriod(value: string, options: ParseSearchQueryOptions): Period | undefined {
  const offsetMs = (options.timeZoneOffset ?? 0) * minuteMs;
  const text = value.trim().toLowerCase();
  const local = parseLocalPeriod(text, options.now - offsetMs);
  const period =
    local === undefined
      ? parseTime(text, offsetMs)
      : { from: local.from + offsetMs, to: local.to + offsetMs };
  if (period === undefined || !Number.isFinite(period.from) || !Number.isFinite(period.to)) return undefined;
  const year = new Date(period.from).getUTCFullYear();
  return year >= earliestYear - 1 && year <= latestYear + 1 ? period : undefined;
}

/** Times are counted as if the asker's clock showed UTC. */
function parseLocalPeriod(text: string, localNow: number): Period | undefined {
  const date = datePattern.exec(text);
  if (date !== null) return periodOfDate(date[1], date[2], date[3]);
  const now = new Date(localNow);
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  if (text === "today") return dayFrom(today);
  if (text === "yesterday") return dayFrom(today - dayMs);
  const ago = agoPattern.exec(text);
  if (ago === null) return undefined;
  const count = Number(ago[1]);
  if (ago[2] === "d") return dayFrom(today - count * dayMs);
  if (ago[2] === "w") return dayFrom(today - count * 7 * dayMs);
  return dayFrom(monthsBefore(now, ago[2] === "y" ? count * 12 : count));
}

function dayFrom(start: number): Period {
  return { from: start, to: start + dayMs };
}

/** The same day of an earlier month; its last day where it is shorter. */
function monthsBefore(now: Date, months: number): number {
  const month = now.getUTCFullYear() * 12 + now.getUTCMonth() - months;
  const year = Math.floor(month / 12);
  const lastDay = new Date(Date.UTC(year, (month % 12) + 1, 0)).getUTCDate();
  return Date.UTC(year, month % 12, Math.min(now.getUTCDate(), lastDay));
}

function periodOfDate(
  yearText: string | undefined,
  monthText: string | undefined,
  dayText: string | undefined,
): Period | undefined {
  const year = Number(yearText);
  if (year < earliestYear || year > latestYear) return undefined;
  if (monthText === undefined) return { from: Date.UTC(year, 0, 1), to: Date.UTC(year + 1, 0, 1) };
  const month = Number(monthText);
  if (month < 1 || month > 12) return undefined;
  if (dayText === undefined) return { from: Date.UTC(year, month - 1, 1), to: Date.UTC(year, month, 1) };
  const day = Number(dayText);
  const start = Date.UTC(year, month - 1, day);
  return day >= 1 && new Date(start).getUTCMonth() === month - 1 ? dayFrom(start) : undefined;
}

function parseTime(text: string, offsetMs: number): Period | undefined {
  const match = timePattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, utc, sign, zoneHours, zoneMinutes] = match;
  const start = periodOfDate(year, month, day)?.from;
  if (start === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59)
    return undefined;
  const zoneMs =
    utc !== undefined
      ? 0
      : sign === undefined
        ? offsetMs
        : (sign === "+" ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes)) * minuteMs;
  const ms = Number((fraction ?? "").padEnd(3, "0"));
  const from =
    start +
    Number(hour) * 60 * minuteMs +
    Number(minute) * minuteMs +
    Number(second ?? 0) * 1000 +
    ms +
    zoneMs;
  const length = second === undefined ? minuteMs : fraction === undefined ? 1000 : 1;
  return { from, to: from + length };
}
