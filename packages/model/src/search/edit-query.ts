import { formatCondition, formatSearchQuery } from "./format-search-query.ts";
import { parseSearchQuery } from "./parse-search-query.ts";
import type { ParsedQuery, ParseSearchQueryOptions, QueryCondition, SearchTerm } from "./parsed-query.ts";

/**
 * A query with one more condition: what a person typed stays as it was, and the condition is put behind it. Times are one of
 * a kind, so `before:`, `after:` and `on:` take the place of an earlier one; the opposite of the condition is taken out.
 * The same query when it has the condition already.
 */
export function withFilter(
  query: string,
  condition: QueryCondition,
  options: ParseSearchQueryOptions,
): string {
  const isTime = condition.key === "before" || condition.key === "after" || condition.key === "on";
  const parsed = parseSearchQuery(query, options);
  if (parsed.conditions.some((one) => isSame(one, condition) && one.excluded === condition.excluded))
    return query;
  const rest = removeConditions(query, parsed, (one) =>
    isTime ? one.key === condition.key : isSame(one, condition),
  );
  const written = formatCondition(condition.key, condition.value, condition.excluded);
  const kept = parseSearchQuery(rest, options).conditions;
  const meant = describe(parsed.terms, [...kept, condition]);
  const isWhole = (text: string): boolean => {
    const read = parseSearchQuery(text, options);
    return describe(read.terms, read.conditions) === meant;
  };
  // A quotation that nobody closed would swallow it, so it may have to stand in front.
  for (const text of [joinParts(rest, written), joinParts(written, rest)]) if (isWhole(text)) return text;
  return joinParts(formatSearchQuery(parseSearchQuery(rest, options)), written);
}

/**
 * A query without a condition, wherever it stands, excluded or not; without all of a key when no value is given. What else a
 * person typed stays as it was.
 */
export function withoutFilter(
  query: string,
  condition: Pick<QueryCondition, "key"> & Partial<Pick<QueryCondition, "value">>,
  options: ParseSearchQueryOptions,
): string {
  const parsed = parseSearchQuery(query, options);
  const rest = removeConditions(
    query,
    parsed,
    (one) =>
      one.key === condition.key &&
      (condition.value === undefined || one.value === condition.value.toLowerCase()),
  );
  if (rest === query) return query;
  const isWhole = JSON.stringify(parseSearchQuery(rest, options).terms) === JSON.stringify(parsed.terms);
  return isWhole ? rest : formatSearchQuery(withoutConditions(parsed, rest, options));
}

/** The terms of a query with the filters that are left in what remained of its text. */
function withoutConditions(
  parsed: ParsedQuery,
  rest: string,
  options: ParseSearchQueryOptions,
): Pick<ParsedQuery, "terms" | "filters"> {
  return { terms: parsed.terms, filters: parseSearchQuery(rest, options).filters };
}

/** Terms and conditions, wherever they stand. */
function describe(terms: readonly SearchTerm[], conditions: readonly QueryCondition[]): string {
  const written = conditions.map(({ key, value, excluded }) =>
    formatCondition(key, value.trim().toLowerCase(), excluded),
  );
  return JSON.stringify([terms, written.toSorted()]);
}

function isSame(one: QueryCondition, other: QueryCondition): boolean {
  return one.key === other.key && one.value === other.value.trim().toLowerCase();
}

function removeConditions(
  query: string,
  parsed: ParsedQuery,
  isRemoved: (condition: QueryCondition) => boolean,
): string {
  let rest = query;
  for (const condition of parsed.conditions.toReversed()) {
    if (isRemoved(condition)) rest = joinParts(rest.slice(0, condition.from), rest.slice(condition.to));
  }
  return rest;
}

/** One space where the two parts meet. */
function joinParts(before: string, after: string): string {
  const left = before.trimEnd();
  const right = after.trimStart();
  return left === "" || right === "" ? `${left}${right}` : `${left} ${right}`;
}
