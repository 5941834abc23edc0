import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "@chatty/server/api";
import { answerEnd, leftOutCount } from "./answer-end.ts";

function answer(more: Partial<Message>): Message {
  return {
    id: "a",
    parentId: "q",
    role: "assistant",
    content: "",
    timestampSource: "message",
    hidden: false,
    parts: [],
    index: 1,
    siblings: { position: 0, ids: ["a"] },
    ...more,
  };
}

test("an answer of which nothing is known is whole", () => {
  assert.deepEqual(answerEnd(answer({})), { kind: "whole" });
  assert.deepEqual(answerEnd(answer({ metadata: { finishReason: "stop" } })), { kind: "whole" });
});

test("says why it ended early", () => {
  assert.deepEqual(answerEnd(answer({ partial: true })), { kind: "cut" });
  assert.deepEqual(answerEnd(answer({ metadata: { cut: true } })), { kind: "cut" });
  assert.deepEqual(answerEnd(answer({ metadata: { stopped: true } })), { kind: "stopped" });
  assert.deepEqual(answerEnd(answer({ metadata: { finishReason: "length" } })), { kind: "too_long" });
});

test("a failure says more than that it was cut; it is shown without the wait that is over", () => {
  const failure = { code: "CONNECTION_CUT", message: "It broke.", hint: "Continue.", retryAfter: 7 };
  assert.deepEqual(answerEnd(answer({ metadata: { cut: true, failure } })), {
    kind: "failed",
    failure: { code: "CONNECTION_CUT", message: "It broke.", hint: "Continue." },
  });
  assert.deepEqual(answerEnd(answer({ metadata: { failure: "odd" } })), { kind: "whole" });
});

test("counts what was not sent", () => {
  assert.equal(leftOutCount(answer({ metadata: { leftOut: 12 } })), 12);
  assert.equal(leftOutCount(answer({})), 0);
});
