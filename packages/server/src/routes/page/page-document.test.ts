import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withNonce } from "./page-routes.ts";

describe("withNonce", () => {
  test("fills every placeholder and gives the meta element what libraries read", () => {
    const built = '<head>\n<meta property="csp-nonce" nonce="__CSP_NONCE__">\n<style nonce="__CSP_NONCE__">';
    const text = withNonce(built, "n0");
    assert.equal(text.match(/<meta/g)?.length, 1);
    assert.match(text, /<meta property="csp-nonce" nonce="n0" content="n0">/);
    assert.match(text, /<style nonce="n0">/);
    assert.doesNotMatch(text, /__CSP/);
  });

  test("puts the meta element into a document that has none", () => {
    assert.equal(
      withNonce("<html><head><title>x</title>", "a+b/"),
      '<html><head>\n<meta property="csp-nonce" nonce="a+b/" content="a+b/"><title>x</title>',
    );
  });
});
