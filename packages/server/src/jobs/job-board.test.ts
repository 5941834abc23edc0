import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChattyError, isChattyError } from "@chatty/model";
import type { Job } from "../api/imports.ts";
import { createJobBoard } from "./job-board.ts";
import type { JobBoard } from "./job-board.ts";

function board(): { board: JobBoard; told: Job[] } {
  const told: Job[] = [];
  return {
    board: createJobBoard(
      (job) => told.push(job),
      () => 1000,
    ),
    told,
  };
}

const start = { kind: "import", name: "export.zip", canCancel: true } as const;

describe("createJobBoard", () => {
  test("tells every turn of a job at once and its outcome last", async () => {
    const { board: jobs, told } = board();
    const { job, ended } = jobs.run(start, async ({ update }) => {
      update({ state: "running" });
      update({ bytesDone: 5 });
      return await Promise.resolve({ runtimeId: "chatgpt-alex" });
    });
    await ended;
    assert.deepEqual(
      told.map(({ state }) => state),
      ["waiting", "running", "done"],
    );
    const last = jobs.find(job.jobId);
    assert.deepEqual([last?.bytesDone, last?.runtimeId, last?.endedAt], [5, "chatgpt-alex", 1000]);
  });

  test("keeps why a job failed, and nothing of an error that is not ours", async () => {
    const { board: jobs } = board();
    const known = jobs.run(start, () =>
      Promise.reject(new ChattyError("DISK_FULL", "No room.", { hint: "Make room." })),
    );
    const unknown = jobs.run(start, () => Promise.reject(new Error("secret detail")));
    await jobs.settle();
    assert.deepEqual(jobs.find(known.job.jobId)?.error, {
      code: "DISK_FULL",
      message: "No room.",
      hint: "Make room.",
    });
    assert.equal(jobs.find(unknown.job.jobId)?.error?.code, "INTERNAL");
    assert.doesNotMatch(JSON.stringify(jobs.list()), /secret/);
  });

  test("cancels what can be, once, and resolves when it has come to its end", async () => {
    const { board: jobs } = board();
    let hasEnded = false;
    const { job } = jobs.run(
      start,
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            hasEnded = true;
            reject(signal.reason as Error);
          });
        }),
    );
    assert.equal((await jobs.cancel(job.jobId)).state, "cancelled");
    assert.ok(hasEnded);
    await assert.rejects(jobs.cancel(job.jobId), (error) => isChattyError(error, "JOB_ENDED"));
    await assert.rejects(jobs.cancel("none"), (error) => isChattyError(error, "JOB_NOT_FOUND"));
    const { promise, resolve } = Promise.withResolvers<Record<string, never>>();
    const verify = jobs.run({ kind: "verify", name: "Verify", canCancel: false }, () => promise);
    await assert.rejects(jobs.cancel(verify.job.jobId), (error) => isChattyError(error, "JOB_CANNOT_STOP"));
    resolve({});
    await verify.ended;
  });
});
