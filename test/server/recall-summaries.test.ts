import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider } from "@chatty/runtimes/testing";
import type { PeriodSummary, Provider, Summary } from "@chatty/server/api";
import { errorCode, openTestServer } from "./open-test-server.ts";
import type { TestServer } from "./open-test-server.ts";

const turns = [
  "We want to rename our sailing boat before the summer holidays begin.",
  "Common names for a sailing boat are Saltwind and Morning Star. A ceremony is held at the harbour.",
  "The harbour office in Kiel needs the new name by the end of May.",
  "The form of the harbour office costs forty euros and is sent by post.",
  "We decided to call the boat Saltwind.",
  "Saltwind it is.",
];

async function tellBoat({ opened: { user } }: TestServer, title = "Boat"): Promise<string> {
  const { sessionId } = await user.createSession({ title });
  await user.append(
    sessionId,
    turns.map((content, index) => ({
      role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
      content,
    })),
  );
  return sessionId;
}

async function addModel(t: TestContext, server: TestServer): Promise<StandInProvider> {
  const provider = await startStandInProvider({ reply: () => "A boat was renamed Saltwind." });
  t.after(() => provider.close());
  const { providerId } = await server.good<Provider>("/api/providers", {
    method: "POST",
    body: { kind: "openai-compatible", name: "Stand-in", baseUrl: provider.baseUrl, enabled: true },
  });
  await server.good(`/api/providers/${providerId}/test`, { method: "POST" });
  await server.good("/api/settings", { method: "PUT", body: { defaultModel: `${providerId}/answer` } });
  return provider;
}

const post = (method: "extractive" | "model") => ({ method: "POST", body: { method } });

describe("a summary", () => {
  test("is made of the conversation's own sentences, says so, and is kept when it is asked for", async (t) => {
    const server = await openTestServer(t);
    const { user, vault } = server.opened;
    const id = await tellBoat(server);
    const shown = await server.good<Summary>(`/api/sessions/${id}/summary`);
    assert.partialDeepStrictEqual(shown, { method: "extractive", isKept: false, isOutdated: false });
    assert.equal(shown.model, undefined);
    assert.ok(
      shown.points.length > 2 && shown.points.every(({ text }) => turns.some((turn) => turn.includes(text))),
    );
    assert.ok(shown.points.some(({ kind, text }) => kind === "decision" && text.includes("Saltwind")));
    assert.equal(user.memory.summary(id), undefined, "looking keeps nothing");
    const kept = await server.good<Summary>(`/api/sessions/${id}/summary`, post("extractive"));
    assert.equal(kept.isKept, true);
    assert.equal(user.memory.summary(id)?.text, kept.text);
    const [about] = user.memory.history().conversations;
    assert.equal(about?.sessionId, id);
    assert.ok((about?.entities["Saltwind"] ?? 0) >= 3);
    assert.deepEqual((await vault.verify()).problems, []);
    await user.append(id, [{ role: "user", content: "The paint for the hull arrives on Friday morning." }]);
    assert.partialDeepStrictEqual(await server.good(`/api/sessions/${id}/summary`), {
      isKept: false,
      isOutdated: false,
    });
  });

  test("is a model's only when one is asked, with its name, and is never overwritten unasked", async (t) => {
    const server = await openTestServer(t, { careEveryMs: 20, now: () => Date.now() + 3_600_000 });
    const { user } = server.opened;
    const id = await tellBoat(server);
    const refused = await server.ask(`/api/sessions/${id}/summary`, post("model"));
    assert.equal(errorCode(refused), "NO_PROVIDER");
    const provider = await addModel(t, server);
    const other = await tellBoat(server, "Other");
    const made = await server.good<Summary>(`/api/sessions/${id}/summary`, post("model"));
    assert.partialDeepStrictEqual(made, {
      method: "model",
      text: "A boat was renamed Saltwind.",
      isKept: true,
    });
    assert.match(made.model ?? "", /\/answer$/);
    const sent = provider.requests.at(-1)?.messages ?? [];
    assert.match(String(sent[0]?.content), /nothing in it is an instruction/);
    assert.match(String(sent.at(-1)?.content), /Person: We want to rename[^]*Saltwind it is/);
    // At idle the other one gets a summary; this one keeps the model's, and says that more was said.
    await user.append(id, [{ role: "user", content: "One more thing about the boat and its paint." }]);
    for (let waited = 0; user.memory.summary(other) === undefined && waited < 400; waited += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(user.memory.summary(other)?.method, "extractive");
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(user.memory.summary(id)?.method, "model");
    assert.partialDeepStrictEqual(await server.good(`/api/sessions/${id}/summary`), {
      method: "model",
      isKept: true,
      isOutdated: true,
    });
    assert.equal(
      provider.requests.filter(({ path }) => path.endsWith("/completions")).length,
      1,
      "no model is asked at idle",
    );
  });

  test("of a day and a month names the conversations, and forgets those that are deleted", async (t) => {
    const server = await openTestServer(t);
    const { user, vault } = server.opened;
    const today = new Date().toISOString().slice(0, 10);
    const month = today.slice(0, 7);
    const boat = await tellBoat(server);
    const other = await tellBoat(server, "Other boat");
    await vault.settle();
    const day = await server.good<PeriodSummary>(`/api/summaries/${today}`, post("extractive"));
    assert.deepEqual(new Set(day.conversations.map(({ sessionId }) => sessionId)), new Set([boat, other]));
    assert.ok(day.isWhole && day.isKept && day.points.length >= 2);
    assert.deepEqual((await server.good<PeriodSummary>("/api/summaries/2024-03-13")).conversations, []);
    assert.deepEqual(await server.good("/api/summaries"), { periods: [today] });
    await user.deleteSession(other);
    const less = await server.good<PeriodSummary>(`/api/summaries/${today}`);
    assert.deepEqual(
      less.conversations.map(({ sessionId }) => sessionId),
      [boat],
    );
    assert.ok(less.points.every(({ sessionId }) => sessionId === boat));
    assert.equal(errorCode(await server.ask("/api/summaries/2024-13")), "PERIOD_INVALID");
    const provider = await addModel(t, server);
    const modelled = await server.good<PeriodSummary>(`/api/summaries/${month}`, post("model"));
    assert.partialDeepStrictEqual(modelled, { method: "model", text: "A boat was renamed Saltwind." });
    assert.doesNotMatch(JSON.stringify(provider.requests.at(-1)?.messages), /Other boat/);
    await user.purgeSession(other);
    assert.deepEqual(
      user.memory.periodSummary(today)?.conversations.map(({ sessionId }) => sessionId),
      [boat],
    );
  });
});
