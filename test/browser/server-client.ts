import { setTimeout as wait } from "node:timers/promises";
import { rawRequest, signIn } from "./raw-request.ts";
import type { Job } from "@chatty/server/api";

/** Asks the server as a signed-in page does, without a page. */
export interface ServerClient {
  readonly cookie: string;
  get<Answer>(path: string): Promise<Answer>;
  /** @throws for an answer that is no success, with what it said */
  send<Answer>(method: string, path: string, json?: unknown): Promise<Answer>;
  /** Uploads an export and waits until it is imported. */
  import(name: string, bytes: Uint8Array): Promise<Job>;
}

export async function createServerClient(origin: string, link: string): Promise<ServerClient> {
  const cookie = await signIn(link);
  const ask = async <Answer>(
    method: string,
    path: string,
    body?: string | Uint8Array,
    type = "application/json",
  ): Promise<Answer> => {
    const answer = await rawRequest(origin, path, {
      method,
      headers: {
        cookie,
        ...(body === undefined
          ? {}
          : { "content-type": type, "content-length": String(Buffer.byteLength(body)) }),
      },
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body.slice(0, 1000)}`);
    return (answer.body === "" ? undefined : JSON.parse(answer.body)) as Answer;
  };
  const client: ServerClient = {
    cookie,
    get: async (path) => await ask("GET", path),
    send: async (method, path, json) =>
      await ask(method, path, json === undefined ? undefined : JSON.stringify(json)),
    async import(name, bytes) {
      const path = `/api/import/chat-export?name=${encodeURIComponent(name)}`;
      const { jobId } = await ask<{ jobId: string }>("POST", path, bytes, "application/zip");
      return await waitForJob(client, jobId);
    },
  };
  return client;
}

/** Waits until a job has ended. @throws when it did not end well */
export async function waitForJob(client: ServerClient, jobId: string, withinMs = 120_000): Promise<Job> {
  const until = performance.now() + withinMs;
  for (;;) {
    const job = await client.get<Job>(`/api/jobs/${jobId}`);
    if (job.state === "done") return job;
    if (job.state === "failed" || job.state === "cancelled")
      throw new Error(`The job ended as ${JSON.stringify(job)}`);
    if (performance.now() > until) throw new Error(`The job did not end in time: ${JSON.stringify(job)}`);
    await wait(50);
  }
}
