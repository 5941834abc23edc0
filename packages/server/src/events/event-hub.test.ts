import assert from "node:assert/strict";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { describe, test } from "node:test";
import type { RuntimeId, SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { SessionView, UserVault, VaultChange } from "@chatty/store";
import type { ServerEvent } from "../api/events.ts";
import { createChangeEvents } from "./change-events.ts";
import { createEventHub } from "./event-hub.ts";

interface FakeUser {
  user: UserVault;
  listeners: Set<(change: VaultChange) => void>;
}

function fakeUser(): FakeUser {
  const listeners = new Set<(change: VaultChange) => void>();
  const user: Partial<UserVault> = {
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    runtimes: () => [],
    session(name) {
      if (name === "gone") throw new ChattyError("SESSION_NOT_FOUND", "Gone.");
      return { sessionId: name as SessionId, runtimeId: "synth" as RuntimeId } as SessionView;
    },
  };
  return { user: user as UserVault, listeners };
}

function sessionChange(id: string): VaultChange {
  return { kind: "session", sessionId: id as SessionId };
}

describe("createEventHub", () => {
  test("forgets a tab that is gone, and the vault when it is closed", async () => {
    const { user, listeners } = fakeUser();
    const hub = createEventHub(user);
    const tabs = [hub.open(), hub.open(), hub.open()];
    assert.equal(hub.listening, 3);
    tabs[0]?.destroy();
    await nextTurn();
    assert.equal(hub.listening, 2);
    hub.close();
    for (const tab of tabs.slice(1)) for await (const chunk of tab) assert.ok(chunk);
    await nextTurn();
    assert.equal(hub.listening, 0);
    assert.equal(listeners.size, 0);
  });
});

describe("createChangeEvents", () => {
  test("tells single sessions up to ten a second, and the rest as a change of their runtime", async () => {
    const told: ServerEvent[] = [];
    const changes = createChangeEvents(fakeUser().user, (event) => told.push(event));
    for (let number = 0; number < 500; number += 1) changes.take(sessionChange(`s${number}`));
    await wait(700);
    changes.close();
    assert.equal(told.filter(({ type }) => type === "session").length, 10);
    assert.deepEqual(
      told.filter(({ type }) => type === "sessions_changed"),
      [{ type: "sessions_changed", runtimeId: "synth" }],
    );
  });

  test("tells the same thing once per burst, and one that is gone as removed", async () => {
    const told: ServerEvent[] = [];
    const changes = createChangeEvents(fakeUser().user, (event) => told.push(event));
    for (let number = 0; number < 50; number += 1) changes.take({ kind: "settings" });
    changes.take(sessionChange("gone"));
    changes.take({ kind: "runtime", runtimeId: "custom" as RuntimeId });
    await wait(50);
    changes.close();
    assert.deepEqual(told, [
      { type: "settings" },
      { type: "session_removed", sessionId: "gone" },
      { type: "runtime_removed", runtimeId: "custom" },
    ]);
  });
});
