import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Job, SavedSearch, SavedSearchList, Settings } from "@chatty/server/api";
import { createUuid } from "@chatty/model";
import { listen } from "./listen.ts";
import { errorCode, openTestServer } from "./open-test-server.ts";

describe("saved searches over HTTP", () => {
  test("are kept, changed and removed, and survive a restart", async (t) => {
    const server = await openTestServer(t);
    const made = await server.ask("/api/searches", {
      method: "POST",
      body: { name: "  Bread  ", query: "bread runtime:chatgpt", mode: "text" },
    });
    assert.equal(made.status, 201);
    const bread = made.json as SavedSearch;
    assert.deepEqual([bread.name, bread.query, bread.mode], ["Bread", "bread runtime:chatgpt", "text"]);
    const id = createUuid();
    const body = { id, name: "Tides", query: "" };
    const first = await server.ask("/api/searches", { method: "POST", body });
    const second = await server.ask("/api/searches", { method: "POST", body });
    assert.deepEqual([first.status, second.status], [201, 200]);
    const changed = await server.good<SavedSearch>(`/api/searches/${id}`, {
      method: "PATCH",
      body: { query: "tide*", sort: "newest" },
    });
    assert.deepEqual([changed.name, changed.query, changed.sort], ["Tides", "tide*", "newest"]);
    const plain = await server.good<SavedSearch>(`/api/searches/${bread.searchId}`, {
      method: "PATCH",
      body: { mode: null },
    });
    assert.equal(plain.mode, undefined);
    await server.restart();
    const { searches } = await server.good<SavedSearchList>("/api/searches");
    assert.deepEqual(
      searches.map(({ name }) => name),
      ["Bread", "Tides"],
    );
    const gone = await server.ask(`/api/searches/${id}`, { method: "DELETE" });
    assert.equal(gone.status, 204);
    const again = await server.ask(`/api/searches/${id}`, { method: "DELETE" });
    assert.deepEqual([again.status, errorCode(again)], [404, "SAVED_SEARCH_NOT_FOUND"]);
    const settings = await server.ask("/api/settings");
    assert.doesNotMatch(settings.text, /Bread/, "they are no setting of the settings page");
  });

  test("are refused when they do not fit, and told to every tab when they do", async (t) => {
    const server = await openTestServer(t);
    for (const [body, code] of [
      [{ name: " ", query: "x" }, "REQUEST_INVALID"],
      [{ name: "x" }, "REQUEST_INVALID"],
      [{ name: "x", query: "x".repeat(4001) }, "REQUEST_INVALID"],
      [{ name: "x", query: "x", mode: "magic" }, "REQUEST_INVALID"],
      [{ name: "x", query: "x", filters: {} }, "REQUEST_INVALID"],
      [{ name: "x", query: "x", id: "mine" }, "SAVED_SEARCH_INVALID"],
    ] as const) {
      const bad = await server.ask("/api/searches", { method: "POST", body });
      assert.deepEqual([bad.status, errorCode(bad)], [400, code], JSON.stringify(body).slice(0, 80));
    }
    const tab = await listen(server);
    t.after(() => tab.close());
    // All at once: none may be lost to another one's writing.
    const asked = Array.from({ length: 200 }, (_, index) =>
      server.ask("/api/searches", { method: "POST", body: { name: `S${index}`, query: "x" } }),
    );
    const answers = await Promise.all(asked);
    assert.ok(answers.every(({ status }) => status === 201));
    const { searches } = await server.good<SavedSearchList>("/api/searches");
    assert.equal(searches.length, 200);
    const full = await server.ask("/api/searches", { method: "POST", body: { name: "More", query: "x" } });
    assert.deepEqual([full.status, errorCode(full)], [409, "SAVED_SEARCHES_FULL"]);
    await tab.find(({ type }) => type === "settings");
  });
});

describe("the settings of search", () => {
  const address = { kind: "ollama", baseUrl: "http://127.0.0.1:11434/v1/", model: "nomic-embed-text" };

  test("keep an embedder, and its key out of every answer", async (t) => {
    const server = await openTestServer(t);
    const put = (body: object): Promise<Settings> => server.good("/api/settings", { method: "PUT", body });
    const before = await server.good<Settings>("/api/settings");
    assert.deepEqual(
      [before["search.meaning"], before["search.embedder"], before["search.embedderHasKey"]],
      [true, "builtin", false],
    );
    const paused = await put({ "search.meaning": false });
    assert.equal(paused["search.meaning"], false);
    const set = await put({ "search.embedder": address, "search.embedderKey": "sk-a-secret" });
    assert.deepEqual(set["search.embedder"], { ...address, baseUrl: "http://127.0.0.1:11434/v1" });
    assert.equal(set["search.embedderHasKey"], true);
    const seen = await server.ask("/api/settings");
    assert.doesNotMatch(seen.text, /sk-a-secret/);
    const otherModel = await put({ "search.embedder": { ...address, model: "other" } });
    assert.equal(otherModel["search.embedderHasKey"], true, "the same place keeps its key");
    const elsewhere = await put({ "search.embedder": { ...address, baseUrl: "https://example.org/v1" } });
    assert.equal(elsewhere["search.embedderHasKey"], false, "another place gets none");
    const back = await put({ "search.embedder": address });
    assert.equal(back["search.embedderHasKey"], false, "what was dropped is gone");
    await put({ "search.embedderKey": "sk-a-secret" });
    const emptied = await put({ "search.embedderKey": "" });
    assert.equal(emptied["search.embedderHasKey"], false);
    const fast = await put({ "search.embedder": "builtin-fast" });
    assert.equal(fast["search.embedder"], "builtin-fast");
    const builtin = await put({ "search.embedder": "builtin", "search.meaning": true });
    assert.deepEqual([builtin["search.embedder"], builtin["search.meaning"]], ["builtin", true]);
  });

  test("refuse what no server can be, and change nothing then", async (t) => {
    const server = await openTestServer(t);
    for (const [body, code] of [
      [{ "search.meaning": "yes" }, "REQUEST_INVALID"],
      [{ "search.embedder": "other" }, "REQUEST_INVALID"],
      [{ "search.embedder": { ...address, kind: "magic" } }, "REQUEST_INVALID"],
      [{ "search.embedder": { ...address, model: " " } }, "REQUEST_INVALID"],
      [{ "search.embedder": { ...address, key: "sk" } }, "REQUEST_INVALID"],
      [{ "search.embedder": { ...address, baseUrl: "file:///etc" } }, "PROVIDER_ADDRESS"],
      [{ "search.embedder": { ...address, baseUrl: "http://me:pw@host/v1" } }, "PROVIDER_ADDRESS"],
      [{ "search.embedder": address, "search.embedderKey": "two words" }, "PROVIDER_KEY"],
      [{ "search.embedderKey": "sk" }, "SETTING_INVALID"],
    ] as const) {
      const bad = await server.ask("/api/settings", { method: "PUT", body });
      assert.deepEqual([bad.status, errorCode(bad)], [400, code], JSON.stringify(body));
    }
    const settings = await server.good<Settings>("/api/settings");
    assert.deepEqual([settings["search.embedder"], settings["search.meaning"]], ["builtin", true]);
  });
});

describe("rebuilding the catalog", () => {
  test("is a job of its own", async (t) => {
    const server = await openTestServer(t);
    const start = { method: "POST", body: { kind: "rebuild", scope: "catalog" } };
    const { jobId } = await server.good<{ jobId: string }>("/api/jobs", start);
    for (;;) {
      const job = await server.good<Job>(`/api/jobs/${jobId}`);
      assert.equal(job.scope, "catalog");
      if (job.state === "done") break;
      assert.ok(job.state === "running" || job.state === "waiting", job.state);
      await wait(20);
    }
    const body = { kind: "rebuild", scope: "everything" };
    const bad = await server.ask("/api/jobs", { method: "POST", body });
    assert.equal(errorCode(bad), "REQUEST_INVALID");
  });
});
