import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { disposition } from "./file-answer.ts";

describe("disposition", () => {
  test("is one harmless header line for any name, and gives the name back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (name) => {
        const line = disposition("attachment", name);
        assert.match(line, /^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]*$/);
        assert.match(line, /^[\x20-\x7e]*$/);
        const exact = decodeURIComponent(line.split("UTF-8''")[1] ?? "");
        assert.equal(exact, name.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, " "));
      }),
    );
  });

  test("cuts a name between two halves of a letter without breaking it", () => {
    const line = disposition("inline", `${"x".repeat(199)}😀`);
    assert.doesNotThrow(() => decodeURIComponent(line.split("UTF-8''")[1] ?? ""));
  });
});
