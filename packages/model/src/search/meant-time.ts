import type { ParseSearchQueryOptions } from "./parsed-query.ts";
import { parsePeriod } from "./query-dates.ts";
import { readQueryPieces } from "./query-pieces.ts";
import type { TextRange } from "./types.ts";
import { foldText } from "./word-tokens.ts";

/** A time that a query names in plain words ("the boat in May 2023"), where no message may hold the words. */
export interface MeantTime {
  /** Integer milliseconds UTC, inclusive; absent for "before May 2023". */
  from?: number;
  /** Integer milliseconds UTC, exclusive; absent for "since May 2023". */
  to?: number;
  /** What says so, as it was written. */
  said: string;
  /** Where it stands in the query, in UTF-16 units. */
  range: TextRange;
  /** The query without it. */
  rest: string;
}

/** Months in English, German, French, Spanish, Italian, Portuguese and Dutch, without accents. */
const months: readonly string[] = [
  "january|jan|januar|janvier|enero|gennaio|janeiro|januari",
  "february|feb|februar|fevrier|febrero|febbraio|fevereiro|februari",
  "march|mar|marz|maerz|mars|marzo|marco|maart",
  "april|apr|avril|abril|aprile",
  "may|mai|mayo|maggio|maio|mei",
  "june|jun|juni|juin|junio|giugno|junho",
  "july|jul|juli|juillet|julio|luglio|julho",
  "august|aug|aout|agosto|augustus",
  "september|sep|sept|septembre|septiembre|settembre|setembro",
  "october|oct|oktober|okt|octobre|octubre|ottobre|outubro",
  "november|nov|novembre|noviembre|novembro",
  "december|dec|dezember|dez|decembre|diciembre|dicembre|dezembro",
];
const monthOfName = new Map(
  months.flatMap((names, index) => names.split("|").map((name) => [name, index + 1] as const)),
);
/** Names that are words as well or too short to stand without a year. */
const shortestMonth = 4;

/** What stands before a time. */
const leadIn = new Set(
  "in|on|from|of|during|at|around|im|am|vom|von|aus|en|de|du|le|el|nel|del|di|em|no|op|van|uit".split("|"),
);
const leadSince = new Set(
  "since|after|seit|nach|depuis|apres|desde|despues|dal|dopo|depois|sinds|na".split("|"),
);
const leadBefore = new Set("before|until|till|vor|bis|avant|antes|prima|voor|tot".split("|"));
/** What stands between the parts of a date. */
const joints = new Set("of|de|the|del".split("|"));

const relative: Readonly<Record<string, string>> = {
  yesterday: "yesterday",
  today: "today",
  gestern: "yesterday",
  heute: "today",
  hier: "yesterday",
  ayer: "yesterday",
  ieri: "yesterday",
  ontem: "yesterday",
  gisteren: "yesterday",
};
const relativePairs: Readonly<Record<string, "week" | "month" | "year">> = {
  "last week": "week",
  "last month": "month",
  "last year": "year",
  "letzte woche": "week",
  "letzten monat": "month",
  "letztes jahr": "year",
};

interface Word {
  /** Folded, without what stands around it; of `17th` the number. */
  text: string;
  from: number;
  to: number;
}

/**
 * Finds the time that plain words of a query name: a month with its year or day, a date or a month in digits, a year or a
 * month after a word such as "in", `yesterday`, "last week". Words in quotes and exclusions name none. It is a guess: to be
 * used where the rest finds something in that time, and told to people.
 */
export function findMeantTime(query: string, options: ParseSearchQueryOptions): MeantTime | undefined {
  const words = readWords(query);
  for (let at = 0; at < words.length; at += 1) {
    const found = readPeriod(words, at, options);
    if (found === undefined) continue;
    const lead = words[at - 1]?.text ?? "";
    const isLed = leadIn.has(lead) || leadSince.has(lead) || leadBefore.has(lead);
    if (found.needsLead && !isLed) continue;
    // "de mayo de 2023", "in the May of 2023"
    const first = isLed ? at - 1 : at;
    const range: TextRange = [words[first]?.from ?? 0, words[found.next - 1]?.to ?? query.length];
    return {
      ...(leadBefore.has(lead) ? {} : { from: found.from }),
      ...(leadSince.has(lead) ? {} : { to: leadBefore.has(lead) ? found.from : found.to }),
      said: query.slice(...range),
      range,
      rest: `${query.slice(0, range[0]).trimEnd()} ${query.slice(range[1]).trimStart()}`.trim(),
    };
  }
  return undefined;
}

function readWords(query: string): Word[] {
  return readQueryPieces(query).map((piece): Word => {
    const isPlain = piece.kind === "word" && !piece.excluded && !piece.inExcludedGroup && !piece.isPrefix;
    const text = isPlain ? foldText(piece.text).replace(/^(\d{1,2})(?:st|nd|rd|th)$/, "$1") : "";
    return { text, from: piece.from, to: piece.to };
  });
}

interface Found {
  from: number;
  to: number;
  /** The word after the last one that belongs to it. */
  next: number;
  /** It is a time only after a word that says so. */
  needsLead: boolean;
}

function readPeriod(words: readonly Word[], at: number, options: ParseSearchQueryOptions): Found | undefined {
  const text = words[at]?.text ?? "";
  if (/^\d{4}-\d{1,2}(?:-\d{1,2})?$/.test(text)) return periodOf(text, at + 1, options);
  if (/^(?:19|20)\d\d$/.test(text)) return periodOf(text, at + 1, options, true);
  const word = relative[text];
  if (word !== undefined) return periodOf(word, at + 1, options);
  const span = relativePairs[`${text} ${words[at + 1]?.text ?? ""}`];
  if (span !== undefined) return { ...lastSpan(span, options), next: at + 2, needsLead: false };
  return readMonth(words, at, options);
}

/** `May 2023`, `17 May 2023`, `May 17, 2023`, `17. Mai 2023`, `17 de mayo de 2023`, and `in May` of the last twelve months. */
function readMonth(
  words: readonly Word[],
  start: number,
  options: ParseSearchQueryOptions,
): Found | undefined {
  let at = start;
  let day = readDay(words[at]);
  if (day !== undefined) at = skipJoint(words, at + 1);
  const name = words[at]?.text ?? "";
  const month = monthOfName.get(name);
  if (month === undefined) return undefined;
  at += 1;
  if (day === undefined && readYear(words[skipJoint(words, at)]) === undefined) {
    day = readDay(words[at]);
    if (day !== undefined) at += 1;
  }
  const yearAt = skipJoint(words, at);
  const year = readYear(words[yearAt]);
  if (year !== undefined) return periodOf(dateText(year, month, day), yearAt + 1, options);
  if (name.length < shortestMonth && name !== "may" && name !== "mai" && name !== "mei") return undefined;
  return periodOf(dateText(latestYear(month, day, options), month, day), at, options, day === undefined);
}

function readDay(word: Word | undefined): number | undefined {
  const day = word !== undefined && /^\d{1,2}$/.test(word.text) ? Number(word.text) : 0;
  return day >= 1 && day <= 31 ? day : undefined;
}

function readYear(word: Word | undefined): number | undefined {
  return word !== undefined && /^(?:19|20)\d\d$/.test(word.text) ? Number(word.text) : undefined;
}

function skipJoint(words: readonly Word[], at: number): number {
  return joints.has(words[at]?.text ?? "") ? at + 1 : at;
}

/** The last year in which that month had begun. */
function latestYear(month: number, day: number | undefined, options: ParseSearchQueryOptions): number {
  const now = new Date(options.now);
  const year = now.getUTCFullYear();
  return Date.UTC(year, month - 1, day ?? 1) <= options.now ? year : year - 1;
}

function dateText(year: number, month: number, day: number | undefined): string {
  return `${year}-${month}${day === undefined ? "" : `-${day}`}`;
}

function periodOf(
  text: string,
  next: number,
  options: ParseSearchQueryOptions,
  needsLead = false,
): Found | undefined {
  const period = parsePeriod(text, options);
  return period && { ...period, next, needsLead };
}

/** The week from Monday on, the month or the year before this one. */
function lastSpan(
  span: "week" | "month" | "year",
  options: ParseSearchQueryOptions,
): { from: number; to: number } {
  const dayMs = 86_400_000;
  const offsetMs = (options.timeZoneOffset ?? 0) * 60_000;
  const now = new Date(options.now - offsetMs);
  const year = now.getUTCFullYear();
  if (span === "year") return { from: Date.UTC(year - 1, 0) + offsetMs, to: Date.UTC(year, 0) + offsetMs };
  const month = now.getUTCMonth();
  if (span === "month")
    return { from: Date.UTC(year, month - 1) + offsetMs, to: Date.UTC(year, month) + offsetMs };
  const today = Date.UTC(year, month, now.getUTCDate());
  const monday = today - ((now.getUTCDay() + 6) % 7) * dayMs;
  return { from: monday - 7 * dayMs + offsetMs, to: monday + offsetMs };
}
