import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checked } from "../catalog/checked-statement.ts";
import { storable } from "./storable.ts";

/** Documents that are taken in at a time. */
const docsAtOnce = 1_000;
/** Characters of a text of which pieces are kept: so much is looked for word by word only in what is longer. */
export const pieceChars = 3;

/** What stands in `state` under `pieces`: the lowest document whose pieces are all there, from the newest on; absent: none are wanted. */
export const piecesState = "pieces";

/** The words of a document as pieces are made of them: in small letters, fields apart. */
export function pieceText(texts: readonly string[]): string {
  return texts
    .filter((text) => text !== "")
    .join("\n")
    .toLowerCase();
}

/**
 * Writes the second index: three characters at a time, for what stands inside of words and for code. Empty until somebody looks for such, then
 * made from the newest document to the oldest, a little at a time. Works inside the transaction of the index.
 */
export class PieceIndex {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #from: number | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.reload();
  }

  /** Reads again how far it is, after changes were given up. */
  reload(): void {
    const row = this.#prepared("SELECT value FROM state WHERE key = ?").get(piecesState);
    this.#from = row === undefined ? undefined : Number(row["value"]);
  }

  /** Has it made. */
  want(): void {
    if (this.#from === undefined) this.#reached(Number.MAX_SAFE_INTEGER);
  }

  put(doc: number, texts: readonly string[]): void {
    if (this.#from === undefined || doc < this.#from) return;
    this.#run("INSERT INTO pieces (rowid, text) VALUES (?, ?)", doc, storable(pieceText(texts)));
  }

  drop(doc: number): void {
    if (this.#from !== undefined && doc >= this.#from) this.#run("DELETE FROM pieces WHERE rowid = ?", doc);
  }

  /** Takes in some more. @returns true while there are more. */
  build(): boolean {
    if (this.#from === undefined || this.#from === 0) return false;
    const rows = this.#prepared(
      `SELECT d.doc, s.title, b.text, b.thinking, b.tool, b.file FROM docs d JOIN sessions s ON s.number = d.session
       LEFT JOIN bodies b ON b.doc = d.doc WHERE d.doc < ? ORDER BY d.doc DESC LIMIT ?`,
    ).all(this.#from, docsAtOnce);
    const lowest = rows.length < docsAtOnce ? 0 : Number(rows.at(-1)?.["doc"]);
    this.#reached(lowest);
    for (const row of rows.reverse()) {
      const fields = ["text", "thinking", "tool", "file"].map((field) => String(row[field] ?? ""));
      this.put(Number(row["doc"]), row["text"] === null ? [String(row["title"])] : fields);
    }
    return lowest > 0;
  }

  /** Leaves nothing of what was taken out. */
  optimize(): void {
    if (this.#from !== undefined) this.#run("INSERT INTO pieces (pieces) VALUES ('optimize')");
  }

  #reached(from: number): void {
    this.#from = from;
    this.#run("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", piecesState, String(from));
  }

  #run(sql: string, ...values: (string | number)[]): void {
    checked(() => this.#prepared(sql).run(...values));
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

/** A MATCH expression that every document fulfils that has these stretches; empty where they are too short to tell. */
export function pieceMatch(stretches: readonly string[]): string {
  const pieces = new Set<string>();
  for (const stretch of stretches) {
    const letters = Array.from(stretch);
    for (let at = 0; at + pieceChars <= letters.length; at += 1) {
      pieces.add(letters.slice(at, at + pieceChars).join(""));
    }
  }
  return [...pieces]
    .slice(0, 100)
    .map((piece) => `"${piece.replaceAll('"', '""')}"`)
    .join(" AND ");
}
