import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createRedactor } from "./redact.ts";

describe("createRedactor", () => {
  test("finds a key however it is quoted", () => {
    const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const keys = fc.array(printable, { minLength: 8, maxLength: 60 }).map((letters) => letters.join(""));
    const quotings = fc.constantFrom<(key: string) => string>(
      (key) => key,
      (key) => key.toUpperCase(),
      (key) => encodeURIComponent(key),
      (key) => JSON.stringify(key).slice(1, -1),
      (key) => Buffer.from(key).toString("base64"),
      (key) => Buffer.from(key).toString("base64url"),
    );
    fc.assert(
      fc.property(keys, quotings, (key, quote) => {
        const clean = createRedactor(key)(`before <${quote(key)}> after`);
        assert.ok(!clean.toLowerCase().includes(quote(key).toLowerCase()));
        assert.match(clean, /^before/);
      }),
    );
  });

  test("finds keys of known makers that are not ours, and leaves plain words alone", () => {
    const redact = createRedactor(undefined);
    assert.equal(redact("Incorrect key sk-abcd****wxyz given."), "Incorrect key [key] given.");
    assert.equal(redact("Bearer abc.def-123456"), "[key]");
    assert.equal(redact("The risk-averse bearer of news"), "The risk-averse bearer of news");
  });

  test("keeps nothing where the key is too short to be told from words", () => {
    assert.equal(createRedactor("abc")("x abc y"), "[key]");
  });
});
