import type { ParsedQuery, SearchTerm, SearchWord } from "./parsed-query.ts";
import { parseSearchQuery } from "./parse-search-query.ts";
import type { SearchConditions, SearchFilters } from "./types.ts";

/** Any moment will do: what is formatted has no `today` in it. */
const anyTime = { now: 0 };
const plainValue = /^[^\s"“”„()]*[^\s"“”„(),;]$/;

const letters = /^[\p{L}\p{N}]{1,200}$/u;

/** A query that parses to the same terms and filters. Times are written out (`after:2024-05-17T00:00:00.000Z`). */
export function formatSearchQuery(parsed: Pick<ParsedQuery, "terms" | "filters">): string {
  return [...parsed.terms.map(formatTerm), ...formatFilters(parsed.filters)].join(" ");
}

/** A condition as it is written: `from:user`, `model:"my model"`, `-is:archived`. */
export function formatCondition(key: string, value: string, excluded: boolean): string {
  return `${excluded ? "-" : ""}${key}:${plainValue.test(value) ? value : quote(value)}`;
}

function formatTerm(term: SearchTerm): string {
  const words = [term, ...term.alternatives].map(formatWord).join(" OR ");
  return term.excluded ? `-${words}` : words;
}

function formatWord(word: SearchWord): string {
  if (word.isExact) return `code:${quote(word.text)}`;
  const star = word.isPrefix ? "*" : "";
  for (const bare of [word.text, `${word.text}${star}`]) if (isReadAs(bare, word)) return bare;
  return `${quote(word.text)}${star}`;
}

/** Whether a word need not be quoted. */
function isReadAs(bare: string, word: SearchWord): boolean {
  if (!word.isExact && !word.isPrefix && bare !== "OR" && letters.test(bare)) return true;
  if (bare.length > 200 || /^[(-]|["“„\s]/.test(bare)) return false;
  const { terms, conditions } = parseSearchQuery(bare, anyTime);
  const [read] = terms;
  return (
    terms.length === 1 &&
    conditions.length === 0 &&
    read !== undefined &&
    read.text === word.text &&
    read.isPrefix === word.isPrefix &&
    read.isExact === word.isExact
  );
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function formatFilters(filters: SearchFilters): string[] {
  const written = formatListed(filters, false);
  for (const field of filters.in ?? []) written.push(formatCondition("in", field, false));
  if (filters.from !== undefined) written.push(formatCondition("after", isoTime(filters.from), false));
  if (filters.to !== undefined) written.push(formatCondition("before", isoTime(filters.to), false));
  if (filters.not !== undefined) written.push(...formatListed(filters.not, true));
  return written;
}

function formatListed(conditions: SearchConditions, excluded: boolean): string[] {
  const kinds: [string, readonly string[] | undefined][] = [
    ["from", conditions.roles],
    ["runtime", conditions.runtimes],
    ["construct", conditions.constructs],
    ["session", conditions.sessions],
    ["model", conditions.models],
    ["has", conditions.has],
    ["is", conditions.is],
  ];
  return kinds.flatMap(([key, values]) =>
    (values ?? []).map((value) => formatCondition(key, value, excluded)),
  );
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
