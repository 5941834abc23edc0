import assert from "node:assert/strict";
import { test } from "node:test";
import { chipsOf, chosenValues, rangeOf, readQuestion, toggled, withRange } from "./query-text.ts";

const runtimeName = (id: string): string => (id === "chatgpt-alex" ? "ChatGPT" : id);

test("a count narrows the question, and once more takes that back; what was typed stays as it was", () => {
  const q = '"Double  Entry" -ferry';
  const narrowed = toggled(q, "runtime", "chatgpt-alex");
  assert.equal(narrowed, '"Double  Entry" -ferry runtime:chatgpt-alex');
  assert.deepEqual(chosenValues(readQuestion(narrowed), "runtime"), ["chatgpt-alex"]);
  assert.equal(toggled(narrowed, "runtime", "chatgpt-alex"), q);
  assert.equal(toggled("boat from:me", "role", "user"), "boat");
  assert.deepEqual(chosenValues(readQuestion("boat from:me"), "role"), ["user"]);
  assert.equal(toggled("", "has", "code"), "has:code");
});

test("a value with spaces or quotes comes back as the same value", () => {
  for (const value of ["my model", 'a "quoted" one', "gpt-4o", "Llama 3.1 (8B)"]) {
    const narrowed = toggled("boat", "model", value);
    assert.deepEqual(chosenValues(readQuestion(narrowed), "model"), [value.toLowerCase()], narrowed);
    assert.equal(toggled(narrowed, "model", value), "boat");
  }
});

test("conditions are chips, each with the question without it", () => {
  const chips = chipsOf("boat -from:user runtime:chatgpt-alex before:2024-05 repair has:image", runtimeName);
  assert.deepEqual(
    chips.map(({ label }) => label),
    ["not from you", "ChatGPT", "Before May 2024", "With images"],
  );
  assert.equal(chips[0]?.without, "boat runtime:chatgpt-alex before:2024-05 repair has:image");
  assert.equal(chips[2]?.without, "boat -from:user runtime:chatgpt-alex repair has:image");
});

test("a stretch of time takes the place of the one before", () => {
  const month = { from: Date.UTC(2024, 2), to: Date.UTC(2024, 3) };
  assert.equal(withRange("boat", month), "boat on:2024-03");
  assert.deepEqual(rangeOf("boat on:2024-03"), month);
  const several = { from: Date.UTC(2023, 10), to: Date.UTC(2024, 3) };
  const q = withRange("on:2024-03 boat", several);
  assert.equal(q, "boat after:2023-11 before:2024-04");
  assert.deepEqual(rangeOf(q), several);
  const year = { from: Date.UTC(2024, 0), to: Date.UTC(2025, 0) };
  assert.equal(withRange(q, year), "boat on:2024");
  assert.deepEqual(rangeOf("boat on:2024"), year);
  assert.equal(withRange(q, undefined), "boat");
});
