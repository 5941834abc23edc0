import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createEmbedder } from "@chatty/runtimes";
import { openCorpusVault } from "../recall-vault.ts";
import { corpusRuntimes, makeCorpus } from "./corpus.ts";
import type { Corpus } from "./corpus.ts";
import { followUpCount, makeFollowUps } from "./follow-ups.ts";
import { recallAt10, reciprocalRank, score, table } from "./metrics.ts";
import type { Score } from "./metrics.ts";
import { fused, textRanker } from "./plain-rankers.ts";
import { makeQueries, queryKinds } from "./queries.ts";
import type { JudgedQuery } from "./queries.ts";
import { embedded, vaultRanker } from "./vault-ranker.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const corpus = makeCorpus();
const queries = makeQueries(corpus);

/** The whole corpus, or every conversation that answers something and a twentieth of the others. */
function searched(): Corpus {
  if (isFull) return corpus;
  const answers = new Set(corpus.facts.map(({ conversation }) => conversation.key));
  const conversations = corpus.conversations.filter(({ key }, index) => answers.has(key) || index % 20 === 0);
  return { ...corpus, conversations, messages: conversations.flatMap(({ messages }) => messages) };
}

/** Which of the ways the last one does not beat or equal, in which figure. */
function notBeaten(ways: ReadonlyMap<string, ReadonlyMap<string, Score>>, best: string): string[] {
  const own = ways.get(best)?.get("all");
  return [...ways].flatMap(([name, scores]) => {
    const other = scores.get("all");
    if (own === undefined || other === undefined) return [`${name} was not measured`];
    return [
      ...(other.recallAt10 > own.recallAt10 ? [`${name} in recall@10`] : []),
      ...(other.mrr > own.mrr ? [`${name} in MRR`] : []),
    ];
  });
}

test("the set is as big as it should be, of every kind, and the same every time", (t) => {
  assert.ok(corpus.messages.length >= 5000, `${String(corpus.messages.length)} messages`);
  assert.ok(queries.length >= 300, `${String(queries.length)} queries`);
  for (const kind of queryKinds) {
    for (const half of ["tuning", "held-out"]) {
      const count = queries.filter((query) => query.kind === kind && query.half === half).length;
      assert.ok(count >= 10, `${kind}, ${half}: ${String(count)}`);
    }
  }
  const digest = (): string =>
    createHash("sha256")
      .update(JSON.stringify([makeCorpus().messages, makeQueries(makeCorpus())]))
      .digest("hex");
  assert.equal(digest(), digest());
  assert.notDeepEqual(makeCorpus(7).messages, corpus.messages);
  t.diagnostic(
    `${String(corpus.messages.length)} messages, ${String(queries.length)} queries, seeds 1 and 2`,
  );
});

test("every fact is said once, every answer exists, and paraphrases use other words", (t) => {
  const keys = new Set(corpus.messages.map(({ key }) => key));
  assert.equal(keys.size, corpus.messages.length);
  for (const { fact, id } of corpus.facts) {
    assert.equal(corpus.messages.filter(({ text }) => text.includes(fact.said)).length, 1, id);
  }
  for (const { text, relevant } of queries) {
    assert.ok(relevant.size > 0 && [...relevant].every((key) => keys.has(key)), text);
  }
  const telling = (text: string): Set<string> => new Set(text.toLowerCase().match(/\p{L}{5,}/gu));
  const shared = corpus.facts.map(({ fact }) => {
    const said = telling(fact.said);
    const asked = [...telling(fact.ask)];
    return asked.length === 0 ? 0 : asked.filter((word) => said.has(word)).length / asked.length;
  });
  const mean = shared.reduce((sum, one) => sum + one, 0) / shared.length;
  t.diagnostic(`of the longer words of a paraphrase ${(mean * 100).toFixed(1)} % stand in what was said`);
  assert.ok(mean < 0.05);
});

test("both halves ask about different facts", () => {
  const about = (half: string): Set<string> =>
    new Set(queries.filter((query) => query.half === half).flatMap(({ relevant }) => [...relevant]));
  const [tuning, heldOut] = [about("tuning"), about("held-out")];
  assert.ok([...tuning].every((key) => !heldOut.has(key)));
});

test("a hundred follow-ups need something that was said before, in all runtimes", () => {
  const followUps = makeFollowUps(corpus);
  assert.equal(followUps.length, followUpCount);
  assert.equal(new Set(followUps.map(({ passage }) => passage)).size, followUpCount);
  assert.deepEqual(new Set(followUps.map(({ runtime }) => runtime)), new Set(corpusRuntimes));
  for (const { passage, conversation, runtime, turns, at } of followUps) {
    const found = corpus.conversations.find(({ key }) => key === conversation);
    const message = found?.messages.find(({ key }) => key === passage);
    assert.ok(found?.runtime === runtime && message !== undefined && message.at < at, passage);
    assert.equal(turns.at(-1)?.role, "user");
  }
});

test("the measures are what they are called", async () => {
  const relevant = new Set(["a", "b"]);
  assert.equal(recallAt10(["x", "a", "y", "a"], relevant), 0.5);
  assert.equal(recallAt10([...Array.from("0123456789"), "a", "b"], relevant), 0);
  assert.equal(recallAt10(Array.from("abcdefghij"), new Set("abcdefghijklmnop")), 1);
  assert.equal(reciprocalRank(["x", "y", "b", "a"], relevant), 1 / 3);
  assert.equal(reciprocalRank([], relevant), 0);
  const query = (text: string): JudgedQuery => ({ kind: "name", text, relevant, half: "tuning" });
  const scores = await score([query("good"), query("bad")], ({ text }) =>
    text === "good" ? ["a", "b"] : [],
  );
  assert.deepEqual(scores.get("all"), { queries: 2, recallAt10: 0.5, mrr: 0.5 });
  assert.deepEqual(
    await fused([
      { rank: () => ["a", "b"], weight: 1 },
      { rank: () => ["c", "b"], weight: 1 },
    ])(query("")),
    ["b", "a", "c"],
  );
});

test("words and meaning together find more than either, on questions that nothing was tuned by", async (t) => {
  const startedMs = performance.now();
  const part = searched();
  const half = queries.filter((query) => query.half === "held-out");
  const filled = await openCorpusVault(part, {
    meaning: { open: async () => ({ main: await createEmbedder("builtin", { cacheFolder: "" }) }) },
  });
  t.after(() => filled.close());
  await embedded(filled.user);
  const ways = new Map([["any word", await score(half, textRanker(part.messages))]]);
  for (const mode of ["text", "semantic", "hybrid"] as const) {
    ways.set(mode, await score(half, vaultRanker(part, filled, mode)));
  }
  for (const line of table(ways)) t.diagnostic(line);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  t.diagnostic(
    `${String(part.messages.length)} messages, ${String(half.length)} held-out questions, ${seconds} s`,
  );
  assert.deepEqual(notBeaten(ways, "hybrid"), []);
  // A search that puts the first page last must be told from one that does not.
  const hybrid = vaultRanker(part, filled, "hybrid");
  const turned = await score(half, async (query) => {
    const found = await hybrid(query);
    return [...found.slice(10), ...found.slice(0, 10)];
  });
  assert.notDeepEqual(notBeaten(new Map([...ways, ["hybrid", turned] as const]), "hybrid"), []);
});
