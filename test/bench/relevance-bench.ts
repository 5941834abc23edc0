// What the ways of searching find of the judged set in test/search/relevance, side by side in recall@10 and MRR per kind of
// question: full text, vectors of both embedders and their fusion, each by itself; and the search of a vault that holds the same
// conversations, by words, by meaning and by both. Two tables each: the half of the questions by which weights may be chosen, and
// the one that nobody chooses by.
//
//   node_modules/.bin/node test/bench/relevance-bench.ts
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbedder } from "@chatty/runtimes";
import { openCorpusVault } from "../search/recall-vault.ts";
import { makeCorpus } from "../search/relevance/corpus.ts";
import { score, table } from "../search/relevance/metrics.ts";
import type { Ranker } from "../search/relevance/metrics.ts";
import {
  confident,
  fused,
  meaningRanker,
  remembered,
  textRanker,
} from "../search/relevance/plain-rankers.ts";
import { makeQueries } from "../search/relevance/queries.ts";
import { embedded, vaultRanker } from "../search/relevance/vault-ranker.ts";

const corpus = makeCorpus();
const queries = makeQueries(corpus);
const { messages } = corpus;
const folder = mkdtempSync(join(tmpdir(), "chatty-relevance-"));

async function meaningOf(setting: "builtin" | "builtin-fast"): Promise<Ranker> {
  const madeMs = performance.now();
  const embedder = await createEmbedder(setting, { cacheFolder: folder });
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage().user;
  const rank = remembered(await meaningRanker(messages, embedder));
  const cpuSeconds = (process.cpuUsage().user - startedCpu) / 1e6;
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${embedder.model}: ready in ${((startedMs - madeMs) / 1000).toFixed(1)} s, ${String(messages.length)} messages in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor (${(messages.length / cpuSeconds).toFixed(0)}/s)`,
  );
  return rank;
}

/** One table per half. */
type Halves = Map<string, Map<string, Awaited<ReturnType<typeof score>>>>;

async function scored(ways: readonly (readonly [string, Ranker])[]): Promise<Halves> {
  const halves: Halves = new Map();
  for (const half of ["tuning", "held-out"]) {
    const some = queries.filter((query) => query.half === half);
    const scores = new Map<string, Awaited<ReturnType<typeof score>>>();
    for (const [name, rank] of ways) scores.set(name, await score(some, rank));
    halves.set(half, scores);
  }
  return halves;
}

function print(what: string, halves: Halves): void {
  for (const [half, scores] of halves) {
    console.log(`\n${what}, ${half} half`);
    for (const line of table(scores)) console.log(line);
  }
}

console.log(
  `${String(messages.length)} messages in ${String(corpus.conversations.length)} conversations, ${String(queries.length)} questions about ${String(corpus.facts.length)} facts; recall@10 / MRR`,
);
try {
  const text = remembered(textRanker(messages));
  const all = remembered(textRanker(messages, "all"));
  const meaning = await meaningOf("builtin");
  const fast = await meaningOf("builtin-fast");
  const sure = remembered(confident(text, messages));
  const both = (one: Ranker, other: Ranker, k?: number): Ranker =>
    fused(
      [
        { rank: one, weight: 1 },
        { rank: other, weight: 1 },
      ],
      k,
    );
  const ways: [string, Ranker][] = [
    ["any word", text],
    ["all words", all],
    ["meaning", meaning],
    ["fast meaning", fast],
    ["any + meaning", both(text, meaning)],
    ["hybrid", both(sure, meaning)],
    ["hybrid, k 10", both(sure, meaning, 10)],
    ["hybrid, fast", both(sure, fast)],
  ];
  print("by itself", await scored(ways));
  const vault = await openCorpusVault(corpus, {
    meaning: { open: async () => ({ main: await createEmbedder("builtin", { cacheFolder: folder }) }) },
  });
  await embedded(vault.user);
  const modes = ["text", "semantic", "hybrid"] as const;
  print("in a vault", await scored(modes.map((mode) => [mode, vaultRanker(corpus, vault, mode)])));
  await vault.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
