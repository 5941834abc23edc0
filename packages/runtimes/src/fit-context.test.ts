import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { AnswerMessage } from "./answer-message.ts";
import { estimateMessageTokens, estimateTokens } from "./estimate-tokens.ts";
import { contextBudget, fitContext } from "./fit-context.ts";

const messages = fc.array(
  fc.record<AnswerMessage>({
    role: fc.constantFrom("user", "assistant", "system", "tool"),
    content: fc.string({ maxLength: 400 }),
  }),
  { maxLength: 30 },
);

describe("fitContext", () => {
  test("keeps the question and the system's words, loses nothing from its accounts, and leaves no gap", () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 0, max: 2000 }), fc.string(), (past, budget, system) => {
        const fitted = fitContext(past, budget, system);
        assert.deepEqual(new Set([...fitted.messages, ...fitted.leftOut]), new Set(past));
        assert.equal(fitted.messages.length + fitted.leftOut.length, past.length);
        const lastUser = past.findLast(({ role }) => role === "user");
        if (lastUser !== undefined) assert.ok(fitted.messages.includes(lastUser));
        assert.ok(fitted.leftOut.every(({ role }) => role !== "system"));
        const newestLeftOut = past.findLastIndex((message) => fitted.leftOut.includes(message));
        const oldestTaken = past.findIndex(
          (message) => message.role !== "system" && fitted.messages.includes(message),
        );
        if (newestLeftOut !== -1 && oldestTaken !== -1) assert.ok(newestLeftOut < oldestTaken);
        const sum = fitted.messages.reduce((total, one) => total + estimateMessageTokens(one), 0);
        assert.equal(fitted.tokens, sum + estimateTokens(system));
      }),
    );
  });

  test("takes the newest that fit", () => {
    const past: AnswerMessage[] = ["a", "b", "c", "d"].map((letter, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content: letter.repeat(396),
    }));
    past.push({ role: "user", content: "e" });
    const fitted = fitContext(past, 220);
    assert.deepEqual(fitted.messages, past.slice(3 - 1));
    assert.deepEqual(fitted.leftOut, past.slice(0, 2));
  });
});

describe("estimateTokens", () => {
  test("counts scripts by what tokenizers make of them", () => {
    assert.equal(estimateTokens("word word word word "), 5);
    assert.equal(estimateTokens("日本語です"), 5);
    assert.equal(estimateTokens("привет"), 3);
    assert.equal(estimateTokens(""), 0);
  });
});

describe("contextBudget", () => {
  test("believes the provider, is careful on this machine, and leaves room for the answer", () => {
    const local = {
      providerId: "p",
      kind: "openai-compatible",
      name: "P",
      baseUrl: "http://127.0.0.1:1/v1",
    } as const;
    assert.equal(contextBudget(local), 4096);
    assert.equal(contextBudget(local, { id: "m", contextTokens: 32_768 }), 28_672);
    assert.equal(contextBudget(local, { id: "m", contextTokens: 2048 }), 1024);
  });
});
