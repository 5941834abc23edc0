import type {
  ConditionKey,
  ParsedQuery,
  ParseSearchQueryOptions,
  PlacedCondition,
  SearchTerm,
  SearchWord,
} from "./parsed-query.ts";
import { expectedValue, fieldsLeft, filtersFromConditions, readCondition } from "./query-conditions.ts";
import { readQueryPieces } from "./query-pieces.ts";
import type { QueryPiece } from "./query-pieces.ts";
import { queryTokens } from "./query-tokens.ts";

/** So many terms of the index, exact stretches and conditions a query may have; what comes after is left aside. */
const tokenLimit = 256;
const exactLimit = 16;
const conditionLimit = 256;
/** Characters of an exact stretch that are looked at. */
const exactLength = 1000;

/** Anything in it but letters, digits, apostrophes and spaces makes a word more than its terms. */
const signPattern = /[^\p{L}\p{M}\p{N}'’\s]/u;
/** A dash between words, or the like, is no question. */
const idleSigns = /^[-–—&|+,.;:!?()]$/;
const conditionLike = /^[A-Za-z]{2,16}:(?![/:\s]|$)/;

const bareCondition = /^\(*-?\(*((?:from|runtime|construct|model|before|after|on|has|in|is|session|code):)$/i;

/** What a piece of a query is to the whole. */
type Item =
  | { kind: "term"; term: SearchTerm; piece: QueryPiece }
  | { kind: "condition"; condition: PlacedCondition; piece: QueryPiece }
  | { kind: "signs"; text: string; piece: QueryPiece }
  | { kind: "or"; piece: QueryPiece };

/**
 * Reads a query as a person types it. Never fails and takes time in proportion to the text: what is not understood is looked
 * for as words, and `notices` says so. docs/guides/search-language.md is the language for people.
 */
export function parseSearchQuery(query: string, options: ParseSearchQueryOptions): ParsedQuery {
  return new QueryParser(query, options).parse();
}

class QueryParser {
  readonly #query: string;
  readonly #options: ParseSearchQueryOptions;
  readonly #notices = new Set<string>();
  #tokensLeft = tokenLimit;
  #exactLeft = exactLimit;
  #conditionsLeft = conditionLimit;

  constructor(query: string, options: ParseSearchQueryOptions) {
    this.#query = query;
    this.#options = options;
  }

  parse(): ParsedQuery {
    const items = readQueryPieces(this.#query).flatMap((piece) => this.#readItem(piece) ?? []);
    const terms = distinct([...this.#joinTerms(items), ...this.#readSigns(items)]);
    const conditions = items.flatMap((item) => (item.kind === "condition" ? [item.condition] : []));
    const filters = filtersFromConditions(conditions, this.#options);
    if (filters.from !== undefined && filters.to !== undefined && filters.from >= filters.to) {
      this.#notices.add("No time fulfils these conditions together: after: must come before before:.");
    }
    if (fieldsLeft(conditions).length === 0) {
      this.#notices.add("-in: is left aside, because it leaves nothing to look in.");
    }
    const meant = terms.filter(({ excluded }) => !excluded);
    const text = meant.flatMap((term) => [term, ...term.alternatives].map((word) => word.text)).join(" ");
    return { terms, filters, conditions, notices: [...this.#notices], text };
  }

  #readItem(piece: QueryPiece): Item | undefined {
    if (piece.kind === "or") return { kind: "or", piece };
    if (piece.kind === "signs") return { kind: "signs", text: piece.text, piece };
    if (piece.kind === "condition") return this.#readCondition(piece);
    if (piece.kind === "word") this.#noticeWord(piece);
    const excluded = piece.excluded || piece.inExcludedGroup;
    const word = this.#makeWord(piece.text, piece.isPrefix);
    if (word === undefined) return undefined;
    if (word.tokens.length === 0) return { kind: "signs", text: piece.text, piece };
    return { kind: "term", term: { ...word, excluded, alternatives: [] }, piece };
  }

  #readCondition(piece: QueryPiece & { kind: "condition" }): Item | undefined {
    const excluded = piece.excluded || piece.inExcludedGroup;
    if (piece.key === "code") return this.#readExact(piece.value, excluded, piece);
    const key = piece.key as ConditionKey;
    const condition = readCondition(key, piece.value, excluded, this.#options);
    if (condition === undefined) {
      this.#notices.add(
        `“${shorten(piece.written)}” is looked for as words: after ${key}: stands ${expectedValue(key)}${
          key === "on" && excluded ? ", and it cannot be excluded" : ""
        }.`,
      );
      const word = this.#makeWord(piece.written, false);
      return word && { kind: "term", term: { ...word, excluded, alternatives: [] }, piece };
    }
    if (this.#conditionsLeft === 0) {
      this.#notices.add(`Only the first ${conditionLimit} conditions are used.`);
      return undefined;
    }
    this.#conditionsLeft -= 1;
    return { kind: "condition", condition: { ...condition, from: piece.from, to: piece.to }, piece };
  }

  #readExact(text: string, excluded: boolean, piece: QueryPiece): Item | undefined {
    const term = this.#makeExact(text, excluded);
    return term && { kind: "term", term, piece };
  }

  #makeExact(text: string, excluded: boolean): SearchTerm | undefined {
    if (this.#exactLeft === 0) {
      this.#notices.add(`Only the first ${exactLimit} exact stretches are used.`);
      return undefined;
    }
    this.#exactLeft -= 1;
    const substring = cutAt(text, exactLength);
    if (substring !== text)
      this.#notices.add(`Only the first ${exactLength} characters of an exact stretch are used.`);
    const word = { text: substring, tokens: [], isPhrase: false, isPrefix: false, isExact: true, substring };
    return { ...word, excluded, alternatives: [] };
  }

  /** A word or a phrase with its terms; undefined when the query has too many already. */
  #makeWord(text: string, isPrefix: boolean): SearchWord | undefined {
    if (this.#tokensLeft === 0) {
      this.#notices.add(`Only the first ${tokenLimit} words are used.`);
      return undefined;
    }
    const found = queryTokens(text, this.#tokensLeft);
    if (found.isCut) this.#notices.add(`Only the first ${tokenLimit} words are used.`);
    this.#tokensLeft -= found.tokens.length;
    const used = found.isCut ? text.slice(0, found.end) : text;
    const word: SearchWord = {
      text: used,
      tokens: found.tokens,
      isPhrase: found.tokens.length > 1,
      isPrefix: (isPrefix && !found.isCut) || found.isSingle,
      isExact: false,
    };
    const substring = stripSentence(used);
    if (signPattern.test(substring) && substring.length <= exactLength) word.substring = substring;
    return word;
  }

  #noticeWord({ text, excluded, from, to }: QueryPiece & { kind: "word" }): void {
    const key = conditionLike.exec(text)?.[0];
    const bare = bareCondition.exec(this.#query.slice(from, Math.min(to, from + 40)))?.[1];
    if (key !== undefined) {
      this.#notices.add(`“${shorten(text)}” is looked for as words: there is no condition ${key}`);
    } else if (bare !== undefined) {
      this.#notices.add(
        `“${bare}” is looked for as a word: a condition has its value right after the colon.`,
      );
    } else if (text === "AND" && !excluded) {
      this.#notices.add("AND is looked for as a word: all words of a query are needed without it.");
    } else if (text === "NOT" && !excluded) {
      this.#notices.add("NOT is looked for as a word: -word leaves out what has the word.");
    }
  }

  /** The terms, with what OR joins put together. */
  #joinTerms(items: readonly Item[]): SearchTerm[] {
    const terms: SearchTerm[] = [];
    let isJoined = false;
    for (const [index, item] of items.entries()) {
      if (item.kind === "term") {
        const head = terms.at(-1);
        if (isJoined && head !== undefined) head.alternatives.push(wordOf(item.term));
        else terms.push(item.term);
        isJoined = false;
      } else if (item.kind === "or") {
        const before = items[index - 1];
        const after = items[index + 1];
        if (before === undefined || after === undefined) {
          const word = this.#makeWord("or", false);
          if (word !== undefined) terms.push({ ...word, excluded: false, alternatives: [] });
          continue;
        }
        isJoined = isJoinable(before) && isJoinable(after);
        if (!isJoined) this.#noticeOr(before, after);
        else if (closesMany(items, index) || opensMany(items, index)) {
          this.#notices.add(
            "OR joins the two words or phrases beside it, never a whole group in parentheses.",
          );
        }
      }
    }
    return terms;
  }

  #noticeOr(before: Item, after: Item): void {
    const isSameKind =
      before.kind === "condition" &&
      after.kind === "condition" &&
      before.condition.key === after.condition.key &&
      !before.condition.excluded &&
      !after.condition.excluded;
    const isInExcludedGroup = before.piece.inExcludedGroup && after.piece.inExcludedGroup;
    if (isSameKind || isInExcludedGroup) return;
    this.#notices.add("OR joins words and phrases only; what stands on both sides of it is needed here.");
  }

  /** What has neither letter nor digit is looked for letter by letter when there is nothing else to look for. */
  #readSigns(items: readonly Item[]): SearchTerm[] {
    const signs = items.flatMap((item) =>
      item.kind === "signs" && item.text.trim() !== "" ? [item.text] : [],
    );
    if (items.some((item) => item.kind === "term" && !item.term.excluded) || signs.length === 0) {
      for (const text of new Set(signs)) {
        if (idleSigns.test(text)) continue;
        if (this.#notices.size >= 20) break;
        this.#notices.add(
          `“${shorten(text)}” has neither letter nor digit and is left aside; code:"${shorten(text)}" looks for it.`,
        );
      }
      return [];
    }
    return [...new Set(signs)].flatMap((text) => this.#makeExact(text, false) ?? []);
  }
}

function wordOf({ excluded: _excluded, alternatives: _alternatives, ...word }: SearchTerm): SearchWord {
  return word;
}

function isJoinable(item: Item): boolean {
  return item.kind === "term" && !item.term.excluded && !item.term.isExact;
}

/** Whether the group that ends before an OR has words in it that no OR joins. */
function closesMany(items: readonly Item[], index: number): boolean {
  if ((items[index - 1]?.piece.closes ?? 0) === 0) return false;
  for (let at = index - 1; at >= 0; at -= 1) {
    if ((items[at]?.piece.opens ?? 0) > 0) return false;
    if (items[at]?.kind !== "or" && items[at - 1]?.kind !== "or") return at > 0;
  }
  return false;
}

/** Whether the group that begins after an OR has words in it that no OR joins. */
function opensMany(items: readonly Item[], index: number): boolean {
  if ((items[index + 1]?.piece.opens ?? 0) === 0) return false;
  for (let at = index + 1; at < items.length; at += 1) {
    if ((items[at]?.piece.closes ?? 0) > 0) return false;
    if (items[at]?.kind !== "or" && items[at + 1]?.kind !== "or") return at + 1 < items.length;
  }
  return false;
}

/** Terms without those that look for the same as an earlier one. */
function distinct(terms: readonly SearchTerm[]): SearchTerm[] {
  if (terms.length < 2) return [...terms];
  const seen = new Set<string>();
  return terms.filter((term) => {
    const known = seen.size;
    seen.add(JSON.stringify([...[term, ...term.alternatives].map(soughtBy), term.excluded]));
    return seen.size > known;
  });
}

function soughtBy({ tokens, isPrefix, substring }: SearchWord): unknown {
  return [tokens, isPrefix, substring];
}

const sentenceEnd = /[.,;:!?…'’\s]+$/;

/** For the characters alone: a phrase keeps the punctuation at its end otherwise. */
function stripSentence(text: string): string {
  if (text.length > exactLength * 2) return text;
  return text.replace(sentenceEnd, "").trim();
}

function cutAt(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function shorten(text: string): string {
  return text.length > 60 ? `${cutAt(text, 60)}…` : text;
}
