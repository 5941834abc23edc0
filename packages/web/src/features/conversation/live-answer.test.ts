import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationEvent } from "@chatty/server/api";
import { messageFromLive, withEvent, type LiveAnswer } from "./live-answer.ts";

const state: GenerationEvent = {
  type: "state",
  answerId: "a",
  parentId: "q",
  model: "local/m",
  startedAt: 5,
  text: "",
  thinking: "",
  parts: [],
};

function follow(...events: GenerationEvent[]): LiveAnswer | undefined {
  let live: LiveAnswer | undefined;
  for (const event of events) live = withEvent(live, event);
  return live;
}

test("grows as it comes", () => {
  const live = follow(
    state,
    { type: "thinking", text: "h" },
    { type: "thinking", text: "m" },
    { type: "text", text: "a" },
    { type: "text", text: "b" },
    { type: "part", part: { kind: "citation", url: "https://example.org" } },
  );
  assert.equal(live?.thinking, "hm");
  assert.equal(live?.text, "ab");
  assert.equal(live?.parts.length, 1);
  assert.equal(live?.doing, "working");
});

test("a state after a break replaces everything and repeats nothing", () => {
  const live = follow(
    state,
    { type: "text", text: "abc" },
    { ...state, text: "abcd" },
    { type: "text", text: "e" },
  );
  assert.equal(live?.text, "abcde");
});

test("an event that belongs to nothing changes nothing", () => {
  assert.equal(follow({ type: "text", text: "x" }), undefined);
});

test("is drawn as the message that it becomes", () => {
  const live = follow(
    state,
    { type: "thinking", text: "hm" },
    { type: "text", text: "a" },
    {
      type: "done",
      messageId: "a",
      stopped: true,
    },
  );
  assert.ok(live !== undefined);
  assert.equal(live.done?.stopped, true);
  const message = messageFromLive(live, 7);
  assert.deepEqual(
    [message.id, message.index, message.content, message.parts.map((part) => part.kind)],
    ["a", 7, "a", ["thinking", "text"]],
  );
});
