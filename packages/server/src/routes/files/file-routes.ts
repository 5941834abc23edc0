import Type from "typebox";
import { UploadedFile } from "../../api/files.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { Bytes, IdParams, answers } from "../answers.ts";
import { addRawRoutes, incomingFile } from "../raw-bodies.ts";
import { sendFile } from "./file-answer.ts";

const tags = ["files"];
const FileQuery = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 500 })),
  download: Type.Optional(Type.Boolean()),
});

export async function addFileRoutes(app: App, { user }: ServerContext): Promise<void> {
  app.get(
    "/api/files/:fileId",
    {
      config: forUser,
      schema: {
        summary: "A file by its SHA-256, wherever it is",
        tags,
        params: Type.Object({ fileId: Type.String({ maxLength: 100 }) }),
        querystring: FileQuery,
        response: answers({ 200: Bytes, 206: Bytes }),
      },
    },
    async (request, reply) => {
      const { fileId } = request.params;
      const { name, download } = request.query;
      const found = await user.findFile(fileId.startsWith("sha256:") ? fileId : `sha256:${fileId}`);
      return sendFile(request, reply, {
        ...found,
        name: name ?? found.name,
        etag: fileId.replace("sha256:", ""),
        isAttachment: download === true,
      });
    },
  );
  app.get(
    "/api/sessions/:id/files/:fileId",
    {
      config: forUser,
      schema: {
        summary: "A file of a conversation, by the fileId of its part",
        tags,
        params: Type.Object({ id: Type.String(), fileId: Type.String() }),
        querystring: Type.Object({
          ...FileQuery.properties,
          mime: Type.Optional(Type.String({ maxLength: 100 })),
        }),
        response: answers({ 200: Bytes }),
      },
    },
    async (request, reply) => {
      const { id, fileId } = request.params;
      const { name, mime, download } = request.query;
      const bytes = await startedBytes(user.readFile(id, fileId));
      return sendFile(request, reply, {
        name: name ?? fileId,
        mime,
        bytes,
        isAttachment: download === true,
      });
    },
  );
  app.get(
    "/api/sessions/:id/raw",
    {
      config: forUser,
      schema: {
        summary: "The provider's own bytes of a conversation, or the journal of a native one",
        tags,
        params: IdParams,
        response: answers({ 200: Bytes }),
      },
    },
    async (request, reply) => {
      const { sessionId, imported } = user.session(request.params.id);
      const bytes = await startedBytes(user.raw(sessionId));
      const name = `${sessionId}${imported ? ".json" : ".jsonl"}`;
      return sendFile(request, reply, { name, bytes, isAttachment: true });
    },
  );
  await addRawRoutes(app, (raw) => {
    raw.post(
      "/api/files",
      {
        config: forUser,
        schema: {
          summary: "Keep a file until a message carries it; body: the bytes",
          tags,
          querystring: Type.Object({ name: Type.Optional(Type.String({ maxLength: 500 })) }),
          response: answers({ 201: UploadedFile }),
        },
      },
      async (request, reply) => {
        const file = await incomingFile(request);
        const { mime } = file;
        const staged = await user.stageFile({
          name: request.query.name ?? file.name ?? "file",
          ...(mime === undefined ? {} : { mime }),
          bytes: file.bytes,
        });
        return await reply.code(201).send(staged);
      },
    );
  });
}

/** Reads the first bytes before anything is answered, so that a file that is not there gets its own status. */
async function startedBytes(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first: IteratorResult<Uint8Array> | undefined = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const result = first;
        first = undefined;
        return result === undefined ? iterator.next() : Promise.resolve(result);
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
