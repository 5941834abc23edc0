import { letter, symbol, unspaced, wordKind } from "./word-kinds.ts";
import { codePointAt } from "./word-tokens.ts";

/** A stretch of a query. Offsets are UTF-16 units, the end exclusive. */
export type QueryPiece = Placed &
  (
    | { kind: "word"; text: string; excluded: boolean; isPrefix: boolean }
    | { kind: "phrase"; text: string; excluded: boolean; isPrefix: boolean }
    | { kind: "condition"; key: string; value: string; excluded: boolean; written: string }
    /** No letter and no digit in it. */
    | { kind: "signs"; text: string }
    | { kind: "or" }
  );

interface Placed {
  from: number;
  to: number;
  /** Parentheses that open before it, and close after it. */
  opens: number;
  closes: number;
  /** Stands in `-( … )`. */
  inExcludedGroup: boolean;
}

const conditionKeys = new Set([
  "from",
  "runtime",
  "construct",
  "model",
  "before",
  "after",
  "on",
  "has",
  "in",
  "is",
  "session",
  "code",
]);

const spacePattern = /\s/;
const closingPattern = /^\)+$/;
const keyPattern = /([A-Za-z]{1,16}):/y;
/** What a quotation may be closed by. */
const closingQuotes: Readonly<Record<string, string>> = { '"': '"', "“": '”“"', "„": '“”"' };
const afterQuote = /[),.;:!?]*/y;

/** Cuts a query into its pieces, in one pass. Nothing of it is an error. */
export function readQueryPieces(query: string): QueryPiece[] {
  return new PieceReader(query).read();
}

class PieceReader {
  readonly #query: string;
  readonly #pieces: QueryPiece[] = [];
  /** Where the stretch without spaces ends in which the reader is. */
  #blockEnd = 0;
  /** Where the next letter or digit stands. */
  #nextLetter = -1;
  #depth = 0;
  /** Parentheses that stand apart before the next piece. */
  #waitingOpens = 0;
  /** The depth at which `-(` stands; 0 for none. */
  #excludedDepth = 0;

  constructor(query: string) {
    this.#query = query;
  }

  read(): QueryPiece[] {
    let at = 0;
    while (at < this.#query.length) {
      if (spacePattern.test(this.#query[at] ?? "")) at += 1;
      else at = this.#readPiece(at);
    }
    return this.#pieces;
  }

  #readPiece(from: number): number {
    const query = this.#query;
    if (this.#blockEnd <= from) this.#blockEnd = this.#findBlockEnd(from);
    let at = from;
    while (query[at] === "(") at += 1;
    let opens = at - from;
    let excluded = false;
    let opensExcluded = false;
    // `--flag` is a word, and so is a dash that stands alone.
    if (query[at] === "-" && at + 1 < this.#blockEnd && query[at + 1] !== "-") {
      excluded = true;
      at += 1;
      const groups = at;
      while (query[at] === "(") at += 1;
      opensExcluded = at > groups;
      opens += at - groups;
    }
    const isQuote = closingQuotes[query[at] ?? ""] !== undefined;
    const hasContent = isQuote || this.#hasLetter(at);
    // A parenthesis may stand apart from what it opens before or closes after.
    const isApart = at === this.#blockEnd && opens > 0 && this.#nextLetter < query.length;
    if (!hasContent && !isApart) return this.#readSigns(from);
    this.#depth += opens;
    if (opensExcluded && this.#excludedDepth === 0) this.#excludedDepth = this.#depth;
    if (!hasContent) {
      this.#waitingOpens += opens;
      return at;
    }
    if (isQuote) return this.#readPhrase(from, at, opens, excluded);
    return this.#readCondition(from, at, opens, excluded) ?? this.#readWord(from, at, opens, excluded);
  }

  #readSigns(from: number): number {
    const text = this.#query.slice(from, this.#blockEnd);
    const last = this.#pieces.at(-1);
    if (this.#depth === 0 || last === undefined || !closingPattern.test(text)) {
      return this.#add({ kind: "signs", text }, from, this.#blockEnd, 0, 0);
    }
    last.closes += text.length;
    this.#close(text.length);
    return this.#blockEnd;
  }

  #readPhrase(from: number, at: number, opens: number, excluded: boolean): number {
    const quoted = readQuoted(this.#query, at);
    const isPrefix = this.#query[quoted.end] === "*";
    const to = quoted.end + (isPrefix ? 1 : 0);
    afterQuote.lastIndex = to;
    const tail = afterQuote.exec(this.#query)?.[0] ?? "";
    const closes = tail.split(")").length - 1;
    return this.#add(
      { kind: "phrase", text: quoted.text, excluded, isPrefix },
      from,
      to + tail.length,
      opens,
      closes,
    );
  }

  #readCondition(from: number, at: number, opens: number, excluded: boolean): number | undefined {
    keyPattern.lastIndex = at;
    const key = keyPattern.exec(this.#query)?.[1]?.toLowerCase();
    if (key === undefined || !conditionKeys.has(key)) return undefined;
    const valueAt = at + key.length + 1;
    const isQuoted = closingQuotes[this.#query[valueAt] ?? ""] !== undefined;
    const quoted = isQuoted ? readQuoted(this.#query, valueAt) : undefined;
    let to = quoted?.end ?? this.#blockEnd;
    let closes = 0;
    // A parenthesis closes a group here, or belongs to a value that has the opening one as well.
    if (quoted === undefined) closes = unbalancedEnd(this.#query.slice(valueAt, to));
    // A list is written with commas.
    const value = quoted?.text ?? this.#query.slice(valueAt, to - closes).replace(/[,;]$/, "");
    if (value === "") return undefined;
    if (quoted !== undefined) {
      while (this.#query[to + closes] === ")") closes += 1;
      to += closes;
    }
    const written = this.#query.slice(at, to - closes);
    return this.#add({ kind: "condition", key, value, excluded, written }, from, to, opens, closes);
  }

  #readWord(from: number, at: number, opens: number, excluded: boolean): number {
    let to = this.#blockEnd;
    keyPattern.lastIndex = at;
    const key = keyPattern.exec(this.#query)?.[0] ?? "";
    // `name:"two words"` with a name that means nothing is a word and a phrase.
    if (key !== "" && closingQuotes[this.#query[at + key.length] ?? ""] !== undefined) to = at + key.length;
    const raw = this.#query.slice(at, to);
    if (raw === "OR" && !excluded && opens === 0) return this.#add({ kind: "or" }, from, to, 0, 0);
    const trimmed = trimWord(raw);
    const isPrefix = /[^*]\*$/.test(trimmed.text);
    const text = isPrefix ? trimmed.text.slice(0, -1) : trimmed.text;
    return this.#add({ kind: "word", text, excluded, isPrefix }, from, to, opens, trimmed.closes);
  }

  #add(
    piece: QueryPiece extends infer Each ? (Each extends Placed ? Omit<Each, keyof Placed> : never) : never,
    from: number,
    to: number,
    opens: number,
    closes: number,
  ): number {
    const inExcludedGroup = this.#excludedDepth > 0;
    this.#pieces.push({ ...piece, from, to, opens: opens + this.#waitingOpens, closes, inExcludedGroup });
    this.#waitingOpens = 0;
    this.#close(closes);
    return to;
  }

  #close(groups: number): void {
    this.#depth = Math.max(0, this.#depth - groups);
    if (this.#depth < this.#excludedDepth) this.#excludedDepth = 0;
  }

  #findBlockEnd(from: number): number {
    let at = from;
    while (at < this.#query.length && !spacePattern.test(this.#query[at] ?? "")) at += 1;
    return at;
  }

  #hasLetter(from: number): boolean {
    if (this.#nextLetter < from) this.#nextLetter = findLetter(this.#query, from);
    return this.#nextLetter < this.#blockEnd;
  }
}

function findLetter(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const kind = wordKind(codePointAt(text, at));
    if (kind === letter || kind === unspaced || kind === symbol) return at;
  }
  return text.length;
}

/** What stands between quotes; two in a row stand for one. A quotation that nothing closes goes to the end. */
function readQuoted(query: string, start: number): { text: string; end: number } {
  const opening = query[start] ?? "";
  const closing = closingQuotes[opening] ?? '"';
  let text = "";
  let copied = start + 1;
  for (let at = copied; at < query.length; at += 1) {
    const character = query[at] ?? "";
    if (!closing.includes(character)) continue;
    text += query.slice(copied, at);
    if (character !== '"' || query[at + 1] !== '"') return { text, end: at + 1 };
    text += '"';
    at += 1;
    copied = at + 1;
  }
  return { text: text + query.slice(copied), end: query.length };
}

/** How many parentheses at the end close nothing that opens in the same text. */
function unbalancedEnd(text: string): number {
  let end = 0;
  while (end < text.length && text[text.length - 1 - end] === ")") end += 1;
  if (end === 0) return 0;
  let open = 0;
  for (const character of text) {
    if (character === "(") open += 1;
    else if (character === ")") open -= 1;
  }
  return Math.max(0, Math.min(end, -open));
}

const sentenceEnd = ".,;:!?…'’\"”“";
const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{", ">": "<" };

/** A word without the quotes and the punctuation of the sentence around it. `closes` counts parentheses that were cut off. */
function trimWord(raw: string): { text: string; closes: number } {
  let unopened: Map<string, number> | undefined;
  let to = raw.length;
  let closes = 0;
  for (; to > 0; to -= 1) {
    const last = raw[to - 1] ?? "";
    if (sentenceEnd.includes(last)) continue;
    if (pairs[last] === undefined) break;
    unopened ??= countUnopened(raw);
    const left = unopened.get(last) ?? 0;
    if (left <= 0) break;
    unopened.set(last, left - 1);
    if (last === ")") closes += 1;
  }
  let from = 0;
  while (from < to && "'‘’".includes(raw[from] ?? " ")) from += 1;
  return { text: raw.slice(from, to), closes };
}

/** Of each closing bracket, how many more there are than opening ones. */
function countUnopened(raw: string): Map<string, number> {
  const unopened = new Map<string, number>();
  for (const [closing, opening] of Object.entries(pairs)) {
    let more = 0;
    for (const character of raw) {
      if (character === closing) more += 1;
      else if (character === opening) more -= 1;
    }
    unopened.set(closing, more);
  }
  return unopened;
}
