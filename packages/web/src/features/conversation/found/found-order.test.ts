import assert from "node:assert/strict";
import { test } from "node:test";
import type { SearchHit } from "@chatty/server/api";
import { foundMessages, neighbour } from "./found-order.ts";

const hit = (
  messageId: string | null,
  timestamp?: number,
  field: SearchHit["field"] = "text",
): SearchHit => ({
  sessionId: "s",
  messageId,
  runtimeId: "r",
  constructId: "c",
  title: "",
  role: "user",
  score: 1,
  snippet: "",
  marks: [],
  titleMarks: [],
  field,
  onActivePath: true,
  foundBy: ["text"],
  ...(timestamp === undefined ? {} : { timestamp }),
});

test("messages with the words follow each other in time, each once", () => {
  const newestFirst = [hit("d", 9), hit("c", 5), hit("c", 5, "thinking"), hit("a", 1), hit("a", 1, "title")];
  assert.deepEqual(foundMessages(newestFirst), ["a", "c", "d"]);
  assert.deepEqual(foundMessages([hit(null), hit("t", 4, "title")]), []);
  assert.deepEqual(foundMessages([hit("b"), hit("a")]), ["a", "b"]);
});

test("the one after the last is the first", () => {
  const ids = ["a", "b", "c"];
  assert.equal(neighbour(ids, "a", 1), "b");
  assert.equal(neighbour(ids, "c", 1), "a");
  assert.equal(neighbour(ids, "a", -1), "c");
  assert.equal(neighbour(ids, "elsewhere", 1), "a");
  assert.equal(neighbour(ids, undefined, -1), "c");
  assert.equal(neighbour([], "a", 1), undefined);
});
