import { isChattyError } from "@chatty/model";
import type { HomeSpan, UserVault } from "@chatty/store";
import Type from "typebox";
import {
  ActiveSession,
  HomeList,
  Runtime,
  RuntimeList,
  RuntimePatch,
  RuntimeSelected,
} from "../../api/runtimes.ts";
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
  app.get(
    "/api/runtimes/:id/homes",
    {
      config: forUser,
      schema: {
        summary: "Which conversations were the home of a runtime, the present one first",
        tags,
        params: IdParams,
        response: answers({ 200: HomeList }),
      },
    },
    ({ params }) => ({ homes: user.homes(params.id).flatMap((span) => withTitle(user, span)) }),
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

/** A conversation that was purged has no title any more, and nothing to go to. */
function withTitle(user: UserVault, span: HomeSpan): HomeList["homes"] {
  try {
    return [{ ...span, title: user.session(span.sessionId).title }];
  } catch (error) {
    if (isChattyError(error, "SESSION_NOT_FOUND")) return [];
    throw error;
  }
}
