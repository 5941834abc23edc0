import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { describe, test } from "node:test";
import { listen } from "./listen.ts";
import type { SeenEvent } from "./listen.ts";
import { openTestServer } from "./open-test-server.ts";
import { smallExport } from "./small-export.ts";

interface Named {
  sessionId: string;
}

describe("what open tabs are told", () => {
  test("every change, in both of two tabs, whoever made it", async (t) => {
    const server = await openTestServer(t);
    const tabs = [await listen(server), await listen(server)];
    const told = async (fits: (event: SeenEvent) => boolean): Promise<void> => {
      for (const tab of tabs) await tab.find(fits);
    };
    await told(({ type }) => type === "hello");
    const { sessionId } = await server.good<Named>("/api/sessions", {
      method: "POST",
      body: { title: "One" },
    });
    await told((event) => event.type === "session" && titleOf(event) === "One");
    const path = `/api/sessions/${sessionId}`;
    await server.good(path, { method: "PATCH", body: { title: "Two", starred: true } });
    await told((event) => event.type === "session" && titleOf(event) === "Two");
    await server.good(`${path}/messages`, { method: "POST", body: { role: "user", content: "Hello" } });
    await told((event) => event.type === "messages" && event["sessionId"] === sessionId);
    await server.good(`${path}/draft`, { method: "PUT", body: { text: "half a thought" } });
    await told((event) => event.type === "draft" && event["text"] === "half a thought");
    await server.good("/api/runtimes/lin/select", { method: "POST" });
    await told((event) => event.type === "runtime_selected" && event["runtimeId"] === "lin");
    await server.good("/api/runtimes/lin", { method: "PATCH", body: { name: "Vessel" } });
    await told((event) => event.type === "runtime" && runtimeNameOf(event) === "Vessel");
    await server.good("/api/settings", { method: "PUT", body: { theme: "dark" } });
    await told(({ type }) => type === "settings");
    await server.good(path, { method: "DELETE" });
    await told((event) => isGone(event, sessionId));
    // Not through the server at all: as a command that goes through the owner does it.
    const made = await server.opened.user.createSession({ title: "From elsewhere" });
    await told((event) => event.type === "session" && sessionIdOf(event) === made.sessionId);
    for (const tab of tabs) tab.close();
  });

  test("an import: its job to the end, the runtime, and its conversations at once", async (t) => {
    const server = await openTestServer(t);
    const tab = await listen(server);
    const titles = Array.from({ length: 300 }, (_, index) => `Talk ${index}`);
    await server.good("/api/import/chat-export", { method: "POST", body: smallExport(titles) });
    const done = await tab.find((event) => event.type === "job" && jobStateOf(event) === "done");
    const { runtimeId } = done["job"] as { runtimeId: string };
    await tab.find((event) => event.type === "runtime_selected" && event["runtimeId"] === runtimeId);
    await tab.find((event) => event.type === "sessions_changed" && event["runtimeId"] === runtimeId);
    const single = tab.events.filter(({ type }) => type === "session");
    assert.ok(single.length <= 20, `${single.length} single sessions were told`);
    tab.close();
  });

  test("a burst of changes of one conversation a few times, and in the end as it is", async (t) => {
    const server = await openTestServer(t);
    const tab = await listen(server);
    const { sessionId } = await server.opened.user.createSession({ title: "0" });
    for (let number = 1; number <= 100; number += 1) {
      await server.opened.user.renameSession(sessionId, String(number));
    }
    await tab.find((event) => event.type === "session" && titleOf(event) === "100");
    const told = tab.events.filter((event) => event.type === "session" && sessionIdOf(event) === sessionId);
    assert.ok(told.length <= 40, `told ${told.length} times`);
    tab.close();
  });

  test("nothing after the tab is gone: the stream is let go of", async (t) => {
    const server = await openTestServer(t);
    const tabs = [await listen(server), await listen(server)];
    for (const tab of tabs) tab.close();
    await wait(200);
    const last = await listen(server);
    await last.find(({ type }) => type === "hello");
    await server.server.close();
    await last.ended;
  });

  test("a start of the server gives itself another name", async (t) => {
    const server = await openTestServer(t);
    const before = await listen(server);
    const { serverId } = await before.find(({ type }) => type === "hello");
    await server.restart();
    await before.ended;
    const after = await listen(server);
    assert.notEqual((await after.find(({ type }) => type === "hello"))["serverId"], serverId);
    after.close();
  });
});

function sessionOf(event: SeenEvent): { sessionId?: string; title?: string; deleted?: boolean } {
  const { session } = event as { session?: { sessionId?: string; title?: string; deleted?: boolean } };
  return session ?? {};
}

function titleOf(event: SeenEvent): string | undefined {
  return sessionOf(event).title;
}

function sessionIdOf(event: SeenEvent): string | undefined {
  return sessionOf(event).sessionId;
}

function runtimeNameOf(event: SeenEvent): string | undefined {
  return (event["runtime"] as { name?: string } | undefined)?.name;
}

function jobStateOf(event: SeenEvent): string | undefined {
  return (event["job"] as { state?: string } | undefined)?.state;
}

/** Deleted ones are told of as removed, or as the deleted session that they are. */
function isGone(event: SeenEvent, sessionId: string): boolean {
  if (event.type === "session_removed") return event["sessionId"] === sessionId;
  return event.type === "session" && sessionIdOf(event) === sessionId && sessionOf(event).deleted === true;
}
