import { findMeantTime, ftsExclusion, parseSearchQuery, toFtsMatch } from "@chatty/model";
import type { ParsedQuery, SearchField, SearchFilters, SearchRequest } from "@chatty/model";

/** A stretch of characters that a document must have, or must not. */
export interface ExactStretch {
  /** In small letters. */
  text: string;
  excluded: boolean;
}

/** A question as the index is asked. */
export interface Question {
  parsed: ParsedQuery;
  /** All of them must be fulfilled. */
  filters: readonly SearchFilters[];
  /** Fields in which words are looked for; all when absent. */
  fields: readonly SearchField[] | undefined;
  /** What must be there, one MATCH expression each; without words everything is found that the filters leave. */
  terms: readonly string[];
  /** Those of them that are words in quotes, which must stand together whatever a message means. */
  phrases: readonly string[];
  /** All of it together, with what must not be there; empty without words. */
  match: string;
  /** Finds what must not be there; empty when nothing is excluded. */
  exclusion: string;
  exact: readonly ExactStretch[];
  /** In small letters: what has these word for word is better. */
  wordForWord: readonly string[];
}

/** Reads a request. Nothing that a person typed becomes syntax of the index. */
export function questionOf({ query, filters = {} }: SearchRequest, now: number): Question {
  const parsed = parseSearchQuery(query, { now, timeZoneOffset: new Date(now).getTimezoneOffset() });
  const fields = commonFields(parsed.filters.in, filters.in);
  const positive = parsed.terms.filter((term) => !term.excluded && !term.isExact);
  const exclusion = ftsExclusion(parsed);
  return {
    parsed,
    filters: [parsed.filters, filters],
    fields,
    terms: positive.map((term) => toFtsMatch({ terms: [term], filters: {} }, fields)),
    phrases: positive
      .filter((term) => query.includes(`"${term.text}"`))
      .map((term) => toFtsMatch({ terms: [term], filters: {} }, fields)),
    match: toFtsMatch(parsed, fields),
    exclusion,
    exact: parsed.terms.flatMap(({ isExact, substring = "", excluded }) =>
      isExact && substring !== "" ? [{ text: substring.toLowerCase(), excluded }] : [],
    ),
    wordForWord: positive.flatMap(({ substring }) =>
      substring === undefined ? [] : [substring.toLowerCase()],
    ),
  };
}

/** A request that takes a time in plain words for a time, and what is to be said of that. */
export interface MeantRequest {
  request: SearchRequest;
  notice: string;
}

/** "The boat in May 2023": hardly a message has its date in it. Undefined where no time is named, or one is asked for already. */
export function meantRequest(request: SearchRequest, now: number): MeantRequest | undefined {
  const options = { now, timeZoneOffset: new Date(now).getTimezoneOffset() };
  const { from, to } = { ...parseSearchQuery(request.query, options).filters, ...request.filters };
  const meant = from === undefined && to === undefined ? findMeantTime(request.query, options) : undefined;
  if (meant === undefined) return undefined;
  const bounds = {
    ...(meant.from === undefined ? {} : { from: meant.from }),
    ...(meant.to === undefined ? {} : { to: meant.to }),
  };
  return {
    request: { ...request, query: meant.rest, filters: { ...request.filters, ...bounds } },
    notice: `“${meant.said}” is taken as a time; "…" in quotes looks for the words.`,
  };
}

function commonFields(
  one: readonly SearchField[] | undefined,
  other: readonly SearchField[] | undefined,
): readonly SearchField[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.filter((field) => other.includes(field));
}
