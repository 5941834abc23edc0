// Ways of searching without the store: what full text alone, vectors alone and both by reciprocal rank fusion would find. They say
// what the parts are worth; the store's own search is held against them.
import { DatabaseSync } from "node:sqlite";
import type { Embedder } from "@chatty/model";
import type { CorpusMessage } from "./corpus.ts";
import { deepestPlace } from "./metrics.ts";
import type { Ranker } from "./metrics.ts";

/** FTS5 and bm25, over messages that have any of the words, or all of them. */
export function textRanker(messages: readonly CorpusMessage[], which: "any" | "all" = "any"): Ranker {
  const db = new DatabaseSync(":memory:");
  db.exec(
    `CREATE VIRTUAL TABLE found USING fts5(key UNINDEXED, text, tokenize="unicode61 remove_diacritics 2")`,
  );
  const insert = db.prepare("INSERT INTO found (key, text) VALUES (?, ?)");
  db.exec("BEGIN");
  for (const { key, text } of messages) insert.run(key, text);
  db.exec("COMMIT");
  const select = db.prepare(
    `SELECT key FROM found WHERE found MATCH ? ORDER BY bm25(found) LIMIT ${String(deepestPlace)}`,
  );
  return ({ text }) => {
    const match = wordsOf(text)
      .map((word) => `"${word}"`)
      .join(which === "any" ? " OR " : " ");
    if (match === "") return [];
    return (select.all(match) as { key: string }[]).map(({ key }) => key);
  };
}

function wordsOf(text: string): string[] {
  const folded = text
    .toLowerCase()
    .normalize("NFD")
    .replaceAll(/\p{Mn}/gu, "");
  return [...new Set(folded.match(/[\p{L}\p{N}]+/gu))];
}

/** What a word that no message has counts among the words of a question; about that of one in seven messages. */
const weightOfUnknown = 2;

/**
 * Leaves out what shares only common words with the question: hits whose words make up less than `share` of the weight of all its
 * words (weight: inverse document frequency as in bm25). In a fusion such hits push away what was found by meaning.
 */
export function confident(rank: Ranker, messages: readonly CorpusMessage[], share = 0.5): Ranker {
  const words = new Map(messages.map(({ key, text }) => [key, new Set(wordsOf(text))]));
  const frequency = new Map<string, number>();
  for (const set of words.values())
    for (const word of set) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const weight = (word: string): number => {
    const count = frequency.get(word);
    return count === undefined
      ? weightOfUnknown
      : Math.log(1 + (messages.length - count + 0.5) / (count + 0.5));
  };
  const sum = (some: readonly string[]): number => some.reduce((total, word) => total + weight(word), 0);
  return async (query) => {
    const asked = wordsOf(query.text);
    const needed = share * sum(asked);
    return (await rank(query)).filter(
      (key) => sum(asked.filter((word) => words.get(key)?.has(word))) >= needed,
    );
  };
}

/** The cosine of vectors. Embeds all messages first. */
export async function meaningRanker(messages: readonly CorpusMessage[], embedder: Embedder): Promise<Ranker> {
  const vectors = await embedder.embed(
    messages.map(({ text }) => text),
    "document",
  );
  return async ({ text }) => {
    const [query] = await embedder.embed([text], "query");
    const scored = vectors.map((vector, index) => ({
      key: messages[index]?.key ?? "",
      score: vector.reduce((sum, value, k) => sum + value * (query?.[k] ?? 0), 0),
    }));
    return scored
      .sort((one, other) => other.score - one.score)
      .slice(0, deepestPlace)
      .map(({ key }) => key);
  };
}

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a place counts weight / (k + place). */
export function fused(ways: readonly { rank: Ranker; weight: number }[], k = 60): Ranker {
  return async (query) => {
    const sums = new Map<string, number>();
    for (const { rank, weight } of ways) {
      for (const [index, key] of (await rank(query)).entries()) {
        sums.set(key, (sums.get(key) ?? 0) + weight / (k + index + 1));
      }
    }
    return [...sums].sort((one, other) => other[1] - one[1]).map(([key]) => key);
  };
}

/** Asks once for each query. */
export function remembered(rank: Ranker): Ranker {
  const known = new Map<string, readonly string[]>();
  return async (query) => {
    const found = known.get(query.text) ?? (await rank(query));
    known.set(query.text, found);
    return found;
  };
}
