import Type from "typebox";
import { ChattyError } from "@chatty/model";
import type { ImportView, UserVault } from "@chatty/store";
import { Job, JobList, JobStarted, RebuildScope } from "../../api/imports.ts";
import { startVaultJob } from "../../jobs/vault-jobs.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, answers } from "../answers.ts";

const tags = ["jobs"];
const NewJob = Type.Object({
  kind: Type.Union([
    Type.Literal("verify"),
    Type.Literal("repair"),
    Type.Literal("rebuild"),
    Type.Literal("demo"),
  ]),
  /** Of a `rebuild`: what is made again; everything when absent. */
  scope: Type.Optional(RebuildScope),
});

export function addJobRoutes(app: App, context: ServerContext): void {
  const { user, board, imports } = context;
  app.get(
    "/api/jobs",
    {
      config: forUser,
      schema: {
        summary: "Background work: what runs, and what ended since the server started, newest first",
        tags,
        response: answers({ 200: JobList }),
      },
    },
    () => ({ jobs: board.list() }),
  );
  app.post(
    "/api/jobs",
    {
      config: forUser,
      schema: {
        summary: "Verify everything, mend it, make derived files again, or put in made-up conversations",
        tags,
        body: NewJob,
        response: answers({ 202: JobStarted }),
      },
    },
    async ({ body }, reply) => {
      const { jobId } = startVaultJob(context, body.kind, body.scope);
      return await reply.code(202).send({ jobId });
    },
  );
  app.get(
    "/api/jobs/:id",
    {
      config: forUser,
      schema: {
        summary: "How far a job is, or how it ended",
        tags,
        params: IdParams,
        response: answers({ 200: Job }),
      },
    },
    ({ params }) => {
      const job = board.find(params.id) ?? jobOfImport(user, params.id);
      if (job !== undefined) return job;
      throw new ChattyError("JOB_NOT_FOUND", "There is no such job.", {
        hint: "Jobs are kept until the server ends; finished imports are under /api/imports.",
      });
    },
  );
  app.delete(
    "/api/jobs/:id",
    {
      config: forUser,
      schema: {
        summary: "Cancel a job; nothing of a cancelled import is left",
        tags,
        params: IdParams,
        response: answers({ 200: Job }),
      },
    },
    async ({ params }) => await imports.cancel(params.id),
  );
}

/** An import of an earlier run of the server, as the job it was. */
function jobOfImport(user: UserVault, id: string): Job | undefined {
  const made = user.imports().find(({ importId }) => importId === id);
  return made === undefined ? undefined : finishedJob(made);
}

function finishedJob({ importId, name, at, runtimeId, receipt }: ImportView): Job {
  return {
    jobId: importId,
    kind: "import",
    name,
    state: "done",
    bytesDone: 0,
    bytesTotal: null,
    conversations: receipt.conversations.seen,
    startedAt: at,
    endedAt: at,
    receipt,
    importId,
    runtimeId,
    homeSessionId: receipt.homeSessionId,
  };
}
