import { Gpt, GptList, GptPatch, GptUndo, GptUndone, GptVersionList, NewGpt } from "../../api/gpts.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, IfMatchHeaders, Nothing, answers, changeOptions, setRevision } from "../answers.ts";
import { gptFromView, patchOf } from "./gpt-view.ts";

const tags = ["constructs"];

export function addGptRoutes(app: App, { user }: ServerContext): void {
  app.get(
    "/api/gpts",
    { config: forUser, schema: { summary: "All constructs", tags, response: answers({ 200: GptList }) } },
    () => ({ gpts: user.constructs().map(gptFromView) }),
  );
  app.post(
    "/api/gpts",
    {
      config: forUser,
      schema: {
        summary: "Make a construct with its runtime and home",
        tags,
        body: NewGpt,
        response: answers({ 201: Gpt }),
      },
    },
    async ({ body }, reply) => {
      const { constructId, runtime, name, ...rest } = body;
      const made = await user.createConstruct(
        { ...patchOf(rest), name, ...(constructId === undefined ? {} : { constructId }) },
        runtime === undefined ? {} : { runtime },
      );
      return await reply.code(201).send(gptFromView(made));
    },
  );
  app.get(
    "/api/gpts/:id",
    {
      config: forUser,
      schema: {
        summary: "One construct, by its id or callsign",
        tags,
        params: IdParams,
        response: answers({ 200: Gpt }),
      },
    },
    ({ params }, reply) => {
      const view = user.construct(params.id);
      setRevision(reply, String(view.version));
      return gptFromView(view);
    },
  );
  app.put(
    "/api/gpts/:id",
    {
      config: forUser,
      schema: {
        summary: "Change a construct; the former state is kept as a version",
        tags,
        headers: IfMatchHeaders,
        params: IdParams,
        body: GptPatch,
        response: answers({ 200: Gpt }),
      },
    },
    async (request) => {
      const { params, body } = request;
      return gptFromView(await user.updateConstruct(params.id, patchOf(body), changeOptions(request)));
    },
  );
  app.post(
    "/api/gpts/:id/undo",
    {
      config: forUser,
      schema: {
        summary:
          "Take the last act on a construct back, or the last undo; a deleted one is found by its callsign",
        tags,
        params: IdParams,
        body: GptUndo,
        response: answers({ 200: GptUndone }),
      },
    },
    async ({ params, body }) => {
      const view = await user.undoConstruct(params.id, body.direction);
      return { gpt: view === undefined ? null : gptFromView(view) };
    },
  );
  app.delete(
    "/api/gpts/:id",
    {
      config: forUser,
      schema: {
        summary: "Remove a construct's configuration; its conversations stay",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await user.deleteConstruct(params.id);
      return await reply.code(204).send(null);
    },
  );
  app.get(
    "/api/gpts/:id/versions",
    {
      config: forUser,
      schema: {
        summary: "Former states of a construct",
        tags,
        params: IdParams,
        response: answers({ 200: GptVersionList }),
      },
    },
    ({ params }) => ({ versions: user.constructVersions(params.id) }),
  );
}
