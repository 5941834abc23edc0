import Type from "typebox";
import { ActiveSession, Runtime, RuntimeList, RuntimePatch, RuntimeSelected } from "../../api/runtimes.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, Nothing, answers } from "../answers.ts";
import { runtimeFromView, selectedFromView } from "./runtime-view.ts";

const tags = ["runtimes"];

export function addRuntimeRoutes(app: App, { user }: ServerContext): void {
  app.get(
    "/api/runtimes",
    {
      config: forUser,
      schema: {
        summary: "All runtimes, or those that were removed",
        tags,
        querystring: Type.Object({ removed: Type.Optional(Type.Boolean()) }),
        response: answers({ 200: RuntimeList }),
      },
    },
    ({ query }) => ({ runtimes: user.runtimes({ deleted: query.removed === true }).map(runtimeFromView) }),
  );
  app.get(
    "/api/runtimes/:id",
    {
      config: forUser,
      schema: { summary: "One runtime", tags, params: IdParams, response: answers({ 200: Runtime }) },
    },
    ({ params }) => runtimeFromView(user.runtime(params.id)),
  );
  app.post(
    "/api/runtimes/:id/select",
    {
      config: forUser,
      schema: {
        summary: "Make a runtime the active one; says where its home is",
        tags,
        params: IdParams,
        response: answers({ 200: RuntimeSelected }),
      },
    },
    async ({ params }) => selectedFromView(await user.selectRuntime(params.id)),
  );
  app.patch(
    "/api/runtimes/:id",
    {
      config: forUser,
      schema: {
        summary: "Rename a runtime",
        tags,
        params: IdParams,
        body: RuntimePatch,
        response: answers({ 200: Runtime }),
      },
    },
    async ({ params, body }) => runtimeFromView(await user.renameRuntime(params.id, body.name)),
  );
  app.delete(
    "/api/runtimes/:id",
    {
      config: forUser,
      schema: {
        summary: "Remove a runtime from sight; nothing leaves the disk, and restore brings it back",
        tags,
        params: IdParams,
        response: answers({ 200: Runtime }),
      },
    },
    async ({ params }) => runtimeFromView(await user.deleteRuntime(params.id)),
  );
  app.get(
    "/api/runtimes/:id/active",
    {
      config: forUser,
      schema: {
        summary: "The conversation of a runtime that the person was in last; always one that is there",
        tags,
        params: IdParams,
        response: answers({ 200: ActiveSession }),
      },
    },
    ({ params }) => {
      const { sessionId, foundBy } = user.activeSession(params.id);
      return { sessionId, foundBy };
    },
  );
  app.post(
    "/api/runtimes/:id/purge",
    {
      config: forUser,
      schema: {
        summary: "Remove a deleted runtime for good, with its conversations and imports",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await user.purgeRuntime(params.id);
      return await reply.code(204).send(null);
    },
  );
  app.post(
    "/api/runtimes/:id/restore",
    {
      config: forUser,
      schema: {
        summary: "Bring a removed runtime back",
        tags,
        params: IdParams,
        response: answers({ 200: Runtime }),
      },
    },
    async ({ params }) => runtimeFromView(await user.restoreRuntime(params.id)),
  );
}
