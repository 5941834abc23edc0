import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBefore, dayLabel, shownTime } from "./message-times.ts";

const noon = new Date(2024, 4, 3, 12, 0).getTime();
const day = 86_400_000;

test("names the day by its distance", () => {
  assert.equal(dayLabel(noon, noon + 3_600_000), "Today");
  assert.equal(dayLabel(noon - day, noon), "Yesterday");
  assert.match(dayLabel(noon - 30 * day, noon), /3/);
  assert.doesNotMatch(dayLabel(noon - 30 * day, noon), /2024/);
  assert.match(dayLabel(noon - 500 * day, noon), /2022/);
});

test("a day begins where the date changes, not where a time is missing", () => {
  assert.equal(dayBefore({ timestamp: noon }, undefined, noon), "Today");
  assert.equal(dayBefore({ timestamp: noon }, { timestamp: noon - 60_000 }, noon), undefined);
  assert.equal(dayBefore({ timestamp: noon }, { timestamp: noon - day }, noon), "Today");
  assert.equal(dayBefore({}, { timestamp: noon }, noon), undefined);
  assert.equal(dayBefore({ timestamp: noon }, {}, noon), "Today");
});

test("never shows a time as surer than it is", () => {
  assert.equal(shownTime(noon, "message").isCertain, true);
  assert.match(shownTime(noon, "conversation").short, /^about /);
  assert.match(shownTime(noon, "conversation").exact, /the conversation's/);
  assert.equal(shownTime(undefined, "none").short, "no date");
});
