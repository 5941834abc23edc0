import assert from "node:assert/strict";
import { test } from "node:test";
import { createRowGate } from "./row-gate.ts";

function frames() {
  const planned: (() => void)[] = [];
  return {
    next: (callback: () => void) => {
      planned.push(callback);
    },
    run: () => {
      for (const callback of planned.splice(0)) callback();
    },
    count: () => planned.length,
  };
}

test("what is opened is drawn at once", () => {
  const gate = createRowGate(frames().next, 1);
  assert.deepEqual([gate.take(), gate.take(), gate.take()], [true, true, true]);
});

test("draws so many rows in a frame, the others in their turn", () => {
  const clock = frames();
  const gate = createRowGate(clock.next, 2);
  gate.close();
  assert.deepEqual([gate.take(), gate.take(), gate.take()], [true, true, false]);
  const turns: string[] = [];
  for (const name of ["a", "b", "c"]) gate.wait(() => turns.push(name));
  clock.run();
  assert.deepEqual(turns, ["a", "b"]);
  clock.run();
  assert.deepEqual(turns, ["a", "b", "c"]);
  clock.run();
  assert.equal(clock.count(), 0);
});

test("a row that is gone takes nobody's turn", () => {
  const clock = frames();
  const gate = createRowGate(clock.next, 1);
  gate.close();
  const turns: string[] = [];
  const leave = gate.wait(() => turns.push("gone"));
  gate.wait(() => turns.push("here"));
  leave();
  clock.run();
  assert.deepEqual(turns, ["here"]);
});
