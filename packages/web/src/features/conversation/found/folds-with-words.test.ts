import assert from "node:assert/strict";
import { test } from "node:test";
import type { Part } from "@chatty/model";
import { foldsWithWords } from "./folds-with-words.ts";

const marksIn = (text: string): [number, number][] => {
  const at = text.indexOf("keel");
  return at === -1 ? [] : [[at, at + 4]];
};
const message = (parts: Part[], more: { role?: "user" | "assistant" | "tool"; hidden?: boolean } = {}) => ({
  id: "m",
  role: "assistant" as const,
  content: "",
  hidden: false,
  parts,
  ...more,
});

test("what hides the words is opened, and nothing else", () => {
  const parts: Part[] = [
    { kind: "thinking", text: "the keel first" },
    { kind: "text", text: "the keel" },
    { kind: "tool_call", name: "search", input: { query: "mast" } },
    { kind: "code", text: "keel = 1", language: "python" },
    { kind: "citation", url: "https://example.org", title: "On keels and keel" },
  ];
  assert.deepEqual(foldsWithWords(message(parts), marksIn), ["m 0", "m 3", "m 4"]);
  assert.deepEqual(foldsWithWords(message([{ kind: "text", text: "keel" }]), marksIn), []);
});

test("a message that is folded as a whole is opened first", () => {
  const parts: Part[] = [{ kind: "tool_result", text: "a keel" }];
  assert.deepEqual(foldsWithWords(message(parts, { role: "tool" }), marksIn), ["m all", "m 0"]);
  assert.deepEqual(foldsWithWords(message([{ kind: "text", text: "none" }], { hidden: true }), marksIn), [
    "m all",
  ]);
});
