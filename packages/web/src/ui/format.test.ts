import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAmount, formatBytes, formatDuration, formatRelative, formatYears } from "./format.ts";

test("says bytes in the unit that fits, and never 1000 of one", () => {
  assert.equal(formatBytes(0), "0 bytes");
  assert.equal(formatBytes(1), "1 byte");
  assert.equal(formatBytes(999_999), "1.0 MB");
  assert.equal(formatBytes(14_300), "14 kB");
  assert.equal(formatBytes(3_240_000_000), "3.2 GB");
});

test("one is singular, none is plural", () => {
  assert.equal(formatAmount(1, "entry", "entries"), "1 entry");
  assert.equal(formatAmount(0, "message"), "0 messages");
});

test("a time that has just passed is not zero minutes ago", () => {
  const now = Date.UTC(2026, 5, 1);
  assert.equal(formatRelative(now - 59_000, now), "just now");
  assert.match(formatRelative(now - 3_700_000, now), /1 hour/);
});

test("a span within one year names it once", () => {
  assert.equal(formatYears(Date.UTC(2016, 3), Date.UTC(2025, 1)), "2016–2025");
  assert.equal(formatYears(Date.UTC(2025, 0), Date.UTC(2025, 11)), "2025");
});

test("durations are rounded to what a person would say", () => {
  assert.equal(formatDuration(12), "12 ms");
  assert.equal(formatDuration(3_200), "3.2 s");
  assert.equal(formatDuration(190_000), "3 min");
});
