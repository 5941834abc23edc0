import assert from "node:assert/strict";
import { test } from "node:test";
import { barsRange, isWithin, monthBars, yearTicks } from "./month-bars.ts";

test("empty months between two with hits are there, what has no time is apart", () => {
  const { bars, unit, largest, undated } = monthBars([
    { value: "2023-02", count: 4 },
    { value: "2024-02", count: 9 },
    { value: "undated", count: 3 },
  ]);
  assert.equal(bars.length, 13);
  assert.deepEqual(bars[0], { value: "2023-02", count: 4 });
  assert.deepEqual(bars[1], { value: "2023-03", count: 0 });
  assert.deepEqual(bars.at(-1), { value: "2024-02", count: 9 });
  assert.deepEqual([unit, largest, undated], ["month", 9, 3]);
});

test("a short time is shown within its whole years", () => {
  const { bars } = monthBars([{ value: "2024-03", count: 1 }]);
  assert.equal(bars.length, 12);
  assert.deepEqual([bars[0]?.value, bars[2]?.count, bars.at(-1)?.value], ["2024-01", 1, "2024-12"]);
  const two = monthBars([
    { value: "2023-12", count: 1 },
    { value: "2024-01", count: 1 },
  ]);
  assert.deepEqual([two.bars[0]?.value, two.bars.length], ["2023-01", 24]);
});

test("without a dated hit there are no bars", () => {
  assert.deepEqual(monthBars([]).bars, []);
  assert.equal(monthBars([{ value: "undated", count: 2 }]).undated, 2);
});

test("more months than can be told apart become years", () => {
  const { bars, unit } = monthBars([
    { value: "1999-05", count: 1 },
    { value: "1999-06", count: 2 },
    { value: "2024-02", count: 9 },
  ]);
  assert.equal(unit, "year");
  assert.equal(bars.length, 26);
  assert.deepEqual(bars[0], { value: "1999", count: 3 });
});

test("the range of bars ends where the last one does", () => {
  const { from, to } = barsRange("2024-12", "2024-02");
  assert.equal(new Date(from).toISOString(), "2024-02-01T00:00:00.000Z");
  assert.equal(new Date(to).toISOString(), "2025-01-01T00:00:00.000Z");
  assert.equal(barsRange("2023", "2023").to, Date.UTC(2024, 0));
  assert.equal(isWithin("2024-02", from, to), true);
  assert.equal(isWithin("2025-01", from, to), false);
  assert.equal(isWithin("2024-01", from, undefined), false);
});

test("years are named where they begin, and not so many that they touch", () => {
  const { bars } = monthBars([
    { value: "2016-05", count: 1 },
    { value: "2024-02", count: 9 },
  ]);
  assert.deepEqual(
    yearTicks(bars, 20).map(({ year }) => year),
    ["2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024"],
  );
  assert.deepEqual(
    yearTicks(bars, 4).map(({ year }) => year),
    ["2016", "2019", "2022"],
  );
});
