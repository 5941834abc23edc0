import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { TestContext } from "node:test";
import { SaveRhythm } from "./save-rhythm.ts";

function start(t: TestContext) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  t.after(() => mock.timers.reset());
  const saved: { at: number; value: string }[] = [];
  const rhythm = new SaveRhythm<string>({ quietMs: 750, mostMs: 10_000 }, (value) => {
    saved.push({ at: Date.now(), value });
  });
  return { rhythm, saved };
}

test("saves once, a moment after the last change", (t) => {
  const { rhythm, saved } = start(t);
  for (const value of ["a", "ab", "abc"]) {
    rhythm.changed(value);
    mock.timers.tick(100);
  }
  mock.timers.tick(649);
  assert.deepEqual(saved, []);
  assert.equal(rhythm.isHeld, true);
  mock.timers.tick(1);
  assert.deepEqual(saved, [{ at: 950, value: "abc" }]);
  assert.equal(rhythm.isHeld, false);
});

test("saves at the latest after ten seconds while somebody types without a pause", (t) => {
  const { rhythm, saved } = start(t);
  for (let key = 0; key < 250; key += 1) {
    rhythm.changed(String(key));
    mock.timers.tick(100);
  }
  assert.deepEqual(
    saved.map(({ at }) => at),
    [10_000, 20_000],
  );
  mock.timers.tick(750);
  assert.equal(saved.at(-1)?.value, "249");
});

test("leaving saves what is held, once", (t) => {
  const { rhythm, saved } = start(t);
  rhythm.changed("half");
  rhythm.flush();
  rhythm.flush();
  mock.timers.tick(20_000);
  assert.deepEqual(saved, [{ at: 0, value: "half" }]);
});

test("what was sent is not saved as a draft", (t) => {
  const { rhythm, saved } = start(t);
  rhythm.changed("sent");
  rhythm.drop();
  mock.timers.tick(20_000);
  assert.deepEqual(saved, []);
});

test("other times count from the next change on", (t) => {
  const { rhythm, saved } = start(t);
  rhythm.setTimes({ quietMs: 100, mostMs: 500 });
  rhythm.changed("x");
  mock.timers.tick(100);
  assert.deepEqual(saved, [{ at: 100, value: "x" }]);
});
