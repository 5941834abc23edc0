import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "@chatty/server/api";
import type { LiveAnswer } from "./live-answer.ts";
import { LoadedMessages } from "./message-pages.ts";
import { shownPath } from "./shown-path.ts";

function message(id: string, parentId: string | null, index: number, more: Partial<Message> = {}): Message {
  return {
    id,
    parentId,
    role: "user",
    content: id,
    timestampSource: "none",
    hidden: false,
    parts: [],
    index,
    siblings: { position: 0, ids: [id] },
    ...more,
  };
}

function path(...ids: string[]): LoadedMessages {
  const messages = ids.map((id, index) => message(id, ids[index - 1] ?? null, index));
  const leafId = ids.at(-1) ?? null;
  return new LoadedMessages(
    [{ messages, from: 0, total: ids.length, leafId, revision: "1" }],
    ids.length,
    leafId,
  );
}

const live = (answerId: string, parentId: string | null): LiveAnswer => ({
  answerId,
  parentId,
  model: "m",
  startedAt: 0,
  text: "t",
  thinking: "",
  parts: [],
  doing: "writing",
});

const ids = (shown: ReturnType<typeof shownPath>) =>
  Array.from({ length: shown.count }, (_, index) => shown.at(index)?.id);

test("what was sent and its answer stand at the end", () => {
  const shown = shownPath(path("a", "b"), message("c", "b", 2), live("d", "c"));
  assert.deepEqual(ids(shown), ["a", "b", "c", "d"]);
  assert.equal(shown.liveIndex, 3);
});

test("what has become durable is not shown twice", () => {
  const shown = shownPath(path("a", "b", "c"), message("c", "b", 2), live("d", "c"));
  assert.deepEqual(ids(shown), ["a", "b", "c", "d"]);
  const checkpointed = shownPath(path("a", "b", "c", "d"), message("c", "b", 2), live("d", "c"));
  assert.deepEqual(ids(checkpointed), ["a", "b", "c", "d"]);
  assert.equal(checkpointed.liveIndex, 3);
  assert.equal(checkpointed.at(3)?.content, "t");
});

test("the durable answer takes over when both are there and it is done", () => {
  const done = { ...live("d", "c"), done: { messageId: "d", stopped: false } };
  const shown = shownPath(path("a", "b", "c", "d"), undefined, done);
  assert.equal(shown.liveIndex, undefined);
  assert.equal(shown.at(3)?.content, "d");
});

test("an answer made anew takes the place of the one beside it", () => {
  const shown = shownPath(path("a", "b", "c", "d"), undefined, live("b2", "a"));
  assert.deepEqual(ids(shown), ["a", "b2"]);
});

test("an edited message takes the place of the one beside it", () => {
  const shown = shownPath(path("a", "b", "c"), message("b2", "a", 1), undefined);
  assert.deepEqual(ids(shown), ["a", "b2"]);
  assert.deepEqual(ids(shownPath(path("a"), message("a2", null, 0), live("x", "a2"))), ["a2", "x"]);
});

test("an answer on another branch leaves this one as it is", () => {
  const shown = shownPath(path("a", "b"), undefined, live("z", "elsewhere"));
  assert.deepEqual(ids(shown), ["a", "b"]);
  assert.equal(shown.isLiveElsewhere, true);
});
