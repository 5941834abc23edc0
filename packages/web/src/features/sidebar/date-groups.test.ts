import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { groupStarts, recentGroups } from "./date-groups.ts";

const at = (year: number, month: number, day: number, hour = 12) =>
  new Date(year, month - 1, day, hour).getTime();
const thursday = new Date(2026, 10, 19, 9, 30);

test("a newest-first list is cut at today, yesterday, this week, this month and then at months", () => {
  const times = [
    at(2026, 11, 19, 8),
    at(2026, 11, 19, 0),
    at(2026, 11, 18, 23),
    at(2026, 11, 16),
    at(2026, 11, 2),
    at(2026, 10, 31),
    at(2025, 12, 31),
    null,
    null,
  ];
  assert.deepEqual(groupStarts(times, thursday, "en"), [
    { at: 0, label: "Today" },
    { at: 2, label: "Yesterday" },
    { at: 3, label: "This week" },
    { at: 4, label: "This month" },
    { at: 5, label: "October" },
    { at: 6, label: "December 2025" },
    { at: 7, label: "Undated" },
  ]);
});

test("on a Monday that is the first of a month, no group is left for the rest of either", () => {
  const labels = recentGroups(new Date(2026, 5, 1, 10)).map((group) => group.label);
  assert.deepEqual(labels, ["Today", "Yesterday"]);
});

test("times in the future are of today", () => {
  assert.deepEqual(groupStarts([at(2027, 3, 1)], thursday, "en"), [{ at: 0, label: "Today" }]);
});

test("no group is named twice, whatever the times and their order", () => {
  const time = fc.option(fc.integer({ min: at(2015, 1, 1), max: at(2027, 1, 1) }), { nil: null });
  fc.assert(
    fc.property(fc.array(time, { maxLength: 60 }), (times) => {
      const labels = groupStarts(times, thursday, "en").map((start) => start.label);
      assert.equal(new Set(labels).size, labels.length);
    }),
  );
});
