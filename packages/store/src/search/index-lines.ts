import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/**
 * Everything that an index says of its conversations and messages, line by line, whatever numbers it happened to give them. Two indexes
 * of the same conversations have the same lines.
 */
export function* indexLines(database: DatabaseSync): Generator<string> {
  const docs = database.prepare(
    `SELECT d.place, d.message_id, d.bits, m.name AS model, d.at, b.text, b.thinking, b.tool, b.file
     FROM docs d LEFT JOIN models m ON m.number = d.model LEFT JOIN bodies b ON b.doc = d.doc
     WHERE d.session = ? ORDER BY d.place, d.message_id, d.doc`,
  );
  docs.setReturnArrays(true);
  const sessions = database.prepare("SELECT number, facts, content FROM sessions ORDER BY session_id");
  for (const { number, facts, content } of sessions.iterate()) {
    yield `session ${String(facts)} ${String(content)}`;
    for (const row of docs.all(Number(number))) yield JSON.stringify(row);
  }
  const lost = database.prepare(
    "SELECT count(*) AS count FROM docs WHERE session NOT IN (SELECT number FROM sessions)",
  );
  yield `without a session ${String(lost.get()?.["count"])}`;
  const bare = database.prepare(
    "SELECT count(*) AS count FROM bodies WHERE doc NOT IN (SELECT doc FROM docs)",
  );
  yield `without a document ${String(bare.get()?.["count"])}`;
}

/** The lines of an index as one hash. */
export function indexDigest(database: DatabaseSync): string {
  const hash = createHash("sha256");
  for (const line of indexLines(database)) hash.update(`${line}\n`);
  return hash.digest("hex");
}
