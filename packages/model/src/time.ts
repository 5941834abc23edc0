/** How much a time says about the instant it stands for. */
export type TimePrecision = "instant" | "local-no-zone" | "date-only";

/** Where the time of a message comes from; see the command-line contract. */
export type TimestampSource = "message" | "conversation" | "file" | "sequence" | "none";

/** A time as a source wrote it, beside the instant it was read as. */
export interface SourceTime {
  /** Integer milliseconds since 1970 UTC. */
  ms: number;
  precision: TimePrecision;
  /** The token exactly as it stood in the source. */
  token: string | number;
}

/** Times outside 1900 to 2200 are kept as tokens but never shown as instants. */
const earliestMs = Date.UTC(1900, 0, 1);
const latestMs = Date.UTC(2200, 0, 1);

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Reads a time in any unit the exports use: numbers are seconds, milliseconds or microseconds by magnitude
 * (below 1e11, below 1e14, above), strings are ISO 8601 or such a number. A string without a zone is read as UTC and
 * marked `local-no-zone`. Returns undefined for anything else: an unknown time is never replaced by another one.
 */
export function parseSourceTime(token: unknown): SourceTime | undefined {
  if (typeof token === "number") return fromNumber(token, token);
  if (typeof token !== "string") return undefined;
  const text = token.trim();
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return fromNumber(Number(text), token);
  return fromIso(text, token);
}

/** Formats an instant as `2025-11-13 18:00:05 UTC`, the form of transcripts. */
export function formatTranscriptTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function fromNumber(value: number, token: string | number): SourceTime | undefined {
  if (!Number.isFinite(value) || value <= 0) return undefined;
  const scale = value < 1e11 ? 1000 : value < 1e14 ? 1 : 1 / 1000;
  // Rounding, not truncation: 1704067300.001 * 1000 is 1704067300000.9999 in binary floating point.
  return withinRange(Math.round(value * scale), "instant", token);
}

function fromIso(text: string, token: string): SourceTime | undefined {
  const match = isoPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const whole = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  );
  const check = new Date(whole);
  if (check.getUTCMonth() !== Number(month) - 1 || check.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour ?? 0) > 24 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 60) return undefined;
  const ms = whole + Math.round(Number(`0.${fraction ?? "0"}`) * 1000) - zoneOffsetMs(zone);
  const precision = hour === undefined ? "date-only" : zone === undefined ? "local-no-zone" : "instant";
  return withinRange(ms, precision, token);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === "Z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

function withinRange(ms: number, precision: TimePrecision, token: string | number): SourceTime | undefined {
  if (!Number.isFinite(ms) || ms < earliestMs || ms > latestMs) return undefined;
  return { ms, precision, token };
}
