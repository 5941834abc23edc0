import { DatabaseSync } from "node:sqlite";
import { wordTokenizer } from "./word-facts.ts";

/** A real full-text table that says which words it makes of texts. */
export class FtsWords {
  readonly #database = new DatabaseSync(":memory:");

  constructor() {
    this.#database.exec(`create virtual table t using fts5(x, content='', tokenize="${wordTokenizer}");
      create virtual table v using fts5vocab(t, 'instance')`);
  }

  /** The terms of each text, in the order in which they stand there. */
  read(texts: readonly string[]): string[][] {
    const database = this.#database;
    database.exec("begin");
    const insert = database.prepare("insert into t(rowid, x) values (?, ?)");
    for (const [index, text] of texts.entries()) insert.run(index + 1, text);
    const terms: string[][] = texts.map(() => []);
    for (const row of database.prepare("select doc, offset, term from v").iterate()) {
      const of = terms[Number(row["doc"]) - 1];
      if (of !== undefined) of[Number(row["offset"])] = String(row["term"]);
    }
    database.exec("rollback");
    return terms;
  }

  close(): void {
    this.#database.close();
  }
}
