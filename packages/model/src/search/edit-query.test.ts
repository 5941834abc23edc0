import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withFilter, withoutFilter } from "./edit-query.ts";
import type { ConditionKey } from "./parsed-query.ts";

const options = { now: Date.UTC(2024, 5, 15) };

function put(query: string, key: ConditionKey, value: string, excluded = false): string {
  return withFilter(query, { key, value, excluded }, options);
}

function take(query: string, key: ConditionKey, value?: string): string {
  return withoutFilter(query, value === undefined ? { key } : { key, value }, options);
}

describe("putting a condition into a query", () => {
  test("leaves what was typed as it was", () => {
    assert.equal(put("", "from", "user"), "from:user");
    assert.equal(put('Some  "exact   words" -Not', "has", "image"), 'Some  "exact   words" -Not has:image');
    assert.equal(put("a", "model", "my model", true), 'a -model:"my model"');
    assert.equal(put("a ", "in", "title"), "a in:title");
  });

  test("changes nothing where it stands already", () => {
    assert.equal(put("FROM:User  a", "from", "user"), "FROM:User  a");
  });

  test("takes the place of its opposite, and of another time of its kind", () => {
    assert.equal(put("a -is:starred b", "is", "starred"), "a b is:starred");
    assert.equal(put("before:2024 a after:7d", "before", "2023-05"), "a after:7d before:2023-05");
  });

  test("stands in front where a quotation is open or an OR waits", () => {
    assert.equal(put('a "b c', "from", "user"), 'from:user a "b c');
    assert.equal(put("a OR", "from", "user"), "from:user a OR");
  });

  test("writes the query anew where nothing else would keep its words", () => {
    assert.equal(put('OR "b', "from", "user"), "or b from:user");
  });
});

describe("taking a condition out of a query", () => {
  test("leaves the rest as it was", () => {
    assert.equal(take('Some from:user  "exact   words"', "from", "user"), 'Some "exact   words"');
    assert.equal(take("from:user", "from"), "");
    assert.equal(take("a -from:tool from:me b has:image", "from"), "a b has:image");
    assert.equal(take("a from:me from:tool", "from", "tool"), "a from:me");
    assert.equal(take("a b", "from"), "a b");
  });

  test("does not let words be joined that were not", () => {
    assert.equal(take("a OR has:image", "has"), "a");
    assert.equal(take("a OR from:me b", "from", "me"), "a b");
  });
});
