const counts = new Intl.NumberFormat();
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A whole number, grouped as the reader's country does. */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** A number with its noun: `1 message`, `1,204 messages`. The plural is the singular with an s unless given. */
export function formatAmount(value: number, singular: string, plural = `${singular}s`): string {
  return `${counts.format(value)} ${value === 1 ? singular : plural}`;
}

/** Bytes in the unit that fits: `0 bytes`, `14 kB`, `3.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return formatAmount(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = "kB";
  for (const next of units) {
    value /= 1000;
    unit = next;
    if (value < 999.5) break;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export function formatDate(timeMs: number): string {
  return dates.format(timeMs);
}

export function formatExactTime(timeMs: number): string {
  return exact.format(timeMs);
}

export function formatClock(timeMs: number): string {
  return clock.format(timeMs);
}

/** `4 minutes ago`, `yesterday`, `in 2 days`; beyond a month the date. */
export function formatRelative(timeMs: number, nowMs: number): string {
  const ago = timeMs - nowMs;
  const size = Math.abs(ago);
  if (size < minuteMs) return "just now";
  if (size < hourMs) return relative.format(Math.trunc(ago / minuteMs), "minute");
  if (size < dayMs) return relative.format(Math.trunc(ago / hourMs), "hour");
  if (size < 30 * dayMs) return relative.format(Math.trunc(ago / dayMs), "day");
  return dates.format(timeMs);
}

/** `2016–2025`, or one year; in UTC, as the lists of years are. */
export function formatYears(firstMs: number, lastMs: number): string {
  const first = new Date(firstMs).getUTCFullYear();
  const last = new Date(lastMs).getUTCFullYear();
  return first === last ? String(first) : `${first}–${last}`;
}

/** How long something took or will take, roughly: `3 s`, `2 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.max(0, Math.round(durationMs))} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
