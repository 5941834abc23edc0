import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonValue } from "@chatty/model";
import fc from "fast-check";
import { commentJson, commentValue, inlineText, quoteYaml } from "./transcript-quote.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("-->", "--", "--!>", "a\n---\nb", "\ud800"),
);

describe("commentJson", () => {
  test("is the same JSON value and can neither end nor open a comment", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), text, (value, extra) => {
        const written = commentJson({ value: value as JsonValue, extra });
        assert.equal(JSON.stringify(JSON.parse(written)), JSON.stringify({ value, extra }));
        assert.doesNotMatch(written, />|--|\n/);
      }),
    );
  });
});

describe("quoteYaml", () => {
  test("stays on one line, is well-formed and is the same text to a JSON reader", () => {
    fc.assert(
      fc.property(text, (value) => {
        const quoted = quoteYaml(value);
        assert.doesNotMatch(quoted, /[\n\r<>\u2028\u2029\ufeff]/);
        assert.ok(quoted.isWellFormed());
        assert.equal(JSON.parse(quoted), value.toWellFormed());
      }),
    );
  });
});

describe("inlineText", () => {
  test("keeps plain words and makes one line of anything", () => {
    assert.equal(inlineText("C# notes: my_file (2)"), "C# notes: my_file (2)");
    assert.equal(inlineText(" a\r\n\r\n---\n# b "), "a --- # b");
    assert.equal(inlineText("# heading #"), "# heading \\#");
    assert.equal(
      inlineText("<!-- x --> &lt; AT&T *b* [c](d)"),
      "&lt;!-- x --&gt; &amp;lt; AT&T \\*b\\* \\[c\\](d)",
    );
    fc.assert(fc.property(text, (value) => assert.doesNotMatch(inlineText(value), /[\n\r<>\u2028\u2029]/)));
  });
});

describe("commentValue", () => {
  test("leaves words alone and quotes everything else", () => {
    assert.equal(commentValue("chatgpt-alex-001"), "chatgpt-alex-001");
    assert.equal(commentValue("a: b"), '"a: b"');
    assert.equal(commentValue("x--\nisPrimary"), '"x\\u002d\\u002d\\nisPrimary"');
  });
});
