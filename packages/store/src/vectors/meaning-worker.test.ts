import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { absolutePath, layout } from "../files/layout.ts";
import { nodeFiles } from "../files/node-files.ts";
import { createSeededRandom } from "../testing/explorer/seeded-random.ts";
import { meaningInThread } from "./meaning-worker.ts";
import type { MeaningThread } from "./meaning-worker.ts";
import { parseNpy } from "./npy-array.ts";
import { MadeUpIndex } from "./testing/made-up-index.ts";
import type { MadeUpSession } from "./testing/made-up-index.ts";
import { march, noVisibility } from "./testing/meaning-world.ts";
import { openVectorDatabase } from "./vector-database.ts";
import { readVectorPair } from "./vector-pair.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const kills = isFull ? 150 : 6;
const thread = new URL("./testing/made-up-thread.ts", import.meta.url).href;
const files = nodeFiles();

function makeIndex(context: TestContext): MadeUpIndex {
  const root = mkdtempSync(join(tmpdir(), "chatty-meaning-thread-"));
  const index = new MadeUpIndex(files, root);
  context.after(() => {
    index.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });
  return index;
}

function open(context: TestContext, { root, user }: MadeUpIndex, slowMs = 0): MeaningThread {
  const port = meaningInThread(thread, { root, user, setting: slowMs });
  context.after(() => port.close());
  return port;
}

const subjects = ["volcanoes", "penguins", "locomotives", "sourdough", "telescopes"];

function sessionOf(number: number, version: number): MadeUpSession {
  return {
    sessionId: `session-${number}`,
    ...(number % 2 === 0 ? {} : { isImported: true, construct: "chatgpt-001" }),
    messages: Array.from({ length: 12 }, (_, index) => ({
      id: `m${number}-${index}`,
      text: `${subjects[(number + index) % subjects.length]} in text${number} number${index} version${index < version ? version : 0}`,
      at: march + index,
    })),
  };
}

/** Every message with its score, in an order that equal scores do not change. */
async function answers(port: MeaningThread): Promise<string[]> {
  const told: string[] = [];
  for (const text of [...subjects, "text3 version2", "number7"]) {
    const { hits } = await port.find({ text, filters: {}, visibility: noVisibility, limit: 500 });
    const lines = hits.map((hit) => `${text}: ${hit.sessionId} ${hit.messageId} ${hit.score.toFixed(5)}`);
    told.push(...lines.sort());
  }
  return told;
}

describe("in a thread of its own", () => {
  test("answers, tells how far it is, and passes on what goes wrong", async (t) => {
    const index = makeIndex(t);
    for (const number of [0, 1, 2]) index.put(sessionOf(number, 0));
    const port = open(t, index);
    await port.settle();
    assert.deepEqual(await port.state(), {
      state: "ready",
      model: "made-up@1",
      dimensions: 192,
      chunks: 36,
      pendingChunks: 0,
    });
    const { hits } = await port.find({
      text: "volcanoes text0",
      filters: {},
      visibility: noVisibility,
      limit: 3,
    });
    assert.equal(hits[0]?.sessionId, "session-0");
    await port.close();
    await assert.rejects(port.settle(), { code: "SEARCH_CLOSED" });
    await port.close();
  });

  test("ended anywhere, it comes to what it would have come to", async (t) => {
    t.diagnostic(`seed ${seed}, ${kills} ends`);
    const random = createSeededRandom(seed);
    const index = makeIndex(t);
    const whole = makeIndex(t);
    let version = 0;
    for (let count = 0; count < kills; count += 1) {
      const number = random.below(8);
      version += 1;
      index.put(sessionOf(number, version % 12));
      whole.put(sessionOf(number, version % 12));
      const port = open(t, index, random.below(3));
      port.sync();
      await new Promise((resolve) => void setTimeout(resolve, 20 + random.below(isFull ? 400 : 250)));
      await port.terminate();
    }
    const [killed, unharmed] = [open(t, index), open(t, whole)];
    await Promise.all([killed.settle(), unharmed.settle()]);
    assert.deepEqual(await answers(killed), await answers(unharmed), `seed ${seed}`);
    assert.equal((await killed.state()).chunks, (await unharmed.state()).chunks);
    await Promise.all([killed.close(), unharmed.close()]);
    const month = `${absolutePath(index.root, layout.views(index.user))}/chatgpt-001/2024/03`;
    if (files.status(`${month}/embeddings.npy`) === undefined) return;
    const { lines, rows } = readVectorPair(files, month);
    assert.equal(parseNpy(readFileSync(`${month}/embeddings.npy`)).shape[0], rows);
    assert.ok(lines.length > 0);
  });

  test("a planted mistake, a document taken for embedded that is not there, is seen by the same comparison", async (t) => {
    const index = makeIndex(t);
    for (const number of [0, 1]) index.put(sessionOf(number, 0));
    const port = open(t, index);
    await port.settle();
    const whole = await answers(port);
    await port.close();
    const database = openVectorDatabase(files, absolutePath(index.root, layout.vectors(index.user)));
    const [set] = database.sets();
    const [first] = database.vectorsAfter(set?.number ?? 0, 0, 1);
    database.removeDocument(first?.number ?? 0);
    database.close();
    const damaged = open(t, index);
    await damaged.settle();
    assert.notDeepEqual(await answers(damaged), whole);
  });
});
