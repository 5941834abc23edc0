import { parseSourceTime } from "@chatty/model";
import type { SourceTime } from "@chatty/model";

const months = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** A calendar day. `month` counts from 1. */
export interface CalendarDay {
  year: number;
  month: number;
  day: number;
}

/** Reads `November 3, 2025`; undefined for a day that does not exist. */
export function parseLongDay(text: string): CalendarDay | undefined {
  const match = /^([A-Za-z]+) (\d{1,2}), (\d{4})$/.exec(text);
  if (match === null) return undefined;
  const month = monthNumber(match[1] ?? "");
  if (month === undefined) return undefined;
  const day = { year: Number(match[3]), month, day: Number(match[2]) };
  const check = new Date(Date.UTC(day.year, day.month - 1, day.day));
  return check.getUTCMonth() === month - 1 && check.getUTCDate() === day.day ? day : undefined;
}

/** 1 to 12 for an English name of a month, whole or its first three letters. */
export function monthNumber(name: string): number | undefined {
  const lower = name.toLowerCase();
  const at = months.findIndex((month) => month === lower || (lower.length === 3 && month.startsWith(lower)));
  return at === -1 ? undefined : at + 1;
}

/**
 * The instant of a day and a clock such as `03:05:09 PM UTC`. Only UTC, GMT and offsets name a zone: an abbreviation such as EST
 * means other zones in other places and seasons, so a time that has one gives undefined.
 */
export function clockOnDay(day: CalendarDay, clock: string): SourceTime | undefined {
  const match = /^(\d{1,2}):(\d{2}):(\d{2}) (AM|PM) (.+)$/i.exec(clock);
  if (match === null) return undefined;
  const [, hour = "", minute = "", second = "", half = "", zone = ""] = match;
  const offset = zoneOffset(zone);
  const hours = Number(hour);
  if (offset === undefined || hours < 1 || hours > 12) return undefined;
  const hour24 = (hours % 12) + (half.toUpperCase() === "PM" ? 12 : 0);
  const pad = (value: number | string, width = 2): string => String(value).padStart(width, "0");
  const iso = `${pad(day.year, 4)}-${pad(day.month)}-${pad(day.day)}T${pad(hour24)}:${minute}:${second}${offset}`;
  const time = parseSourceTime(iso);
  return time === undefined ? undefined : { ...time, token: `${dayToken(day)} ${clock}` };
}

/** `2025-11-03`, for tokens. */
export function dayToken(day: CalendarDay): string {
  return `${String(day.year).padStart(4, "0")}-${String(day.month).padStart(2, "0")}-${String(day.day).padStart(2, "0")}`;
}

/** Reads a time in a bracket: ISO, or `YYYY-MM-DD HH:MM:SS UTC`. */
export function parseBracketTime(token: string): SourceTime | undefined {
  const utc = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}) UTC$/.exec(token);
  const time = parseSourceTime(utc === null ? token : `${utc[1]}T${utc[2]}Z`);
  return time === undefined ? undefined : { ...time, token };
}

/**
 * Reads the forms in which character chats date a message: ISO, epoch numbers, `June 5, 2024 3:07pm`, `2025-12-31@15h12m05s` and
 * the older `2023-6-5 @15h 12m 05s 123ms`. Without a zone the time is local (`local-no-zone`). Day and month in figures alone may
 * be either way round, so those give undefined.
 */
export function parseCharacterTime(token: unknown): SourceTime | undefined {
  const plain = parseSourceTime(token);
  if (plain !== undefined || typeof token !== "string") return plain;
  const text = token.trim();
  const at = /^(\d{4})-(\d{1,2})-(\d{1,2}) ?@ ?(\d{1,2})h ?(\d{1,2})m ?(\d{1,2})s(?: ?(\d{1,3})ms)?$/.exec(
    text,
  );
  if (at !== null) {
    const [, year = "", ...rest] = at;
    const [month, day, hour, minute, second] = rest.slice(0, 5).map((part) => (part ?? "").padStart(2, "0"));
    const fraction = at[7] === undefined ? "" : `.${at[7].padStart(3, "0")}`;
    return withToken(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}`, token);
  }
  const named = /^([A-Za-z]+) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2}))? ?(am|pm)$/i.exec(text);
  if (named === null) return undefined;
  const [, month = "", day = "", year = "", hour = "", minute = "", second = "00", half = ""] = named;
  const number = monthNumber(month);
  const hours = Number(hour);
  if (number === undefined || hours < 1 || hours > 12) return undefined;
  const hour24 = (hours % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  return withToken(
    `${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}T${String(hour24).padStart(2, "0")}:${minute}:${second}`,
    token,
  );
}

function withToken(iso: string, token: string): SourceTime | undefined {
  const time = parseSourceTime(iso);
  return time === undefined ? undefined : { ...time, token };
}

/** As ISO writes it; undefined for anything that is not one zone for everybody. */
function zoneOffset(zone: string): string | undefined {
  const match = /^(?:UTC|GMT|Z)(?:([+-])(\d{1,2})(?::?(\d{2}))?)?$/.exec(zone);
  if (match === null) {
    const plain = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
    return plain === null ? undefined : `${plain[1]}${plain[2]}:${plain[3]}`;
  }
  if (match[1] === undefined || match[1] === "") return zone === "" ? undefined : "Z";
  return `${match[1]}${(match[2] ?? "0").padStart(2, "0")}:${match[3] ?? "00"}`;
}
