import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { describe, test } from "node:test";
import type { RequestLine } from "@chatty/server";
import type { Gpt, GptList, GptUndone, Job, Runtime, Settings } from "@chatty/server/api";
import { errorCode, openTestServer } from "./open-test-server.ts";

describe("constructs over HTTP", () => {
  test("are made with runtime and home, changed with their versions kept, and removed", async (t) => {
    const server = await openTestServer(t);
    const made = await server.good<Gpt>("/api/gpts", {
      method: "POST",
      body: { name: "Katana", instructions: "Be sharp.", conversationStarters: ["Cut"] },
    });
    assert.equal(made.constructId, "katana-001");
    const runtime = await server.good<Runtime>(`/api/runtimes/${made.runtimeId}`);
    assert.deepEqual([runtime.kind, runtime.homeSlug], ["custom", "katana-001_chat_with_katana-001"]);
    assert.equal(runtime.homeSessionId, made.homeSessionId);
    const place = `/api/gpts/${made.id}`;
    const seen = await server.ask(place);
    const headers = { "if-match": String(seen.headers.etag) };
    const changed = await server.good<Gpt>(place, {
      method: "PUT",
      headers,
      body: { description: "A blade" },
    });
    assert.deepEqual([changed.version, changed.instructions], [made.version + 1, "Be sharp."]);
    const stale = await server.ask(place, { method: "PUT", headers, body: { description: "Late" } });
    assert.equal(errorCode(stale), "REVISION_CONFLICT");
    const { versions } = await server.good<{ versions: { version: number }[] }>(`${place}/versions`);
    assert.deepEqual(
      versions.map(({ version }) => version),
      [made.version],
    );
    const action = await server.good<{ actionId: string }>(`${place}/actions`, {
      method: "POST",
      body: { name: "weather", url: "https://example.org/weather" },
    });
    await server.good(`${place}/actions/${action.actionId}`, {
      method: "PUT",
      body: { name: "rain", url: "https://example.org/rain", method: "POST" },
    });
    const { actions } = await server.good<{ actions: { name: string }[] }>(`${place}/actions`);
    assert.deepEqual(
      actions.map(({ name }) => name),
      ["rain"],
    );
    assert.equal((await server.ask(`${place}/actions/${action.actionId}`, { method: "DELETE" })).status, 204);
    const file = await server.good<{ fileId: string }>(`${place}/files?name=notes.txt`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: "what a blade must know",
    });
    const { files } = await server.good<{ files: { fileId: string; mime: string }[] }>(`${place}/files`);
    assert.deepEqual(
      files.map(({ fileId, mime }) => [fileId, mime]),
      [[file.fileId, "text/plain"]],
    );
    assert.equal((await server.ask(`${place}/files/${file.fileId}`, { method: "DELETE" })).status, 204);
    const undone = await server.good<GptUndone>(`${place}/undo`, { method: "POST", body: {} });
    assert.ok(undone.gpt);
    assert.equal((await server.ask(place, { method: "DELETE" })).status, 204);
    assert.equal(errorCode(await server.ask(place)), "CONSTRUCT_NOT_FOUND");
    const back = await server.good<GptUndone>("/api/gpts/katana-001/undo", { method: "POST", body: {} });
    assert.deepEqual([back.gpt?.name, back.gpt?.description], ["Katana", "A blade"]);
    const again = await server.good<GptUndone>("/api/gpts/katana-001/undo", {
      method: "POST",
      body: { direction: "redo" },
    });
    assert.equal(again.gpt, null);
    const { gpts } = await server.good<GptList>("/api/gpts");
    assert.ok(!gpts.some(({ id }) => id === made.id));
    const synth = await server.ask("/api/gpts/synth-001", { method: "DELETE" });
    assert.deepEqual([synth.status, errorCode(synth)], [409, "CONSTRUCT_IS_CORE"]);
  });
});

describe("the vault over HTTP", () => {
  test("is verified and rebuilt as jobs, each once at a time", async (t) => {
    const server = await openTestServer(t);
    for (const kind of ["verify", "rebuild"]) {
      const ask = () => server.good<{ jobId: string }>("/api/jobs", { method: "POST", body: { kind } });
      const { jobId } = await ask();
      let job = await server.good<Job>(`/api/jobs/${jobId}`);
      for (; job.endedAt === undefined; job = await server.good<Job>(`/api/jobs/${jobId}`)) await wait(10);
      assert.equal(job.state, "done", JSON.stringify(job));
      assert.equal(
        (job.report as { ok?: boolean; identical?: boolean })[kind === "verify" ? "ok" : "identical"],
        true,
      );
    }
    const demo = await server.ask("/api/jobs", { method: "POST", body: { kind: "demo" } });
    assert.equal(errorCode(demo), "DEMO_NOT_THERE");
  });

  test("keeps settings, refuses what they cannot be, and leaves what was not named", async (t) => {
    const server = await openTestServer(t);
    await server.good("/api/settings", { method: "PUT", body: { theme: "dark", readingSize: 18 } });
    for (const body of [{ theme: "pink" }, { readingSize: 200 }, { sendWith: 1 }]) {
      const bad = await server.ask("/api/settings", { method: "PUT", body });
      assert.deepEqual([bad.status, errorCode(bad)], [400, "REQUEST_INVALID"]);
    }
    await server.good("/api/settings", { method: "PUT", body: { readingFont: "serif" } });
    await server.restart();
    const { theme, readingSize, readingFont, sendWith } = await server.good<Settings>("/api/settings");
    assert.deepEqual([theme, readingSize, readingFont, sendWith], ["dark", 18, "serif", "enter"]);
  });

  test("errors say nothing of what happened inside", async (t) => {
    const lines: RequestLine[] = [];
    const server = await openTestServer(t, {
      log: (line) => lines.push(line),
      plant: (app) => {
        app.get("/api/planted", { config: { policy: { access: "user" } } }, () => {
          throw new Error("a secret path /home/somebody");
        });
      },
    });
    const answer = await server.ask("/api/planted");
    assert.deepEqual([answer.status, errorCode(answer)], [500, "INTERNAL"]);
    assert.doesNotMatch(answer.text, /secret|somebody|\.ts:\d/);
    await server.ask("/api/sessions/private-name?title=private-word");
    const log = lines.map(({ method, route, status }) => `${method} ${route} ${status}`);
    assert.deepEqual(log, ["GET / 200", "GET /api/planted 500", "GET /api/sessions/:id 404"]);
    assert.match(lines[1]?.stack ?? "", /secret path/);
    assert.doesNotMatch(JSON.stringify([lines[0], lines[2]]), /token|private|chatty-/);
    const broken = await server.ask("/api/sessions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"title": ',
    });
    assert.deepEqual([broken.status, errorCode(broken)], [400, "REQUEST_INVALID"]);
    const form = await server.ask("/api/runtimes/lin/select", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "a=b",
    });
    assert.equal(form.status, 415);
  });
});
