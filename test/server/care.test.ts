// What the server does for a vault by itself, and what it tells of it.
import assert from "node:assert/strict";
import { appendFileSync, globSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import type { DoctorReport, Job, JobList } from "@chatty/server/api";
import { openTestServer } from "./open-test-server.ts";
import type { TestServer } from "./open-test-server.ts";

async function verification(server: TestServer): Promise<Job> {
  for (let turn = 0; turn < 200; turn += 1) {
    const { jobs } = await server.good<JobList>("/api/jobs");
    const found = jobs.find(({ kind, state }) => kind === "verify" && state === "done");
    if (found !== undefined) return found;
    await wait(50);
  }
  throw new Error("Nothing was verified.");
}

test("a vault is verified by itself, and what is wrong is told", async (t) => {
  const server = await openTestServer(t, { careEveryMs: 300 });
  const path = "/api/sessions/synth-001_chat_with_synth-001/messages";
  await server.good(path, { method: "POST", body: { role: "user", content: "Kept." } });
  await server.opened.vault.settle();
  const [transcript] = globSync("**/chat_with_synth-001.md", { cwd: server.opened.home });
  assert.ok(transcript);
  appendFileSync(join(server.opened.home, transcript), "written by hand");
  const { report } = await verification(server);
  const { ok, problems } = report as { ok: boolean; problems: { code: string }[] };
  assert.equal(ok, false);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["TRANSCRIPT_CHANGED"],
  );
});

test("how the vault stands is told with what to do about it", async (t) => {
  const server = await openTestServer(t);
  const { ok, checks } = await server.good<DoctorReport>("/api/doctor");
  assert.equal(
    ok,
    checks.every((check) => check.ok),
  );
  assert.ok(checks.length >= 5);
  for (const check of checks) assert.ok(check.ok || check.hint !== undefined, check.name);
});
