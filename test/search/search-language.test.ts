import { conditionValues, formatSearchQuery, parseSearchQuery } from "@chatty/model";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

const guide = readFileSync(
  join(import.meta.dirname, "..", "..", "docs", "guides", "search-language.md"),
  "utf8",
);
const options = { now: Date.UTC(2024, 5, 15) };

/** The first column of the table of examples. */
function readExamples(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, example]) => example ?? "");
}

describe("the guide to the language of search", () => {
  const examples = readExamples(guide);

  test("has a table of examples", () => assert.ok(examples.length >= 35, `${examples.length} examples`));

  for (const example of examples) {
    test(`${example} is understood as it is written`, () => {
      const parsed = parseSearchQuery(example, options);
      assert.deepEqual(parsed.notices, []);
      assert.ok(parsed.terms.length + parsed.conditions.length > 0);
      // Whatever looks like a condition is one.
      const written = example.replaceAll(/code:"(?:[^"]|"")*"|"[^"]*"/g, "").match(/[a-z]+:/g) ?? [];
      assert.equal(parsed.conditions.length, written.length, JSON.stringify(parsed.conditions));
      const { terms, filters } = parseSearchQuery(formatSearchQuery(parsed), options);
      assert.deepEqual({ terms, filters }, { terms: parsed.terms, filters: parsed.filters });
    });
  }

  test("names every condition and every value that has a fixed list", () => {
    const keys = [
      "from",
      "runtime",
      "construct",
      "model",
      "before",
      "after",
      "on",
      "has",
      "in",
      "is",
      "session",
      "code",
    ];
    for (const key of keys) assert.ok(guide.includes(`\`${key}:`) || guide.includes(` ${key}:`), key);
    for (const [key, values] of Object.entries(conditionValues)) {
      for (const value of values) {
        if (key === "in" && (value === "text" || value === "thinking")) continue;
        assert.ok(guide.includes(`${key}:${value}`) || guide.includes(`\`${value}\``), `${key}:${value}`);
      }
    }
  });

  test("would fail for an example that is not understood", () => {
    for (const wrong of ["sender:bob", "from:bob", "on:someday", "a => b", "-on:2024"]) {
      assert.notDeepEqual(parseSearchQuery(wrong, options).notices, [], wrong);
    }
    assert.deepEqual(readExamples("| you type |\n| `a b`   | x |\n"), ["a b"]);
  });
});
