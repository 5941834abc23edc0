import { DatabaseSync } from "node:sqlite";
import { indexLines } from "../index-lines.ts";

/** Everything that an index says and every word that it finds, with where, as lines that do not depend on numbers. */
export function dumpIndex(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const lines = [...indexLines(database)];
    // A temporary table is no write to the file.
    database.exec("CREATE VIRTUAL TABLE temp.instances USING fts5vocab('main', 'words', 'instance')");
    const words = database.prepare(
      `SELECT s.session_id, d.place, d.message_id, i.term, i.col, i.offset FROM temp.instances i
       LEFT JOIN docs d ON d.doc = i.doc LEFT JOIN sessions s ON s.number = d.session`,
    );
    words.setReturnArrays(true);
    const found = words.all().map((row) => `word ${JSON.stringify(row)}`);
    return [...lines, ...found.sort()];
  } finally {
    database.close();
  }
}
