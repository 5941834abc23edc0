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
  const { rest, kept } = removeConditions(query, parsed, (one) =>
    isTime ? one.key === condition.key : isSame(one, condition),
  );
  const written = formatCondition(condition.key, condition.value, condition.excluded);
  // A quotation that nobody closed would swallow it, so it may have to stand in front.
  return firstThatSays(
    [joinParts(rest, written), joinParts(written, rest)],
    parsed.terms,
    [...kept, condition],
    options,
  );
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
  const { rest, kept } = removeConditions(query, parsed, (one) =>
    condition.value === undefined
      ? one.key === condition.key
      : isSame(one, { key: condition.key, value: condition.value }),
  );
  return kept.length === parsed.conditions.length
    ? query
    : firstThatSays([rest], parsed.terms, kept, options);
}

/** The first of several texts that has these terms and conditions; written anew where none has. */
function firstThatSays(
  texts: readonly string[],
  terms: SearchTerm[],
  conditions: readonly QueryCondition[],
  options: ParseSearchQueryOptions,
): string {
  const meant = describe(terms, conditions);
  for (const text of texts) {
    const read = parseSearchQuery(text, options);
    if (describe(read.terms, read.conditions) === meant) return text;
  }
  return [formatSearchQuery({ terms, filters: {} }), ...writeConditions(conditions)]
    .filter((part) => part !== "")
    .join(" ");
}

/** Terms and conditions, wherever they stand. */
function describe(terms: readonly SearchTerm[], conditions: readonly QueryCondition[]): string {
  return JSON.stringify([terms, writeConditions(conditions).toSorted()]);
}

function writeConditions(conditions: readonly QueryCondition[]): string[] {
  return conditions.map(({ key, value, excluded }) =>
    formatCondition(key, value.trim().toLowerCase(), excluded),
  );
}

type NamedCondition = Pick<QueryCondition, "key" | "value">;

function isSame(one: NamedCondition, other: NamedCondition): boolean {
  return one.key === other.key && one.value === other.value.trim().toLowerCase();
}

function removeConditions(
  query: string,
  parsed: ParsedQuery,
  isRemoved: (condition: QueryCondition) => boolean,
): { rest: string; kept: QueryCondition[] } {
  let rest = query;
  for (const condition of parsed.conditions.toReversed()) {
    if (isRemoved(condition)) rest = joinParts(rest.slice(0, condition.from), rest.slice(condition.to));
  }
  return { rest, kept: parsed.conditions.filter((condition) => !isRemoved(condition)) };
}

/** One space where the two parts meet. */
function joinParts(before: string, after: string): string {
  const left = before.trimEnd();
  const right = after.trimStart();
  return left === "" || right === "" ? `${left}${right}` : `${left} ${right}`;
}
