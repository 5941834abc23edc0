import { BackupList, RestoreReport, RestoreRequest } from "../../api/backups.ts";
import { JobStarted } from "../../api/imports.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, answers } from "../answers.ts";

const tags = ["server"];

export function addBackupRoutes(app: App, { backups }: ServerContext): void {
  app.get(
    "/api/backups",
    {
      config: forUser,
      schema: { summary: "Every backup, newest first", tags, response: answers({ 200: BackupList }) },
    },
    () => backups.list(),
  );
  app.post(
    "/api/backups",
    {
      config: forUser,
      schema: {
        summary: "Take a backup now, and test it by restoring it on trial",
        tags,
        response: answers({ 202: JobStarted }),
      },
    },
    async (_request, reply) => {
      const { jobId } = backups.start();
      return await reply.code(202).send({ jobId });
    },
  );
  app.post(
    "/api/backups/:id/test",
    {
      config: forUser,
      schema: {
        summary: "Test a backup again: restore it on trial, open it and read it back",
        tags,
        params: IdParams,
        response: answers({ 202: JobStarted }),
      },
    },
    async ({ params }, reply) => await reply.code(202).send({ jobId: backups.test(params.id).jobId }),
  );
  app.post(
    "/api/backups/:id/preview",
    {
      config: forUser,
      schema: {
        summary: "What restoring a backup would do; changes nothing",
        tags,
        params: IdParams,
        body: RestoreRequest,
        response: answers({ 200: RestoreReport }),
      },
    },
    async ({ params, body }) => {
      const report = await backups.preview(params.id, body);
      const { path, at, files, bytes, sessions, verified, problems } = report;
      const added = "added" in report ? { added: { ...report.added } } : {};
      return { path, at, files, bytes, sessions, verified, problems, ...added };
    },
  );
  app.post(
    "/api/backups/:id/restore",
    {
      config: forUser,
      schema: {
        summary: "Restore a backup into a home that holds no vault yet, or add to this vault what it lacks",
        tags,
        params: IdParams,
        body: RestoreRequest,
        response: answers({ 202: JobStarted }),
      },
    },
    async ({ params, body }, reply) => {
      const { jobId } = backups.restore(params.id, body);
      return await reply.code(202).send({ jobId });
    },
  );
}
