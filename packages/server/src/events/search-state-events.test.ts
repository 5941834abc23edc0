import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SearchState } from "@chatty/model";
import type { ServerEvent } from "../api/events.ts";
import { createSearchStateEvents } from "./search-state-events.ts";

const ready: SearchState = {
  messages: 10,
  sessions: 1,
  pendingSessions: 0,
  state: "ready",
  bytes: 100,
  meaning: { state: "off", chunks: 0, pendingChunks: 0 },
};

interface Watched {
  told: ServerEvent[];
  looks: number;
  state: SearchState;
  isHeard: boolean;
}

describe("createSearchStateEvents", () => {
  test("tells a working index a few times a second, a resting one once, and nobody nothing", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let clock = 0;
    t.mock.method(performance, "now", () => clock);
    const pass = async (ms: number): Promise<void> => {
      for (let done = 0; done < ms; done += 10) {
        clock += 10;
        t.mock.timers.tick(10);
        await nextTurn();
      }
    };
    const watched: Watched = { told: [], looks: 0, state: ready, isHeard: true };
    const events = createSearchStateEvents({
      state() {
        watched.looks += 1;
        return Promise.resolve(watched.state);
      },
      tell: (event) => watched.told.push(event),
      isHeard: () => watched.isHeard,
    });
    events.look();
    await pass(20);
    assert.deepEqual(watched.told, [{ type: "search_state", search: ready }]);
    await pass(30_000);
    assert.equal(watched.told.length, 1, "what did not change is not told again");
    assert.ok(watched.looks < 15, `${watched.looks} looks at a resting index`);
    for (let step = 0; step < 1000; step += 1) {
      watched.state = { ...ready, state: "building", messages: step, pendingSessions: 5 };
      events.look();
      await pass(10);
    }
    const tellings = watched.told.length - 1;
    assert.ok(tellings >= 20 && tellings <= 30, `${tellings} tellings in ten seconds`);
    watched.state = { ...ready, messages: 1000 };
    await pass(1000);
    assert.deepEqual(watched.told.at(-1), { type: "search_state", search: watched.state });
    watched.isHeard = false;
    watched.state = { ...ready, messages: 2000 };
    const { looks } = watched;
    await pass(60_000);
    assert.equal(watched.looks, looks);
    watched.isHeard = true;
    events.look();
    await pass(10);
    assert.deepEqual(watched.told.at(-1), { type: "search_state", search: watched.state });
    events.close();
    watched.state = ready;
    events.look();
    await pass(60_000);
    assert.notDeepEqual(watched.told.at(-1), { type: "search_state", search: ready });
  });
});
