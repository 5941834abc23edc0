import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AttributeTable } from "./attribute-table.ts";
import { titleBit } from "./document.ts";
import { DocumentCollector, bestDocuments } from "./found-documents.ts";
import type { FoundDocuments } from "./found-documents.ts";
import { pieceMatch, piecesState } from "./piece-index.ts";
import type { Question } from "./question.ts";
import type { DocumentFilter } from "./session-filter.ts";

/** Hits of a term from which on it is too common to be ranked, and that are looked at then. */
export const hitBound = 30_000;
/** Documents whose characters are looked through at most, and for how long. Milliseconds. */
const scanMs = 250;
const scanRows = 500;
/** So many documents are gone through one by one without a second thought. */
const scannedDocuments = 20_000;
/** Documents with excluded words that are taken out one by one. */
const excludedBound = 300_000;
/** The best of which so many are looked at word for word. */
const wordForWordBound = 300;
const wordForWordWeight = 1.5;
/** Weights of text, title, thinking, tool and file. */
const weights = "1.0, 2.0, 0.5, 0.5, 0.6";
/** How much more a document of today counts than a very old one, and after how long half of that is gone. */
const recencyWeight = 0.25;
const halfLifeMs = 180 * 24 * 60 * 60 * 1000;
/** Counts of terms that are kept while the index does not change. */
const countsKept = 10_000;

/** Finds documents by words and characters. */
export class DocumentFinder {
  readonly #database: DatabaseSync;
  readonly #table: AttributeTable;
  readonly #statements = new Map<string, StatementSync>();
  readonly #counts = new Map<string, number>();
  #countsOf = -1;

  constructor(database: DatabaseSync, table: AttributeTable) {
    this.#database = database;
    this.#table = table;
  }

  /** @param now integer milliseconds UTC: what recency is reckoned from. */
  find(question: Question, filter: DocumentFilter, wantsRank: boolean, now: number): FoundDocuments {
    // An empty list of fields: two conditions that nothing fulfils together.
    if (question.fields?.length === 0) {
      return new DocumentCollector().found({ isRanked: wantsRank, isComplete: true, backToDoc: undefined });
    }
    if (question.exact.some(({ excluded }) => !excluded) && question.match === "") {
      return this.#scan(question, filter);
    }
    const exact = this.#exactTest(question);
    if (question.match === "") return this.#everything(question, filter, exact);
    const scored = wantsRank ? question.terms.filter((term) => this.countOf(term) <= hitBound) : [];
    const found =
      scored.length === 0
        ? this.#newest(question.match, filter, exact)
        : this.#ranked(question, scored, filter, exact, now);
    if (found.isRanked && question.wordForWord.length > 0) this.#preferWordForWord(question, found);
    return found;
  }

  /** The documents of a term, the newest first. @param hits as {@link DocumentFinder.countOf} tells. */
  docsOf(term: string, hits: number): number[] {
    return this.#docs(term, hits);
  }

  /** The best documents that fulfil an expression and a test. */
  best(
    match: string,
    test: (position: number, doc: number) => boolean,
    limit: number,
    now: number,
  ): { position: number; doc: number }[] {
    const collected = new DocumentCollector();
    const sql = `SELECT rowid, bm25(words, ${weights}) FROM words WHERE words MATCH ?`;
    for (const [doc, rank] of this.#arrays(sql).all(match) as unknown as [number, number][]) {
      const position = this.#table.positionOf(doc);
      if (position === undefined || !test(position, doc)) continue;
      collected.add(position, -rank * recency(this.#table.timeAt(position), now));
    }
    const found = collected.found({ isRanked: true, isComplete: true, backToDoc: undefined });
    return bestDocuments(found, (position) => this.#table.docAt(position), limit, undefined);
  }

  /** Whether a document that was found by its meaning fulfils what a question says of words and characters. */
  allowsMeaning(position: number, doc: number, question: Question): boolean {
    if (!this.#exactTest(question)(doc)) return false;
    // FTS5 passes over a bound that is no whole number, which a number that is bound never is.
    const sql = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = CAST(? AS INTEGER)";
    const has = (match: string): boolean => this.#arrays(sql).get(match, doc) !== undefined;
    if (question.exclusion !== "" && has(question.exclusion)) return false;
    return question.phrases.every(has) && this.#table.bitsAt(position) >= 0;
  }

  /** Documents that have any of some terms, ranked; terms that are too common are left out. */
  findAny(terms: readonly string[], filter: DocumentFilter, now: number): FoundDocuments {
    const collected = new DocumentCollector();
    const scored = terms.filter((term) => this.countOf(term) <= hitBound);
    const sql = `SELECT rowid, bm25(words, ${weights}) FROM words WHERE words MATCH ? ORDER BY rank LIMIT 1000`;
    const rows = scored.length === 0 ? [] : this.#arrays(sql).all(scored.join(" OR "));
    for (const [doc, rank] of rows as unknown as [number, number][]) {
      const position = this.#table.positionOf(doc);
      if (position === undefined || !filter.allows(position)) continue;
      collected.add(position, -rank * recency(this.#table.timeAt(position), now));
    }
    return collected.found({ isRanked: true, isComplete: false, backToDoc: undefined });
  }

  /** Documents that fulfil a MATCH expression; beyond {@link hitBound} no more are counted. */
  countOf(match: string): number {
    if (this.#countsOf !== this.#table.epoch || this.#counts.size > countsKept) this.#counts.clear();
    this.#countsOf = this.#table.epoch;
    const known = this.#counts.get(match);
    if (known !== undefined) return known;
    const sql = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)";
    const [count] = this.#arrays(sql).get(match, hitBound + 1) as unknown as [number];
    this.#counts.set(match, count);
    return count;
  }

  #ranked(
    question: Question,
    scored: readonly string[],
    filter: DocumentFilter,
    exact: (doc: number) => boolean,
    now: number,
  ): FoundDocuments {
    const { match, terms, exclusion } = question;
    const table = this.#table;
    // FTS5 counts all hits of every word that it ranks by: a common one is only matched.
    const isWhole = scored.length === terms.length && exclusion === "";
    const expression = isWhole ? match : scored.map((term) => `(${term})`).join(" AND ");
    const among = isWhole ? undefined : new Set(this.#docs(match, hitBound + 1));
    const sql = `SELECT rowid, bm25(words, ${weights}) FROM words WHERE words MATCH ?`;
    const rows = this.#arrays(sql).all(expression) as unknown as [number, number][];
    const collected = new DocumentCollector();
    for (const [doc, rank] of rows) {
      if (among?.has(doc) === false) continue;
      const position = table.positionOf(doc);
      if (position === undefined || !filter.allows(position) || !exact(doc)) continue;
      collected.add(position, -rank * recency(table.timeAt(position), now));
    }
    return collected.found({ isRanked: true, isComplete: true, backToDoc: undefined });
  }

  #newest(match: string, filter: DocumentFilter, exact: (doc: number) => boolean): FoundDocuments {
    const docs = this.#docs(match, hitBound + 1);
    const collected = new DocumentCollector();
    const isComplete = docs.length <= hitBound;
    if (!isComplete) docs.pop();
    for (const doc of docs) {
      const position = this.#table.positionOf(doc);
      if (position !== undefined && filter.allows(position) && exact(doc)) collected.add(position, doc);
    }
    return collected.found({ isRanked: false, isComplete, backToDoc: isComplete ? undefined : docs.at(-1) });
  }

  /** Without words: what the filters leave, the newest first. */
  #everything(question: Question, filter: DocumentFilter, exact: (doc: number) => boolean): FoundDocuments {
    const excluded = question.exclusion === "" ? undefined : this.#docs(question.exclusion, excludedBound);
    const isCut = excluded?.length === excludedBound;
    const lastKnown = isCut ? (excluded.at(-1) ?? 0) : 0;
    const out = new Set(excluded);
    const collected = new DocumentCollector();
    const deadline = question.exact.length === 0 ? Infinity : performance.now() + scanMs;
    let last: number | undefined;
    for (const position of this.#table.newestFirst()) {
      const doc = this.#table.docAt(position);
      if (
        doc < lastKnown ||
        collected.count > hitBound ||
        (deadline < Infinity && performance.now() > deadline)
      ) {
        return collected.found({ isRanked: false, isComplete: false, backToDoc: last });
      }
      last = doc;
      if (!out.has(doc) && filter.allows(position) && exact(doc)) collected.add(position, doc);
    }
    return collected.found({ isRanked: false, isComplete: true, backToDoc: undefined });
  }

  /** Whether there are too many documents to go through their characters each time. */
  wantsPieces({ exact, match }: Question): boolean {
    const isScan = match === "" && exact.some(({ excluded }) => !excluded);
    return isScan && this.#table.size > scannedDocuments && this.#piecesFrom() === undefined;
  }

  /** By characters: first those that the second index has, then the others one by one for as long as that may take. */
  #scan(question: Question, filter: DocumentFilter): FoundDocuments {
    const collected = new DocumentCollector();
    const test = this.#exactTest(question);
    const excluded =
      question.exclusion === "" ? undefined : new Set(this.#docs(question.exclusion, excludedBound));
    const isFound = (position: number, doc: number): boolean =>
      excluded?.has(doc) !== true && filter.allows(position) && test(doc);
    const cut = (backToDoc: number | undefined): FoundDocuments =>
      collected.found({ isRanked: false, isComplete: false, backToDoc });
    const deadline = performance.now() + scanMs;
    const known = this.#byPieces(question);
    for (const [index, doc] of (known?.docs ?? []).entries()) {
      const position = this.#table.positionOf(doc);
      if (position !== undefined && isFound(position, doc)) collected.add(position, doc);
      if (index % 100 === 99 && performance.now() > deadline) return cut(doc);
    }
    if (known?.isCut === true) return cut(known.docs.at(-1));
    let looked = 0;
    let last: number | undefined;
    for (const position of known?.from === 0 ? [] : this.#table.newestFirst()) {
      const doc = this.#table.docAt(position);
      if (known !== undefined && doc >= known.from) continue;
      looked += 1;
      if (looked % scanRows === 0 && performance.now() > deadline) return cut(last);
      last = doc;
      if (isFound(position, doc)) collected.add(position, doc);
      if (collected.count > hitBound) return cut(doc);
    }
    return collected.found({ isRanked: false, isComplete: true, backToDoc: undefined });
  }

  /** Documents that may have what is looked for, as far back as the second index goes. */
  #byPieces({ exact }: Question): { docs: number[]; from: number; isCut: boolean } | undefined {
    const from = this.#piecesFrom();
    const match = pieceMatch(exact.filter(({ excluded }) => !excluded).map(({ text }) => text));
    if (from === undefined || match === "") return undefined;
    const sql =
      "SELECT json_group_array(rowid) FROM (SELECT rowid FROM pieces WHERE pieces MATCH ? ORDER BY rowid DESC LIMIT ?)";
    const [list] = this.#arrays(sql).get(match, hitBound + 1) as unknown as [string];
    const docs = JSON.parse(list) as number[];
    const isCut = docs.length > hitBound;
    if (isCut) docs.pop();
    return { docs, from, isCut };
  }

  /** The oldest document from which on the second index has all; undefined while there is none. */
  #piecesFrom(): number | undefined {
    const row = this.#arrays("SELECT value FROM state WHERE key = ?").get(piecesState) as
      | readonly unknown[]
      | undefined;
    return row === undefined ? undefined : Number(row[0]);
  }

  #exactTest({ exact, fields }: Question): (doc: number) => boolean {
    if (exact.length === 0) return () => true;
    return (doc) => {
      const text = this.textOf(doc, fields);
      return exact.every((stretch) => text.includes(stretch.text) !== stretch.excluded);
    };
  }

  #preferWordForWord({ wordForWord, fields }: Question, found: FoundDocuments): void {
    const order = Array.from({ length: found.count }, (_, index) => index);
    const scoreAt = (index: number): number => found.scores[index] ?? 0;
    if (order.length > wordForWordBound) {
      order.sort((left, right) => scoreAt(right) - scoreAt(left) || left - right);
    }
    for (const index of order.slice(0, wordForWordBound)) {
      const text = this.textOf(this.#table.docAt(found.positions[index] ?? 0), fields);
      const isThere = wordForWord.every((stretch) => text.includes(stretch));
      if (isThere) found.scores[index] = scoreAt(index) * wordForWordWeight;
    }
  }

  /** The words of a document in small letters, as far as they lie in the fields. */
  textOf(doc: number, fields: readonly string[] | undefined): string {
    const position = this.#table.positionOf(doc);
    if (position === undefined) return "";
    if ((this.#table.bitsAt(position) & titleBit) !== 0) {
      const session = this.#table.session(this.#table.sessionNumberAt(position));
      return fields?.includes("title") === false ? "" : (session?.title.toLowerCase() ?? "");
    }
    const sql = "SELECT text, thinking, tool, file FROM bodies WHERE doc = ?";
    const row = this.#arrays(sql).get(doc) as unknown as [string, string, string, string] | undefined;
    if (row === undefined) return "";
    const wanted = row.filter((_, index) => fields?.includes(bodyFields[index] ?? "") !== false);
    // What stands in two fields is no stretch.
    return wanted.join("\u0000").toLowerCase();
  }

  /** Documents that fulfil an expression, the newest first. */
  #docs(match: string, limit: number): number[] {
    const sql =
      "SELECT json_group_array(rowid) FROM (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?)";
    const [list] = this.#arrays(sql).get(match, limit) as unknown as [string];
    return JSON.parse(list) as number[];
  }

  #arrays(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const bodyFields = ["text", "thinking", "tool", "file"];

function recency(time: number, now: number): number {
  return 1 + recencyWeight * 2 ** -(Math.max(now - time, 0) / halfLifeMs);
}
