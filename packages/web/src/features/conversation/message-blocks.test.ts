import assert from "node:assert/strict";
import { test } from "node:test";
import type { Part } from "@chatty/model";
import {
  durationWords,
  foldedMessageSummary,
  isFolded,
  markdownOf,
  messageBlocks,
  thinkingSummary,
} from "./message-blocks.ts";

const answer = (...parts: Part[]) => ({ role: "assistant" as const, content: "all", parts });

test("a message without parts is its text", () => {
  assert.deepEqual(messageBlocks({ role: "user", content: " hi\n", parts: [] }), [
    { kind: "text", text: " hi\n" },
  ]);
  assert.deepEqual(messageBlocks({ role: "user", content: "", parts: [] }), []);
});

test("keeps every part, in order, and leaves no kind out", () => {
  const parts: Part[] = [
    { kind: "thinking", text: "hm" },
    { kind: "text", text: "a" },
    { kind: "tool_call", name: "web_search", callId: "1", input: { q: "x" } },
    { kind: "tool_result", callId: "1", text: "found" },
    { kind: "tool_result", callId: "1", output: [1], isError: true },
    { kind: "code", language: "python", text: "1+1" },
    { kind: "image", name: "a.png" },
    { kind: "file", name: "b.pdf", missing: true },
    { kind: "text", text: "b" },
    { kind: "citation", url: "https://example.org" },
    { kind: "citation", title: "t" },
    { kind: "error", text: "broke" },
    { kind: "opaque", type: "canvas", raw: { a: 1 } },
  ];
  const blocks = messageBlocks(answer(...parts));
  assert.deepEqual(
    blocks.map((block) => [block.kind, "summary" in block ? block.summary : ""]),
    [
      ["fold", "Thought"],
      ["text", ""],
      ["fold", "Used web search"],
      ["fold", "Result of web search"],
      ["fold", "web search failed"],
      ["code", "Ran python"],
      ["files", ""],
      ["text", ""],
      ["citations", ""],
      ["error", ""],
      ["fold", "Kept as it came: canvas"],
    ],
  );
  assert.equal(blocks.flatMap((block) => (block.kind === "files" ? block.files : [])).length, 2);
  assert.equal(blocks.flatMap((block) => (block.kind === "citations" ? block.citations : [])).length, 2);
});

test("says how long was thought where that is known, else what the source says", () => {
  assert.equal(thinkingSummary("x", "Weighed the options"), "Weighed the options");
  assert.equal(thinkingSummary("x", "a\nb"), "Thought");
  assert.equal(thinkingSummary(" "), "Thought, without words");
  assert.equal(thinkingSummary("x", "s", 12_400), "Thought for 12 s");
  assert.equal(durationWords(0), "1 s");
  assert.equal(durationWords(185_000), "3 min 5 s");
  assert.equal(durationWords(120_000), "2 min");
});

test("folds what the source hid, what the system said and what tools answered, but no pictures that a tool made", () => {
  assert.equal(isFolded({ ...answer(), hidden: true }), true);
  assert.equal(isFolded({ ...answer(), hidden: false }), false);
  assert.equal(isFolded({ role: "system", content: "x", parts: [], hidden: false }), true);
  assert.equal(isFolded({ role: "tool", content: "x", parts: [], hidden: false }), true);
  assert.equal(
    isFolded({ role: "tool", content: "x", parts: [{ kind: "image", name: "a" }], hidden: false }),
    false,
  );
  assert.equal(
    foldedMessageSummary({ role: "tool", content: "", parts: [], hidden: true, author: "dalle.text2im" }),
    "Result of dalle text2im, hidden in the source",
  );
});

test("copies the words as they stand, without thinking and tools", () => {
  assert.equal(
    markdownOf(answer({ kind: "thinking", text: "hm" }, { kind: "text", text: "**a** " })),
    "**a** ",
  );
  assert.equal(markdownOf({ role: "user", content: " x ", parts: [] }), " x ");
});
