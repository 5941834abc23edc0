import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { MessageWindow, Provider, ProviderList, ProviderTest, SessionDetail } from "@chatty/server/api";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider } from "@chatty/runtimes/testing";
import { listen } from "./listen.ts";
import { errorCode, openTestServer } from "./open-test-server.ts";
import type { TestServer } from "./open-test-server.ts";

const path = "/api/sessions/synth-001_chat_with_synth-001";

describe("answers over HTTP", () => {
  test("without a provider the message is kept and the answer says what is missing", async (t) => {
    const server = await openTestServer(t);
    const tab = await listen(server);
    const { answerId } = await send(server, "Is anybody there?");
    await tab.find(({ type, state }) => type === "generation" && state === "ended");
    const { messages } = await server.good<MessageWindow>(`${path}/messages`);
    assert.equal(messages[0]?.content, "Is anybody there?");
    assert.match(JSON.stringify(messages.find(({ id }) => id === answerId)), /NO_PROVIDER/);
    tab.close();
  });

  test("streams to every reader, and what the reader saw is what is kept", async (t) => {
    const { server } = await withProvider(t, { chunkDelayMs: 20 });
    const tab = await listen(server);
    const { answerId } = await send(server, "Count for me, please");
    await tab.find(({ type, state }) => type === "generation" && state === "started");
    const readers = [await listen(server, `${path}/generation`), await listen(server, `${path}/generation`)];
    assert.equal((await server.good<SessionDetail>(path)).generating, true);
    await Promise.all(readers.map(({ ended }) => ended));
    const { messages } = await server.good<MessageWindow>(`${path}/messages`);
    const kept = messages.find(({ id }) => id === answerId);
    for (const { events } of readers) {
      let text = "";
      for (const event of events) {
        if (event.type === "state" || event.type === "text") text += String(event["text"]);
      }
      assert.equal(text, kept?.content);
      assert.equal(events.at(-1)?.type, "done");
      assert.equal(events.at(-1)?.["messageId"], answerId);
    }
    assert.equal((await server.ask(`${path}/generation`)).status, 204);
    tab.close();
  });

  test("stops where it is told to, keeps what came, and answers anew as a branch", async (t) => {
    const { server } = await withProvider(t, {
      chunkDelayMs: 50,
      reply: () => "one two three four five six seven eight nine ten eleven twelve",
    });
    const { answerId, messageId } = await send(server, "Go on");
    const reader = await listen(server, `${path}/generation`);
    await reader.find(({ type }) => type === "text");
    assert.equal((await server.ask(`${path}/generation`, { method: "DELETE" })).status, 204);
    const done = await reader.find(({ type }) => type === "done");
    assert.equal(done["stopped"], true);
    const again = await server.good<{ answerId: string }>(`${path}/generation`, {
      method: "POST",
      body: { parentId: messageId },
    });
    await (
      await listen(server, `${path}/generation`)
    ).ended;
    const { messages } = await server.good<MessageWindow>(`${path}/messages`);
    assert.deepEqual(messages.at(-1)?.siblings.ids, [answerId, again.answerId]);
    assert.ok(messages.at(-1)?.content.endsWith("twelve"));
  });

  test("a stop of the server keeps what there is of an answer", async (t) => {
    const { server } = await withProvider(t, {
      chunkDelayMs: 50,
      reply: () => Array.from({ length: 200 }, (_, index) => `word${index}`).join(" "),
    });
    const { answerId } = await send(server, "A long one");
    const reader = await listen(server, `${path}/generation`);
    await reader.find(({ type }) => type === "text");
    await wait(300);
    await server.restart();
    await reader.ended;
    const { messages } = await server.good<MessageWindow>(`${path}/messages`);
    const kept = messages.find(({ id }) => id === answerId);
    assert.match(kept?.content ?? "", /^word0 /);
    assert.equal((await server.good<SessionDetail>(path)).generating, false);
  });
});

describe("providers over HTTP", () => {
  test("are found on this machine, tested, kept without their key, and removed", async (t) => {
    const standIn = await startStandInProvider({
      key: "sk-a-secret-of-the-test",
      models: ["small", "large"],
    });
    t.after(() => standIn.close());
    const server = await openTestServer(t);
    const draft = { kind: "openai-compatible", name: "Stand-in", baseUrl: standIn.baseUrl };
    const added = await server.good<Provider>("/api/providers", { method: "POST", body: draft });
    const place = `/api/providers/${added.providerId}`;
    const refused = await server.good<ProviderTest>(`${place}/test`, { method: "POST", body: {} });
    assert.deepEqual([refused.ok, refused.code], [false, "KEY_REFUSED"]);
    const body = { ...draft, key: "sk-a-secret-of-the-test" };
    const keyed = await server.ask(place, { method: "PUT", body });
    assert.doesNotMatch(keyed.text, /secret/);
    const tested = await server.good<ProviderTest>(`${place}/test`, { method: "POST" });
    assert.deepEqual([tested.ok, tested.models.map(({ id }) => id)], [true, ["small", "large"]]);
    await server.restart();
    const list = await server.ask("/api/providers");
    assert.doesNotMatch(list.text, /secret/);
    const [kept] = (list.json as ProviderList).providers;
    assert.deepEqual([kept?.hasKey, kept?.models.length], [true, 2]);
    assert.doesNotMatch((await server.ask("/api/settings")).text, /secret|stand-in/i);
    const moved = await server.good<Provider>(place, {
      method: "PUT",
      body: { ...draft, baseUrl: "http://127.0.0.1:9/v1" },
    });
    assert.equal(moved.hasKey, false);
    assert.equal((await server.ask(place, { method: "DELETE" })).status, 204);
    const gone = await server.ask(`${place}/test`, { method: "POST" });
    assert.deepEqual([gone.status, errorCode(gone)], [404, "PROVIDER_NOT_FOUND"]);
  });

  test("that are configured are not offered as found", async (t) => {
    const standIn = await startStandInProvider();
    t.after(() => standIn.close());
    const places = [{ name: "Stand-in", port: standIn.port }];
    const server = await openTestServer(t, { runtimes: { places } });
    const before = await server.good<ProviderList>("/api/providers");
    assert.deepEqual(
      before.found.map(({ name }) => name),
      ["Stand-in"],
    );
    const baseUrl = `http://localhost:${standIn.port}/v1`;
    await server.good("/api/providers", {
      method: "POST",
      body: { kind: "openai-compatible", name: "Mine", baseUrl },
    });
    assert.deepEqual((await server.good<ProviderList>("/api/providers")).found, []);
  });
});

async function withProvider(
  t: TestContext,
  options: Parameters<typeof startStandInProvider>[0],
): Promise<{ server: TestServer; standIn: StandInProvider }> {
  const standIn = await startStandInProvider(options);
  t.after(() => standIn.close());
  const server = await openTestServer(t);
  const { providerId } = await server.good<Provider>("/api/providers", {
    method: "POST",
    body: { kind: "openai-compatible", name: "Stand-in", baseUrl: standIn.baseUrl },
  });
  await server.good(`/api/providers/${providerId}/test`, { method: "POST" });
  return { server, standIn };
}

async function send(server: TestServer, content: string): Promise<{ messageId: string; answerId: string }> {
  return await server.good(`${path}/messages`, {
    method: "POST",
    body: { role: "user", content, generate: {} },
  });
}
