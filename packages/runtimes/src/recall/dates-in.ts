/** A time that a text names. */
export interface NamedTime {
  /** Integer milliseconds UTC; `to` exclusive. */
  from: number;
  to: number;
  /** Where it stands in the text, UTF-16 units. */
  at: number;
  end: number;
}

const dayMs = 24 * 60 * 60_000;
const monthNames = [
  "jan(?:uary|uar|vier|uari)?",
  "feb(?:ruary|ruar)?|fevrier|février",
  "mar(?:ch|s)?|märz|maerz",
  "apr(?:il)?|avril",
  "may|mai",
  "june?|juni|juin",
  "july?|juli|juillet",
  "aug(?:ust)?|août",
  "sep(?:t(?:ember|embre)?)?",
  "oct(?:ober|obre)?|okt(?:ober)?",
  "nov(?:ember|embre)?",
  "dec(?:ember)?|dez(?:ember)?|décembre",
];
const someMonth = monthNames.map((name) => `(${name})`).join("|");
/** A month alone is a time only after a word that says so: "may" and "mars" are other words as well. */
const monthPattern = new RegExp(
  `(?:\\b(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+)?(?:\\b(in|of|im|en|since|last|during|on|am)\\s+)?\\b(?:${someMonth})\\b(?:\\s+(\\d{1,2})(?:st|nd|rd|th)?\\b(?!\\d))?(?:,?\\s+(\\d{4}))?`,
  "giu",
);

/** Times that a text names: days, months and years, and those that count from now. In UTC, with a day to spare on either side. */
export function datesIn(text: string, nowMs: number): NamedTime[] {
  const found: NamedTime[] = [];
  const add = (from: number, to: number, at: number, length: number): void => {
    if (Number.isNaN(from) || found.some((other) => at < other.end && other.at < at + length)) return;
    found.push({ from: from - dayMs, to: to + dayMs, at, end: at + length });
  };
  for (const match of text.matchAll(/\b((?:19|20)\d{2})-(\d{2})(?:-(\d{2}))?\b/gu)) {
    const [whole, year, month, day] = match;
    const from = Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1));
    add(
      from,
      day === undefined ? Date.UTC(Number(year), Number(month), 1) : from + dayMs,
      match.index,
      whole.length,
    );
  }
  for (const match of text.matchAll(monthPattern)) addMonth(match, nowMs, add);
  for (const match of text.matchAll(/\b(?:in|since|during|of|im jahr|en)\s+((?:19|20)\d{2})\b/giu)) {
    const year = Number(match[1]);
    add(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1), match.index, match[0].length);
  }
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const relative: [RegExp, number, number][] = [
    [/\b(?:yesterday|gestern|hier|ayer)\b/giu, 1, 0],
    [/\b(?:this|diese) (?:week|woche)\b/giu, 7, -1],
    [/\b(?:last|letzte) (?:week|woche)\b/giu, 14, 1],
    [/\b(?:last|letzten) (?:month|monat)\b/giu, 62, 1],
    [/\b(?:last|letztes) (?:year|jahr)\b/giu, 730, 30],
  ];
  for (const [pattern, fromDays, toDays] of relative) {
    for (const match of text.matchAll(pattern))
      add(today - fromDays * dayMs, today - toDays * dayMs, match.index, match[0].length);
  }
  return found.sort((left, right) => left.at - right.at);
}

function addMonth(
  match: RegExpExecArray,
  nowMs: number,
  add: (from: number, to: number, at: number, length: number) => void,
): void {
  const [whole, dayBefore, lead] = match;
  const month = match.slice(3, 15).findIndex((name) => name !== undefined);
  const day = dayBefore ?? match[15];
  const namedYear = match[16];
  if (day === undefined && namedYear === undefined && lead === undefined) return;
  const now = new Date(nowMs);
  // Without a year the last one that is over or under way.
  const year =
    namedYear === undefined ? now.getUTCFullYear() - (month > now.getUTCMonth() ? 1 : 0) : Number(namedYear);
  if (day === undefined)
    add(Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1), match.index, whole.length);
  else
    add(
      Date.UTC(year, month, Number(day)),
      Date.UTC(year, month, Number(day) + 1),
      match.index,
      whole.length,
    );
}
