import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ConstructId, MessageId, RuntimeId, SearchRequest, SessionId } from "@chatty/model";
import type { MeaningHit } from "../vectors/meaning-port.ts";
import { buildIndex, openQuestions } from "./testing/bare-index.ts";
import type { BareAnswer, BareQuestions } from "./testing/bare-index.ts";

/** Messages in conversations of two each, a day apart, from 1 May 2023 on. Their ids are their numbers. */
function indexOf(t: TestContext, texts: readonly string[]): BareQuestions {
  const folder = mkdtempSync(join(tmpdir(), "chatty-questions-"));
  const path = join(folder, "index.db");
  const builder = buildIndex(path);
  for (let at = 0; at < texts.length; at += 2) {
    builder.put({
      sessionId: sessionOf(at),
      runtimeId: (at % 4 === 0 ? "synth" : "lin") as RuntimeId,
      constructId: "synth-001" as ConstructId,
      title: `Conversation ${at / 2}`,
      updatedAt: timeOf(at),
      messages: texts.slice(at, at + 2).map((text, index) => ({
        id: String(at + index) as MessageId,
        role: index === 0 ? ("user" as const) : ("assistant" as const),
        parts: [{ kind: "text" as const, text }],
        hidden: false,
        timestamp: timeOf(at + index),
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

const sessionOf = (number: number): SessionId => `s${number - (number % 2)}` as SessionId;
const timeOf = (number: number): number => Date.UTC(2023, 4, 1, 12) + number * 86_400_000;

function near(...numbers: number[]): MeaningHit[] {
  return numbers.map((number) => ({
    sessionId: sessionOf(number),
    messageId: String(number) as MessageId,
    score: 1 / (number + 1),
    field: "text",
    from: 0,
    to: 8,
  }));
}

function found({ hits }: BareAnswer): string[] {
  return hits.map(({ messageId, foundBy }) => `${messageId} ${foundBy.join("+")}`);
}

const texts = [
  "the red boat sails", // 0
  "a ship on the sea", // 1
  "red apples", // 2
  "the boat has a leak", // 3
  "a green boat and a red flag", // 4
  "nothing of the kind", // 5
];

describe("words and meaning together", () => {
  test("stand in one order, each hit once, and say how it was found", (t) => {
    const questions = indexOf(t, texts);
    const answer = questions.search({ query: "red boat" }, near(1, 0));
    assert.equal(answer.mode, "hybrid");
    assert.equal(answer.total, 2, "by words: those that have both");
    const all = found(answer);
    assert.equal(all[0], "0 text+meaning");
    assert.ok(all.includes("1 meaning"));
    assert.ok(all.includes("4 text"));
    assert.equal(new Set(answer.hits.map(({ messageId }) => messageId)).size, all.length);
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const request: SearchRequest = {
        query: "red boat",
        limit: 1,
        ...(after === undefined ? {} : { after }),
      };
      const page = questions.search(request, near(1, 0));
      pages.push(...found(page));
      if (page.next === undefined) break;
      after = page.next;
    }
    assert.deepEqual(pages, all, "page by page the same");
  });

  test("fulfil all conditions, from the text and beside it", (t) => {
    const questions = indexOf(t, texts);
    const close = near(0, 1, 2, 3, 4, 5);
    const ids = (request: SearchRequest): string[] =>
      questions
        .search(request, close)
        .hits.map(({ messageId }) => String(messageId))
        .sort();
    assert.deepEqual(ids({ query: "boat from:user", filters: { runtimes: ["synth" as RuntimeId] } }), [
      "0",
      "4",
    ]);
    assert.deepEqual(ids({ query: "boat from:user", filters: { roles: ["assistant"] } }), []);
    assert.deepEqual(ids({ query: "boat -red" }), ["1", "3", "5"]);
    assert.deepEqual(ids({ query: '"red boat"' }), ["0"]);
    assert.deepEqual(ids({ query: "boat", mode: "semantic", filters: { from: timeOf(3), to: timeOf(5) } }), [
      "3",
      "4",
    ]);
  });

  test("are words alone where nothing tells what they mean, or where that is asked for", (t) => {
    const questions = indexOf(t, texts);
    const alone = questions.search({ query: "red boat" });
    assert.deepEqual([alone.mode, alone.hits.length, alone.total], ["text", 2, 2]);
    const semantic = questions.search({ query: "red boat", mode: "semantic" }, near(1));
    assert.deepEqual(
      [semantic.mode, found(semantic), semantic.total],
      ["semantic", ["1 meaning"], undefined],
    );
  });

  test("need not have every word of a long question, and more than common ones", (t) => {
    const questions = indexOf(t, [
      ...texts,
      ...Array.from({ length: 60 }, (_, index) => `the weather of day ${index} was the same`),
    ]);
    const answer = questions.search({ query: "what was the leak of the boat" }, []);
    assert.equal(answer.hits[0]?.messageId, "3");
    assert.ok(answer.hits.length < 10, `${answer.hits.length} hits: the weather has only common words`);
  });

  test("take a time in plain words for one where nothing has the words", (t) => {
    const questions = indexOf(t, [
      ...texts,
      ...Array.from({ length: 60 }, () => "some other day"),
      "a late boat",
      "x",
    ]);
    const answer = questions.search({ query: "boat in May 2023" });
    assert.deepEqual(answer.hits.map(({ messageId }) => String(messageId)).sort(), ["0", "3", "4"]);
    assert.equal(answer.notices.length, 1);
    assert.equal(questions.search({ query: '"boat in May 2023"' }).hits.length, 0);
  });
});
