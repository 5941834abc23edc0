import type { DatabaseSync, StatementSync } from "node:sqlite";
import { closestWords, parseSearchQuery, toFtsMatch, wordTokens } from "@chatty/model";
import type { ParsedQuery } from "@chatty/model";

/** How long other spellings are looked for. Milliseconds. */
const lookMs = 60;
const suggestionLimit = 3;
const correctedWords = 3;
/** Letters that all words begin with that are compared with one that was mistyped further on. */
const sameBeginning = 2;
const alphabets: readonly [RegExp, string][] = [
  [/^[a-z]/, "abcdefghijklmnopqrstuvwxyz"],
  [/^[\u0430-\u044f\u0451]/, "абвгдежзийклмнопрстуфхцчшщъыьэюя"],
  [/^[\u03b1-\u03c9]/, "αβγδεζηθικλμνξοπρστυφχψω"],
];

/** Finds other spellings among the words of the index. */
export class Spelling {
  readonly #database: DatabaseSync;
  #exists: StatementSync | undefined;
  #vocabulary: StatementSync | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Other queries for one that finds nothing, the likeliest first; each of them finds something.
   * @param query as it was typed.
   * @param now what its dates are counted from.
   */
  suggest(query: string, parsed: ParsedQuery, now: number): string[] {
    const deadline = performance.now() + lookMs;
    const unknown = this.#unknownWords(parsed).slice(0, correctedWords);
    if (unknown.length === 0) return [];
    const corrections = unknown.map((word) => ({ word, others: this.#others(word, deadline) }));
    if (corrections.some(({ others }) => others.length === 0)) return [];
    const found = new Set<string>();
    for (let rank = 0; rank < suggestionLimit; rank += 1) {
      const replaced = new Map(
        corrections.map(({ word, others }) => [word, others[Math.min(rank, others.length - 1)] ?? word]),
      );
      const suggestion = withWords(query, replaced);
      const match = toFtsMatch(parseSearchQuery(suggestion, { now }));
      if (match !== "" && this.#hasHits(match)) found.add(suggestion);
    }
    return [...found];
  }

  /** Words of the query that no document has. */
  #unknownWords(parsed: ParsedQuery): string[] {
    const words = parsed.terms
      .filter(({ excluded, isExact, alternatives }) => !excluded && !isExact && alternatives.length === 0)
      .flatMap(({ tokens, isPrefix }) => (isPrefix ? tokens.slice(0, -1) : tokens));
    return [...new Set(words)].filter((word) => !this.#isWord(word));
  }

  #others(word: string, deadline: number): string[] {
    return closestWords(word, this.#candidates(word, deadline), { limit: suggestionLimit });
  }

  *#candidates(word: string, deadline: number): Generator<string> {
    for (const candidate of oneMistake(word)) {
      if (performance.now() > deadline) return;
      if (this.#isWord(candidate)) yield candidate;
    }
    const beginning = Array.from(word).slice(0, sameBeginning).join("");
    this.#database.exec(
      "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'words', 'row')",
    );
    this.#vocabulary ??= this.#database.prepare(
      "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ?",
    );
    for (const { term } of this.#vocabulary.iterate(beginning, `${beginning}\u{10ffff}`)) {
      if (performance.now() > deadline) return;
      yield String(term);
    }
  }

  #isWord(word: string): boolean {
    return this.#hasHits(`"${word.replaceAll('"', "")}"`);
  }

  #hasHits(match: string): boolean {
    this.#exists ??= this.#database.prepare("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1");
    return this.#exists.get(match) !== undefined;
  }
}

/** Everything that is one mistake away: a letter too many, two exchanged, another one, one too few. */
function* oneMistake(word: string): Generator<string> {
  const letters = Array.from(word);
  if (letters.length < 3 || letters.length > 40) return;
  const alphabet = Array.from(alphabets.find(([pattern]) => pattern.test(word))?.[1] ?? "");
  const put = (at: number, removed: number, ...added: string[]): string =>
    letters.toSpliced(at, removed, ...added).join("");
  for (let at = 0; at < letters.length; at += 1) {
    yield put(at, 1);
    const [letter = "", next] = letters.slice(at, at + 2);
    if (next !== undefined) yield put(at, 2, next, letter);
  }
  for (let at = 0; at <= letters.length; at += 1) {
    for (const letter of alphabet) {
      if (at < letters.length) yield put(at, 1, letter);
      yield put(at, 0, letter);
    }
  }
}

function withWords(query: string, replaced: ReadonlyMap<string, string>): string {
  let text = "";
  let copied = 0;
  for (const { term, from, to } of wordTokens(query)) {
    const other = replaced.get(term);
    if (other === undefined || from < copied) continue;
    text += query.slice(copied, from) + other;
    copied = to;
  }
  return text + query.slice(copied);
}
