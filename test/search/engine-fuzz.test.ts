import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ConstructId, MessageId, RuntimeId, SearchRequest, SessionId } from "@chatty/model";
import { buildIndex, openQuestions } from "@chatty/store/testing/search";
import type { BareQuestions } from "@chatty/store/testing/search";
import { createRandom } from "../fidelity/seeded-random.ts";
import { injections, randomQuery } from "./random-query.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const queryCount = isFull ? 100_000 : 2_000;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
/** Nobody waits longer; other programs may use the machine as well. */
const slowestMs = 3_000;

/** One message each, in conversations of ten. */
function indexOf(t: TestContext, texts: readonly string[]): BareQuestions {
  const folder = mkdtempSync(join(tmpdir(), "chatty-fuzz-"));
  const path = join(folder, "index.db");
  const builder = buildIndex(path);
  for (let at = 0; at < texts.length; at += 10) {
    builder.put({
      sessionId: `s${at}` as SessionId,
      runtimeId: "synth" as RuntimeId,
      constructId: "synth-001" as ConstructId,
      title: `Ten from ${at}`,
      updatedAt: 1_700_000_000_000 + at,
      messages: texts.slice(at, at + 10).map((text, index) => ({
        id: `m${at + index}` as MessageId,
        role: "user" as const,
        parts: [{ kind: "text" as const, text }],
        hidden: false,
        timestamp: 1_700_000_000_000 + (at + index) * 1_000_000,
      })),
    });
  }
  builder.finish();
  builder.close();
  const questions = openQuestions(path);
  t.after(() => {
    questions.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return questions;
}

describe("an index that is asked anything", () => {
  test("answers every query, and soon", (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const texts = Array.from({ length: 500 }, (_, index) => randomQuery(createRandom(seed + index)));
    const questions = indexOf(t, texts);
    let hits = 0;
    let slowest = 0;
    for (let index = 0; index < queryCount; index += 1) {
      const random = createRandom(seed + 1_000 + index);
      const query = random.below(4) === 0 ? random.pick(texts) : randomQuery(random);
      const request: SearchRequest = {
        query,
        sort: random.pick(["best", "newest"] as const),
        facets: random.below(3) === 0,
        limit: 1 + random.below(30),
      };
      const began = performance.now();
      const answer = questions.search(request);
      const tookMs = performance.now() - began;
      slowest = Math.max(slowest, tookMs);
      assert.ok(tookMs < slowestMs, `${tookMs} ms for ${JSON.stringify(query)}`);
      assert.ok(answer.hits.length <= (request.limit ?? 0));
      assert.ok((answer.total ?? 0) >= answer.hits.length, JSON.stringify(query));
      for (const { snippet, marks } of answer.hits) {
        assert.ok(
          marks.every(([from, to]) => from < to && to <= snippet.length),
          JSON.stringify(query),
        );
      }
      hits += answer.hits.length;
    }
    assert.ok(hits > queryCount / 10, `${hits} hits`);
    t.diagnostic(`${queryCount} queries, ${hits} hits, the slowest took ${slowest.toFixed(0)} ms`);
  });

  test("finds what looks like an order to it as the text that it is", (t) => {
    const questions = indexOf(t, injections);
    for (const [index, text] of injections.entries()) {
      const exact = questions.search({ query: `code:"${text.replaceAll('"', "")}"`, limit: 200 });
      const plain = questions.search({ query: text, limit: 200 });
      const isFound = [...exact.hits, ...plain.hits].some(({ messageId }) => messageId === `m${index}`);
      const hasLetters = /[\p{L}\p{N}]/u.test(text);
      assert.ok(isFound || !hasLetters, JSON.stringify(text));
    }
  });
});
