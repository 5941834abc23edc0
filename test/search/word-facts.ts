import { DatabaseSync } from "node:sqlite";

/** What SQLite's tokenizer does with one character: cuts there, keeps it (as `folded`), or drops it inside a word. */
export interface WordFact {
  kind: "separator" | "word" | "dropped";
  folded: string;
}

export const wordTokenizer = "unicode61 remove_diacritics 2";
export const lastCodePoint = 0x10ffff;

export function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

/** Asks the real tokenizer about every character up to `last`: some 10 s for all that there are. */
export function readWordFacts(last: number = lastCodePoint): WordFact[] {
  const database = new DatabaseSync(":memory:");
  database.exec(`create virtual table t using fts5(x, content='', tokenize="${wordTokenizer}");
    create virtual table v using fts5vocab(t, 'instance'); begin`);
  const insert = database.prepare("insert into t(rowid, x) values (?, ?)");
  for (let codePoint = 0; codePoint <= last; codePoint += 1) {
    if (isSurrogate(codePoint)) continue;
    insert.run(codePoint + 1, `a${String.fromCodePoint(codePoint)}b`);
  }
  database.exec("commit");
  const words: string[] = [];
  for (const row of database.prepare("select doc, offset, term from v").iterate()) {
    const codePoint = Number(row["doc"]) - 1;
    // The second word of a text that was cut tells nothing new.
    if (Number(row["offset"]) === 0) words[codePoint] = String(row["term"]);
  }
  database.close();
  return Array.from({ length: last + 1 }, (_, codePoint): WordFact => {
    const word = words[codePoint] ?? "a";
    if (word === "a") return { kind: "separator", folded: "" };
    const folded = word.slice(1, -1);
    return { kind: folded === "" ? "dropped" : "word", folded };
  });
}
