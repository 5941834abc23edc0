import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { describe, test } from "node:test";
import type { Job } from "@chatty/server/api";
import { errorCode, openTestServer } from "./open-test-server.ts";
import type { TestServer } from "./open-test-server.ts";
import { smallExport } from "./small-export.ts";

const path = "/api/import/chat-export?name=claude.json";

describe("importing over HTTP", () => {
  test("takes an export as the body, and switches to the new runtime when it is in", async (t) => {
    const server = await openTestServer(t);
    const { jobId } = await server.good<{ jobId: string }>(path, {
      method: "POST",
      body: smallExport(["Bread", "Tides"]),
    });
    const job = await endOf(server, jobId);
    assert.equal(job.state, "done", JSON.stringify(job.error));
    assert.equal(job.receipt?.conversations.new, 2);
    assert.equal(job.receipt?.balanced, true);
    const { runtimes } = await server.good<{ runtimes: { runtimeId: string; active: boolean }[] }>(
      "/api/runtimes",
    );
    assert.equal(runtimes.find(({ active }) => active)?.runtimeId, job.runtimeId);
    const { sessions } = await server.good<{ sessions: { home: boolean; sessionId: string }[] }>(
      `/api/sessions?runtime=${job.runtimeId}`,
    );
    assert.deepEqual(
      sessions.map(({ home }) => home),
      [true, false, false],
    );
    assert.equal(sessions[0]?.sessionId, job.homeSessionId);
    const { imports } = await server.good<{ imports: { importId: string; receipt: object }[] }>(
      "/api/imports",
    );
    assert.equal(imports[0]?.importId, job.importId);
    const receipt = await server.good(`/api/imports/${job.importId}/receipt`);
    assert.deepEqual(receipt, job.receipt);
    await server.restart();
    const kept = await server.good<Job>(`/api/jobs/${job.importId}`);
    assert.deepEqual(kept.receipt, job.receipt);
  });

  test("takes it as the file of a form, without switching when that is asked for", async (t) => {
    const server = await openTestServer(t);
    const bytes = smallExport(["Bread"]);
    const edge = "an-edge-that-occurs-nowhere";
    const body = Buffer.concat([
      Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="note"\r\n\r\nmine\r\n`),
      Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="file"; filename="my.json"\r\n`),
      Buffer.from("Content-Type: application/json\r\n\r\n"),
      bytes,
      Buffer.from(`\r\n--${edge}--\r\n`),
    ]);
    const { jobId } = await server.good<{ jobId: string }>("/api/import/chat-export?select=false", {
      method: "POST",
      body,
      headers: { "content-type": `multipart/form-data; boundary=${edge}` },
    });
    const job = await endOf(server, jobId);
    assert.equal(job.state, "done", JSON.stringify(job.error));
    assert.equal(job.name, "my.json");
    const active = server.opened.user.runtimes().find((runtime) => runtime.active);
    assert.equal(active?.runtimeId, "synth");
  });

  test("says why something is no export, and leaves nothing of it", async (t) => {
    const server = await openTestServer(t);
    const { jobId } = await server.good<{ jobId: string }>(path, { method: "POST", body: "not an export" });
    const job = await endOf(server, jobId);
    assert.equal(job.state, "failed");
    assert.notEqual(job.error?.code, "INTERNAL");
    assert.deepEqual(server.opened.user.uploads.list(), []);
  });

  test("keeps nothing of a body whose sender goes away", async (t) => {
    const server = await openTestServer(t);
    const sent = httpRequest({
      host: "127.0.0.1",
      port: server.server.port,
      path,
      method: "POST",
      headers: { cookie: server.cookie, "content-length": 10_000_000 },
      agent: false,
    });
    sent.on("error", () => undefined);
    sent.write(Buffer.alloc(300_000, 32));
    await until(async () => (await jobs(server)).some(({ bytesDone }) => bytesDone > 0));
    assert.equal(server.opened.user.uploads.list().length, 1);
    sent.destroy();
    await until(() => Promise.resolve(server.opened.user.uploads.list().length === 0));
    await until(async () => (await jobs(server)).every(({ state }) => state === "cancelled"));
  });

  test("keeps nothing of a form whose sender goes away", async (t) => {
    const server = await openTestServer(t);
    const edge = "an-edge-that-occurs-nowhere";
    const sent = httpRequest({
      host: "127.0.0.1",
      port: server.server.port,
      path: "/api/import/chat-export",
      method: "POST",
      headers: { cookie: server.cookie, "content-type": `multipart/form-data; boundary=${edge}` },
      agent: false,
    });
    sent.on("error", () => undefined);
    sent.write(`--${edge}\r\nContent-Disposition: form-data; name="file"; filename="my.zip"\r\n\r\n`);
    sent.write(Buffer.alloc(300_000, 32));
    await until(async () => (await jobs(server)).some(({ bytesDone }) => bytesDone > 0));
    sent.destroy();
    await until(() => Promise.resolve(server.opened.user.uploads.list().length === 0));
  });

  test("says why more bytes than announced are not taken, on the same connection", async (t) => {
    const server = await openTestServer(t);
    const { uploadId } = await server.good<{ uploadId: string }>("/api/uploads", {
      method: "POST",
      body: { name: "short.zip", size: 10 },
    });
    const long = await server.ask(`/api/uploads/${uploadId}`, {
      method: "PATCH",
      headers: { "upload-offset": "0" },
      body: Buffer.alloc(3_000_000, 32),
    });
    assert.deepEqual([long.status, errorCode(long)], [413, "UPLOAD_TOO_LONG"]);
  });

  test("goes on with an upload after a broken connection and a restart", async (t) => {
    const server = await openTestServer(t);
    const bytes = smallExport(Array.from({ length: 40 }, (_, index) => `Talk ${index}`));
    const { uploadId, jobId } = await server.good<{ uploadId: string; jobId: string }>("/api/uploads", {
      method: "POST",
      body: { name: "claude.json", size: bytes.length },
    });
    const half = Math.floor(bytes.length / 2);
    const first = await server.good<{ offset: number }>(`/api/uploads/${uploadId}`, {
      method: "PATCH",
      headers: { "upload-offset": "0" },
      body: bytes.subarray(0, half),
    });
    assert.equal(first.offset, half);
    await server.restart();
    const waiting = await server.good<Job>(`/api/jobs/${jobId}`);
    assert.equal(waiting.state, "uploading");
    const wrong = await server.ask(`/api/uploads/${uploadId}`, {
      method: "PATCH",
      headers: { "upload-offset": "1" },
      body: bytes.subarray(1),
    });
    assert.equal(wrong.status, 409);
    assert.equal(errorCode(wrong), "UPLOAD_OFFSET");
    const { offset } = await server.good<{ offset: number }>(`/api/uploads/${uploadId}`);
    await server.good(`/api/uploads/${uploadId}`, {
      method: "PATCH",
      headers: { "upload-offset": String(offset) },
      body: bytes.subarray(offset),
    });
    const job = await endOf(server, jobId);
    assert.equal(job.state, "done", JSON.stringify(job.error));
    assert.equal(job.receipt?.conversations.new, 40);
  });

  test("cancels an upload and an import so that nothing of either is left", async (t) => {
    const server = await openTestServer(t);
    const before = server.opened.user.runtimes().length;
    const begun = await server.good<{ jobId: string }>("/api/uploads", {
      method: "POST",
      body: { name: "half.zip", size: 1000 },
    });
    const stopped = await server.good<Job>(`/api/jobs/${begun.jobId}`, { method: "DELETE" });
    assert.equal(stopped.state, "cancelled");
    const bytes = smallExport(Array.from({ length: 8000 }, (_, index) => `Talk ${index}`));
    const { jobId } = await server.good<{ jobId: string }>(path, { method: "POST", body: bytes });
    const cancelled = await server.good<Job>(`/api/jobs/${jobId}`, { method: "DELETE" });
    assert.equal(cancelled.state, "cancelled");
    assert.deepEqual(server.opened.user.uploads.list(), []);
    assert.deepEqual(server.opened.user.receipts(), []);
    assert.equal(server.opened.user.runtimes().length, before);
    const again = await server.ask(`/api/jobs/${jobId}`, { method: "DELETE" });
    assert.equal(errorCode(again), "JOB_ENDED");
  });

  test("streams 200 MB to disk in memory that stays flat, while others are answered", async (t) => {
    const server = await openTestServer(t);
    const size = 200 * 1000 * 1000;
    const chunk = Buffer.alloc(256 * 1024, "x");
    globalThis.gc?.();
    const beforeBytes = process.memoryUsage().rss;
    let mostBytes = 0;
    const watch = setInterval(() => {
      mostBytes = Math.max(mostBytes, process.memoryUsage().rss);
    }, 10);
    function* body(): Generator<Buffer> {
      for (let left = size; left > 0; left -= chunk.length)
        yield chunk.subarray(0, Math.min(left, chunk.length));
    }
    const answered = new Promise<number>((resolve, reject) => {
      const sent = httpRequest(
        {
          host: "127.0.0.1",
          port: server.server.port,
          path,
          method: "POST",
          headers: { cookie: server.cookie },
          agent: false,
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      sent.on("error", reject);
      Readable.from(body()).pipe(sent);
    });
    const slowest = await slowestAnswer(server, answered);
    clearInterval(watch);
    assert.equal(await answered, 202);
    const grownBytes = mostBytes - beforeBytes;
    t.diagnostic(
      `grew by ${Math.round(grownBytes / 1e6)} MB; slowest other answer ${Math.round(slowest)} ms`,
    );
    assert.ok(grownBytes < 100 * 1000 * 1000, `${grownBytes} bytes`);
    for (const { jobId } of await jobs(server)) await endOf(server, jobId);
  });
});

async function slowestAnswer(server: TestServer, until: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = until.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  let slowest = 0;
  while (!isOver) {
    const startedMs = performance.now();
    await server.good("/api/runtimes");
    slowest = Math.max(slowest, performance.now() - startedMs);
  }
  await over;
  return slowest;
}

async function jobs(server: TestServer): Promise<Job[]> {
  return (await server.good<{ jobs: Job[] }>("/api/jobs")).jobs;
}

async function endOf(server: TestServer, jobId: string): Promise<Job> {
  for (;;) {
    const job = await server.good<Job>(`/api/jobs/${jobId}`);
    if (job.endedAt !== undefined) return job;
    await wait(20);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error("It did not come to pass within ten seconds.");
    await wait(20);
  }
}
