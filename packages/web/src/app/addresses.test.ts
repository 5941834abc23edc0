import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, readSearch, writeAddress } from "./addresses.ts";

test("a question comes out of an address as it went in, whatever it looks like", () => {
  const questions = [
    '"double entry"',
    "2024",
    "1e5",
    "true",
    "null",
    "{}",
    "a&b=c#d?e",
    "été 船",
    "100%",
    "a+b",
    " x ",
  ];
  for (const q of questions) {
    assert.deepEqual(readSearch(readAddress(writeAddress({ q, sort: "newest" }))), { q, sort: "newest" });
  }
});

test("an address written by hand is read as it stands", () => {
  assert.deepEqual(readSearch(readAddress('?q="double entry" from:me&mode=text')), {
    q: '"double entry" from:me',
    mode: "text",
  });
  assert.deepEqual(readSearch(readAddress("?q=2024")), { q: "2024" });
  assert.deepEqual(readSearch(readAddress("?mode=nonsense&sort=3&q=")), {});
});

test("numbers and switches of other pages stay what they are", () => {
  assert.deepEqual(
    { ...readAddress("?at=4000000000000&import=true") },
    { at: 4_000_000_000_000, import: true },
  );
  assert.equal(writeAddress({ at: 5, m: "0198" }), "?at=5&m=0198");
  assert.equal(writeAddress({}), "");
});
