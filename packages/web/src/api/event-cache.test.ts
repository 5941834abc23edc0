import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobList, RuntimeList } from "@chatty/server/api";
import { QueryClient } from "@tanstack/react-query";
import { applyEvent } from "./event-cache.ts";
import { queryKeys } from "./query-keys.ts";

function job(state: Job["state"], jobId = "j1"): Job {
  return {
    jobId,
    kind: "verify",
    name: "Verify",
    state,
    bytesDone: 0,
    bytesTotal: null,
    conversations: 0,
    startedAt: 1,
  };
}

/** A question whose answer comes when it is told to. */
function asked<Answer>(client: QueryClient, queryKey: readonly string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const answered = client.fetchQuery({ queryKey, queryFn: () => promise, retry: false });
  return {
    answer: async (value: Answer) => {
      resolve(value);
      await answered;
      await Promise.resolve();
    },
    fail: async () => {
      reject(new Error("no"));
      await assert.rejects(answered);
      await Promise.resolve();
    },
  };
}

const states = (client: QueryClient) =>
  client.getQueryData<JobList>(queryKeys.jobs)?.jobs.map(({ jobId, state }) => `${jobId} ${state}`);

test("an answer that was given before an event does not undo what the event said", async () => {
  const client = new QueryClient();
  client.setQueryData<JobList>(queryKeys.jobs, { jobs: [] });
  const list = asked<JobList>(client, queryKeys.jobs);
  await applyEvent(client, { type: "job", job: job("running") });
  await applyEvent(client, { type: "job", job: job("done") });
  assert.deepEqual(states(client), ["j1 done"]);
  await list.answer({ jobs: [job("running"), job("done", "j0")] });
  assert.deepEqual(states(client), ["j1 done", "j0 done"]);
});

test("what was said while nothing was asked is not said again later", async () => {
  const client = new QueryClient();
  await applyEvent(client, { type: "job", job: job("running") });
  const list = asked<JobList>(client, queryKeys.jobs);
  await list.answer({ jobs: [job("done")] });
  assert.deepEqual(states(client), ["j1 done"]);
});

test("a question that failed takes nothing with it into the next one", async () => {
  const client = new QueryClient();
  const failed = asked<JobList>(client, queryKeys.jobs);
  await applyEvent(client, { type: "job", job: job("running") });
  await failed.fail();
  assert.deepEqual(states(client), ["j1 running"]);
  const list = asked<JobList>(client, queryKeys.jobs);
  await list.answer({ jobs: [job("done")] });
  assert.deepEqual(states(client), ["j1 done"]);
});

test("a first list that comes after an event has what the event said", async () => {
  const client = new QueryClient();
  const list = asked<RuntimeList>(client, queryKeys.runtimes);
  await applyEvent(client, { type: "runtime_selected", runtimeId: "lin" });
  const runtimes = ["synth", "lin"].map((runtimeId) => ({ runtimeId, active: runtimeId === "synth" }));
  await list.answer({ runtimes } as unknown as RuntimeList);
  assert.deepEqual(
    client.getQueryData<RuntimeList>(queryKeys.runtimes)?.runtimes.map(({ active }) => active),
    [false, true],
  );
});
