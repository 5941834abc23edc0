import assert from "node:assert/strict";
import { test } from "node:test";
import { linkHost, safeHref } from "./safe-links.ts";

test("opens http, https and mailto", () => {
  assert.equal(safeHref("https://example.org/a?b#c"), "https://example.org/a?b#c");
  assert.equal(safeHref("HTTP://Example.org"), "http://example.org/");
  assert.equal(safeHref("mailto:anna@example.org"), "mailto:anna@example.org");
});

test("refuses every other scheme, however it is spelled", () => {
  const refused = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "blob:https://example.org/1",
    "file:///etc/passwd",
    "ftp://example.org",
    "sandbox:/mnt/data/x.csv",
  ];
  for (const address of refused) assert.equal(safeHref(address), undefined, JSON.stringify(address));
});

test("refuses what is relative, empty, huge or no text", () => {
  for (const address of ["", "/app", "//example.org", "#top", "?m=1", "https://", 7, undefined, null]) {
    assert.equal(safeHref(address), undefined, String(address));
  }
  assert.equal(safeHref(`https://example.org/${"a".repeat(9000)}`), undefined);
});

test("names the real host, not what stands before it", () => {
  assert.equal(linkHost("https://bank.example@evil.example/login"), "evil.example");
  assert.equal(linkHost("https://www.example.org:8443/x"), "example.org:8443");
  assert.equal(linkHost("mailto:a%40b"), "a@b");
  assert.equal(linkHost("mailto:100%"), "100%");
});
