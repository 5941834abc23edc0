import Type from "typebox";
import { GptAction, GptActionDraft, GptActionList, GptFile, GptFileList } from "../../api/gpts.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, Nothing, answers } from "../answers.ts";
import { addRawRoutes, incomingFile } from "../raw-bodies.ts";

const tags = ["constructs"];
const ActionParams = Type.Object({ id: Type.String(), actionId: Type.String() });
const FileParams = Type.Object({ id: Type.String(), fileId: Type.String() });

/** Knowledge files and actions of constructs. */
export async function addGptPartRoutes(app: App, { user }: ServerContext): Promise<void> {
  app.get(
    "/api/gpts/:id/files",
    {
      config: forUser,
      schema: {
        summary: "Knowledge files of a construct",
        tags,
        params: IdParams,
        response: answers({ 200: GptFileList }),
      },
    },
    ({ params }) => ({ files: user.knowledgeFiles(params.id) }),
  );
  await addRawRoutes(app, (raw) => {
    raw.post(
      "/api/gpts/:id/files",
      {
        config: forUser,
        schema: {
          summary: "Give a construct a knowledge file; body: the bytes or a form with one file",
          tags,
          params: IdParams,
          querystring: Type.Object({ name: Type.Optional(Type.String({ maxLength: 500 })) }),
          response: answers({ 201: GptFile }),
        },
      },
      async (request, reply) => {
        const file = await incomingFile(request);
        const { mime } = file;
        const added = await user.addKnowledgeFile(request.params.id, {
          name: request.query.name ?? file.name ?? "file",
          ...(mime === undefined ? {} : { mime }),
          bytes: file.bytes,
        });
        return await reply.code(201).send(added);
      },
    );
  });
  app.delete(
    "/api/gpts/:id/files/:fileId",
    {
      config: forUser,
      schema: {
        summary: "Take a knowledge file away",
        tags,
        params: FileParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await user.removeKnowledgeFile(params.id, params.fileId);
      return await reply.code(204).send(null);
    },
  );
  app.get(
    "/api/gpts/:id/actions",
    {
      config: forUser,
      schema: {
        summary: "Actions of a construct",
        tags,
        params: IdParams,
        response: answers({ 200: GptActionList }),
      },
    },
    ({ params }) => ({ actions: user.constructActions(params.id) }),
  );
  app.post(
    "/api/gpts/:id/actions",
    {
      config: forUser,
      schema: {
        summary: "Give a construct an action",
        tags,
        params: IdParams,
        body: GptActionDraft,
        response: answers({ 201: GptAction }),
      },
    },
    async ({ params, body }, reply) => {
      return await reply.code(201).send(await user.putConstructAction(params.id, actionOf(body)));
    },
  );
  app.put(
    "/api/gpts/:id/actions/:actionId",
    {
      config: forUser,
      schema: {
        summary: "Change an action",
        tags,
        params: ActionParams,
        body: GptActionDraft,
        response: answers({ 200: GptAction }),
      },
    },
    async ({ params, body }) => {
      const { id, actionId } = params;
      return await user.putConstructAction(id, { ...actionOf(body), actionId });
    },
  );
  app.delete(
    "/api/gpts/:id/actions/:actionId",
    {
      config: forUser,
      schema: {
        summary: "Take an action away",
        tags,
        params: ActionParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await user.removeConstructAction(params.id, params.actionId);
      return await reply.code(204).send(null);
    },
  );
}

function actionOf({ name, description, url, method, headers, parameters }: GptActionDraft) {
  return {
    name,
    url,
    ...(description === undefined ? {} : { description }),
    method: method ?? "GET",
    headers: headers ?? {},
    parameters: parameters ?? {},
  };
}
