import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SearchState } from "@chatty/model";
import { createCommandOutput } from "../output/command-output.ts";
import { createFakeStreams } from "../testing/fake-streams.ts";
import { catchUpIndex } from "./index-catch-up.ts";

function stateWith(pendingSessions: number, state: SearchState["state"] = "ready"): SearchState {
  return {
    messages: 0,
    sessions: 0,
    pendingSessions,
    state,
    bytes: 0,
    meaning: { state: "off", chunks: 0, pendingChunks: 0 },
  };
}

describe("catchUpIndex", () => {
  const never = new AbortController().signal;

  test("waits until nothing is missing, and is silent when that is soon", async () => {
    const streams = createFakeStreams();
    const left = [3, 2, 1, 0];
    const state = await catchUpIndex({
      state: () => Promise.resolve(stateWith(left.shift() ?? 0)),
      output: createCommandOutput(streams, false),
      signal: never,
      patienceMs: 10_000,
    });
    assert.equal(state.pendingSessions, 0);
    assert.deepEqual(left, []);
    assert.equal(streams.errors(), "");
  });

  test("says on stderr what takes long, gives up after its patience, and does not wait for what failed", async () => {
    const streams = createFakeStreams();
    const output = createCommandOutput(streams, true);
    const slow = await catchUpIndex({
      state: () => Promise.resolve(stateWith(7)),
      output,
      signal: never,
      patienceMs: 2800,
    });
    assert.equal(slow.pendingSessions, 7);
    assert.match(streams.errors(), /brought up to date: 7 conversations to go/);
    assert.equal(streams.output(), "");
    const failed = () => Promise.resolve(stateWith(7, "failed"));
    const started = performance.now();
    await catchUpIndex({ state: failed, output, signal: never, patienceMs: 60_000 });
    assert.ok(performance.now() - started < 1000);
  });

  test("draws progress on a terminal", async () => {
    const streams = createFakeStreams();
    streams.terminal = { ...streams.terminal, stderrIsTerminal: true, columns: 100 };
    const left = [12, 8, 4, 0];
    await catchUpIndex({
      state: () => Promise.resolve(stateWith(left.shift() ?? 0)),
      output: createCommandOutput(streams, false),
      signal: never,
      patienceMs: 10_000,
    });
    assert.match(streams.errors(), /Bringing search up to date: 4 of 12 conversations/);
    assert.ok(streams.errors().endsWith("\r\u001B[2K"), "the line is taken away at the end");
  });

  test("ends when it is stopped", async () => {
    const stop = new AbortController();
    const waiting = catchUpIndex({
      state: () => Promise.resolve(stateWith(1)),
      output: createCommandOutput(createFakeStreams(), false),
      signal: stop.signal,
      patienceMs: 60_000,
    });
    setTimeout(() => stop.abort(), 30);
    await assert.rejects(waiting, { name: "AbortError" });
  });
});
