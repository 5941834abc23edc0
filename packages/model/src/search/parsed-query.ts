import type { SearchFilters } from "./types.ts";

/** Something that is looked for: a word, words that follow each other, or a stretch of characters. */
export interface SearchWord {
  /** As it was written, without quotes, stars and the punctuation of a sentence. */
  text: string;
  /** The terms of the index, which must follow each other in one field. Empty where `isExact`. */
  tokens: string[];
  /** More than one term. */
  isPhrase: boolean;
  /** The last term may go on. */
  isPrefix: boolean;
  /** Only the characters themselves will do (`code:"…"`): `substring` must be found, small and capital letters alike. */
  isExact: boolean;
  /** The characters, where they say more than the terms do (`foo.bar()`, `C++`, a path). What has them word for word is better. */
  substring?: string;
}

/** One condition on the words. Every term of a query must be fulfilled. */
export interface SearchTerm extends SearchWord {
  /** It must not be there. */
  excluded: boolean;
  /** What would do as well (`a OR b`). Empty where `excluded` or `isExact`. */
  alternatives: SearchWord[];
}

/** The conditions of the query language, as they are written before the colon. */
export type ConditionKey =
  | "from"
  | "runtime"
  | "construct"
  | "model"
  | "before"
  | "after"
  | "on"
  | "has"
  | "in"
  | "is"
  | "session";

/** A condition as it stands in a query: what a chip shows. */
export interface QueryCondition {
  key: ConditionKey;
  /** In the one form that is used for it: small letters, without quotes. Times as they were written. */
  value: string;
  excluded: boolean;
}

/** A condition of a query, and where it stands in it (UTF-16 units, the end exclusive). */
export interface PlacedCondition extends QueryCondition {
  from: number;
  to: number;
}

export interface ParsedQuery {
  terms: SearchTerm[];
  filters: SearchFilters;
  /** In the order in which they stand there. */
  conditions: PlacedCondition[];
  /** What was not taken as it may have been meant, in words for people. */
  notices: string[];
  /** What is looked for, in words: for an embedder. Empty where there are only conditions and exclusions. */
  text: string;
}

export interface ParseSearchQueryOptions {
  /** Integer milliseconds UTC; what `today` and `7d` are counted from. */
  now: number;
  /** Minutes as `Date.prototype.getTimezoneOffset` gives them (west of UTC is positive); 0 when absent. Days begin there. */
  timeZoneOffset?: number;
}
