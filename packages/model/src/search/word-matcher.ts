import type { SearchWord } from "./parsed-query.ts";
import { foldedCodePoint, unspaced, wordKind } from "./word-kinds.ts";
import { codePointAt, foldText, scanWords, unspacedEnd } from "./word-tokens.ts";

/** Something that was looked for, where it stands: `word` counts the words that were given. UTF-16 units, the end exclusive. */
export interface WordMatch {
  word: number;
  from: number;
  to: number;
}

interface Phrase {
  word: number;
  /** Numbers of the terms that must follow each other; the last one is in `prefix` where it may go on. */
  ids: number[];
  prefix: string | undefined;
  /** For each length that fits, the longest shorter one that fits then as well (Knuth, Morris and Pratt 1977). */
  shorter: number[];
  fitting: number;
}

/**
 * Calls `visit` for each match in a text, ordered by where it ends (exact stretches: see `scanExact`), until it says false.
 * Takes time in proportion to the text, however many terms repeat. Words that are exact are left out.
 */
export function scanMatches(
  text: string,
  words: readonly SearchWord[],
  visit: (match: WordMatch) => boolean,
  start = 0,
  end: number = text.length,
): void {
  const matcher = new WordMatcher(text, words, visit);
  if (!matcher.isEmpty) scanWords(text, start, (from, to) => matcher.take(from, to), end);
}

class WordMatcher {
  readonly #text: string;
  readonly #visit: (match: WordMatch) => boolean;
  readonly #idOfTerm = new Map<string, number>();
  /** Words of one term, by its number. */
  readonly #single: number[][] = [];
  readonly #prefixes: { word: number; prefix: string }[] = [];
  readonly #phrases: Phrase[] = [];
  /** The low bits of the first two characters of the terms that matter: most words of a text are passed over by them. */
  readonly #beginnings = new Uint8Array(1024);
  /** The same of the first characters alone. */
  readonly #rows = new Uint8Array(32);
  /** Where the last words began, as many as the longest phrase has. */
  readonly #starts: number[];
  #count = 0;
  #isFitting = false;

  constructor(text: string, words: readonly SearchWord[], visit: (match: WordMatch) => boolean) {
    this.#text = text;
    this.#visit = visit;
    let longest = 1;
    for (const [word, { tokens, isPrefix }] of words.entries()) {
      longest = Math.max(longest, tokens.length);
      this.#add(word, tokens, isPrefix);
    }
    this.#starts = Array.from({ length: longest }, () => 0);
  }

  get isEmpty(): boolean {
    return this.#single.length === 0 && this.#prefixes.length === 0 && this.#phrases.length === 0;
  }

  /** Takes the next word of the text. @returns false when no more is wanted */
  take(from: number, to: number): boolean {
    this.#starts[this.#count % this.#starts.length] = from;
    this.#count += 1;
    const first = codePointAt(this.#text, from);
    const isUnspaced = wordKind(first) === unspaced;
    // Decomposed letters fold into one that begins otherwise.
    if (!isUnspaced && !this.#mayMatter(first, from, to)) {
      if (this.#isFitting) this.#forget();
      return true;
    }
    const term = foldText(this.#text.slice(from, to));
    const id = this.#idOfTerm.get(term) ?? -1;
    for (const word of this.#single[id] ?? []) if (!this.#visit({ word, from, to })) return false;
    for (const { word, prefix } of this.#prefixes) {
      if (!term.startsWith(prefix)) continue;
      if (!this.#visit({ word, from, to: isUnspaced ? this.#prefixEnd(from, prefix) : to })) return false;
    }
    for (const phrase of this.#phrases) {
      if (!this.#takeIntoPhrase(phrase, id, term, from, to, isUnspaced)) return false;
    }
    return true;
  }

  #mayMatter(first: number, from: number, to: number): boolean {
    const row = (foldedCodePoint(first) & 31) * 32;
    const second = to - from > 1 && first < 0x80 ? this.#text.charCodeAt(from + 1) : 0x80;
    // Letters beyond ASCII may fold into others, or away.
    if (second < 0x80) return this.#beginnings[row + (foldedCodePoint(second) & 31)] === 1;
    return this.#rows[row / 32] === 1;
  }

  #add(word: number, tokens: readonly string[], isPrefix: boolean): void {
    const last = tokens.at(-1);
    if (last === undefined) return;
    for (const token of tokens) {
      const row = (token.codePointAt(0) ?? 0) & 31;
      this.#rows[row] = 1;
      if (token.length > 1) this.#beginnings[row * 32 + (token.charCodeAt(1) & 31)] = 1;
      // Nothing is known of what follows in a word that goes on.
      else if (isPrefix && token === last) this.#beginnings.fill(1, row * 32, row * 32 + 32);
    }
    if (tokens.length === 1 && isPrefix) {
      this.#prefixes.push({ word, prefix: last });
      return;
    }
    const ids = (isPrefix ? tokens.slice(0, -1) : tokens).map((token) => this.#idOf(token));
    if (tokens.length > 1) {
      const prefix = isPrefix ? last : undefined;
      this.#phrases.push({ word, ids, prefix, shorter: shorterFits(ids), fitting: 0 });
    } else this.#single[ids[0] ?? 0]?.push(word);
  }

  #idOf(token: string): number {
    const known = this.#idOfTerm.get(token);
    if (known !== undefined) return known;
    this.#single.push([]);
    this.#idOfTerm.set(token, this.#single.length - 1);
    return this.#single.length - 1;
  }

  #takeIntoPhrase(
    phrase: Phrase,
    id: number,
    term: string,
    from: number,
    to: number,
    isUnspaced: boolean,
  ): boolean {
    const { ids, prefix, word } = phrase;
    if (prefix !== undefined && phrase.fitting === ids.length && term.startsWith(prefix)) {
      const end = isUnspaced ? this.#prefixEnd(from, prefix) : to;
      if (!this.#visit({ word, from: this.#startBefore(ids.length), to: end })) return false;
    }
    while (phrase.fitting > 0 && ids[phrase.fitting] !== id) {
      phrase.fitting = phrase.shorter[phrase.fitting - 1] ?? 0;
    }
    if (ids[phrase.fitting] === id) phrase.fitting += 1;
    if (phrase.fitting > 0) this.#isFitting = true;
    if (prefix !== undefined || phrase.fitting < ids.length) return true;
    return this.#visit({ word, from: this.#startBefore(ids.length - 1), to });
  }

  /** Where the word began that came so many words ago. */
  #startBefore(words: number): number {
    return this.#starts[(this.#count - 1 - words) % this.#starts.length] ?? 0;
  }

  /** The end of what a prefix stands for in a pair of letters. */
  #prefixEnd(from: number, prefix: string): number {
    let end = from;
    for (let left = Array.from(prefix).length; left > 0; left -= 1)
      end = unspacedEnd(this.#text, end, this.#text.length);
    return end;
  }

  #forget(): void {
    for (const phrase of this.#phrases) phrase.fitting = 0;
    this.#isFitting = false;
  }
}

/** Calls `visit` wherever a stretch of characters stands, small and capital letters alike, until it says false. In linear time. */
export function scanExact(
  text: string,
  substring: string,
  visit: (from: number, to: number) => boolean,
  start = 0,
  end: number = text.length,
): void {
  const units = Array.from({ length: substring.length }, (_, at) => smallUnit(substring.charCodeAt(at)));
  if (units.length === 0) return;
  const shorter = shorterFits(units);
  let fitting = 0;
  for (let at = start; at < end; at += 1) {
    const unit = smallUnit(text.charCodeAt(at));
    while (fitting > 0 && units[fitting] !== unit) fitting = shorter[fitting - 1] ?? 0;
    if (units[fitting] === unit) fitting += 1;
    if (fitting < units.length) continue;
    if (!visit(at + 1 - units.length, at + 1)) return;
    // What is marked once is not marked again.
    fitting = 0;
  }
}

const smallUnits = new Uint16Array(0x10000);

/** A unit as a small letter, where that is one unit as well. */
function smallUnit(unit: number): number {
  if (unit < 0x80) return unit >= 65 && unit <= 90 ? unit + 32 : unit;
  const known = smallUnits[unit];
  if (known !== undefined && known !== 0) return known;
  const small = String.fromCharCode(unit).toLowerCase();
  const found = small.length === 1 ? small.charCodeAt(0) : unit;
  smallUnits[unit] = found;
  return found;
}

/** For each length of a pattern, the longest shorter beginning with which it ends. */
function shorterFits(pattern: readonly number[]): number[] {
  const shorter = [0];
  let fitting = 0;
  for (let at = 1; at < pattern.length; at += 1) {
    while (fitting > 0 && pattern[fitting] !== pattern[at]) fitting = shorter[fitting - 1] ?? 0;
    if (pattern[fitting] === pattern[at]) fitting += 1;
    shorter.push(fitting);
  }
  return shorter;
}
