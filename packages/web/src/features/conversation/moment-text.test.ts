import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, momentText } from "./moment-text.ts";

test("what a field shows is the second that it was given", () => {
  for (const ms of [0, 1_700_000_000_123, Date.UTC(2024, 1, 29, 23, 59, 59, 999)]) {
    const again = momentOf(momentText(ms));
    assert.equal(again, Math.floor(ms / 1000) * 1000 + 999);
  }
});

test("half a date is no moment", () => {
  assert.equal(momentOf(""), undefined);
  assert.equal(momentOf("2024-13-01T00:00"), undefined);
});
