import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { railPlace, runAround, runFor, runLength } from "./list-run.ts";

test("a short conversation is one run", () => {
  assert.deepEqual(runAround(5, 10), { from: 0, to: 10 });
  const run = { from: 0, to: 10 };
  assert.equal(runFor(run, { from: 0, to: 10 }, 10), run);
});

test("a run never leaves the conversation and always holds its index", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300_000 }), fc.nat(), (count, at) => {
      const index = at % count;
      const run = runAround(index, count);
      assert.ok(run.from >= 0 && run.to <= count && run.from <= index && index < run.to);
      assert.equal(run.to - run.from, Math.min(count, runLength));
    }),
  );
});

test("walking through any conversation keeps what is seen inside the run, and the run still most of the time", () => {
  const count = 5000;
  let run = runAround(count - 1, count);
  let moves = 0;
  for (let first = count - 10; first >= 0; first -= 3) {
    const next = runFor(run, { from: first, to: first + 10 }, count);
    if (next !== run) moves += 1;
    run = next;
    assert.ok(run.from <= first && first + 10 <= run.to);
  }
  assert.equal(run.from, 0);
  assert.ok(moves < count / 50, `${moves} moves`);
});

test("the run is cut when the conversation becomes shorter", () => {
  const run = runFor({ from: 700, to: 1000 }, { from: 900, to: 910 }, 50);
  assert.deepEqual(run, { from: 0, to: 50 });
});

test("the rail says the ends exactly and moves one way", () => {
  assert.equal(railPlace(0, 5, 1000, 0.05).top, 0);
  const end = railPlace(995, 5, 1000, 0.05);
  assert.ok(Math.abs(end.top + end.size - 1) < 1e-9);
  assert.deepEqual(railPlace(0, 0, 0, 0.1), { top: 0, size: 1 });
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 100_000 }), fc.nat(), (count, at) => {
      const first = at % (count - 6);
      const here = railPlace(first, 5, count, 0.04);
      const next = railPlace(first + 1, 5, count, 0.04);
      assert.ok(here.top < next.top && next.top + next.size <= 1 + 1e-9);
    }),
  );
});
