import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { QuietTimer } from "./quiet-timer.ts";

interface Fixture {
  timer: QuietTimer;
  /** Times at which the work was done, in milliseconds from the start. */
  done: number[];
  /** Lets time pass. */
  pass: (ms: number) => void;
}

function start(t: TestContext, options: { isUrgent?: () => boolean } = {}): Fixture {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const done: number[] = [];
  const timer = new QuietTimer({ work: () => done.push(now), quietMs: 100, latestMs: 1000, ...options });
  const pass = (ms: number): void => {
    for (let step = 0; step < ms; step += 10) {
      now += 10;
      t.mock.timers.tick(10);
    }
  };
  return { timer, done, pass };
}

describe("QuietTimer", () => {
  test("does its work once things are quiet, and only then", (t) => {
    const { timer, done, pass } = start(t);
    pass(500);
    assert.deepEqual(done, []);
    timer.touch();
    pass(90);
    assert.deepEqual(done, []);
    pass(500);
    assert.deepEqual(done, [600]);
  });

  test("waits while more comes, but not longer than it may", (t) => {
    const { timer, done, pass } = start(t);
    for (let touch = 0; touch < 30; touch += 1) {
      timer.touch();
      pass(50);
    }
    const [first = 0] = done;
    assert.ok(first >= 1000 && first <= 1100, `done at ${done.join(", ")}`);
  });

  test("waits no longer when it is urgent", (t) => {
    let isUrgent = false;
    const { timer, done, pass } = start(t, { isUrgent: () => isUrgent });
    for (let touch = 0; touch < 10; touch += 1) {
      timer.touch();
      pass(50);
      isUrgent = touch >= 4;
    }
    assert.equal(done[0], 300);
  });

  test("does nothing after it was stopped, until something happens again", (t) => {
    const { timer, done, pass } = start(t);
    timer.touch();
    pass(50);
    timer.stop();
    pass(500);
    assert.deepEqual(done, []);
    timer.touch();
    pass(100);
    assert.deepEqual(done, [650]);
  });
});
