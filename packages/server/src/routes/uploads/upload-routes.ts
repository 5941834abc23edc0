import Type from "typebox";
import type { UploadView } from "@chatty/store";
import { Upload, UploadRequest } from "../../api/imports.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, Nothing, answers } from "../answers.ts";
import { intoOf } from "../imports/import-routes.ts";
import { addRawRoutes, incomingFile } from "../raw-bodies.ts";

const tags = ["imports"];

/** Uploads that survive a broken connection and a restart of the server. */
export async function addUploadRoutes(app: App, { user, imports }: ServerContext): Promise<void> {
  app.post(
    "/api/uploads",
    {
      config: forUser,
      schema: {
        summary: "Begin an upload that can be resumed",
        tags,
        body: UploadRequest,
        querystring: Type.Object({ select: Type.Optional(Type.Boolean()) }),
        response: answers({ 201: Upload }),
      },
    },
    async ({ body, query }, reply) => {
      const { into, ...rest } = body;
      const request = { ...rest, ...(into === undefined ? {} : { into: intoOf(into) }) };
      const upload = await imports.begin(request, query.select === undefined ? {} : { select: query.select });
      return await reply.code(201).send(uploadFromView(upload));
    },
  );
  app.get(
    "/api/uploads/:id",
    {
      config: forUser,
      schema: {
        summary: "How far an upload is: ask before going on",
        tags,
        params: IdParams,
        response: answers({ 200: Upload }),
      },
    },
    ({ params }) => uploadFromView(user.uploads.status(params.id)),
  );
  app.delete(
    "/api/uploads/:id",
    {
      config: forUser,
      schema: {
        summary: "Cancel an upload or its import; nothing of it is left",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await imports.cancel(params.id);
      return await reply.code(204).send(null);
    },
  );
  await addRawRoutes(app, (raw) => {
    raw.patch(
      "/api/uploads/:id",
      {
        config: forUser,
        schema: {
          summary:
            "Bytes of an upload; `Upload-Offset` says where they belong. When it is whole its import begins",
          tags,
          params: IdParams,
          headers: Type.Object({ "upload-offset": Type.Integer({ minimum: 0 }) }),
          response: answers({ 200: Upload }),
        },
      },
      async (request) => {
        const { bytes } = await incomingFile(request);
        const offset = request.headers["upload-offset"];
        return uploadFromView(await imports.append(request.params.id, offset, bytes));
      },
    );
  });
}

function uploadFromView({ uploadId, name, offset, size }: UploadView): Upload {
  return { uploadId, jobId: uploadId, name, offset, size: size ?? offset };
}
