import Type from "typebox";
import type { RuntimeId } from "@chatty/model";
import { ChattyError, parseRuntimeId } from "@chatty/model";
import { ImportList, JobStarted, Receipt } from "../../api/imports.ts";
import { isBrokenOff } from "../../jobs/import-jobs.ts";
import { setHeaders } from "../../security/page-headers.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, answers } from "../answers.ts";
import { addRawRoutes, incomingFile } from "../raw-bodies.ts";

const tags = ["imports"];

const ImportQuery = Type.Object({
  /** Name of the file, for people. */
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  into: Type.Optional(Type.String()),
  replace: Type.Optional(Type.Boolean()),
  source: Type.Optional(Type.Union([Type.Literal("chatgpt"), Type.Literal("claude")])),
  /** False: stay in the runtime that is active. */
  select: Type.Optional(Type.Boolean()),
});

export async function addImportRoutes(app: App, { user, imports, board }: ServerContext): Promise<void> {
  await addRawRoutes(app, (raw) => {
    raw.post(
      "/api/import/chat-export",
      {
        config: forUser,
        schema: {
          summary: "Import an export: the file as the body or as the file of a form, of any size",
          tags,
          querystring: ImportQuery,
          response: answers({ 202: JobStarted }),
        },
      },
      async (request, reply) => {
        const { name, into, replace, source, select } = request.query;
        const file = await incomingFile(request);
        const upload = await imports.begin(
          {
            name: name ?? file.name ?? "export",
            ...(file.size === undefined ? {} : { size: file.size }),
            ...(into === undefined ? {} : { into: intoOf(into) }),
            ...(replace === undefined ? {} : { replace }),
            ...(source === undefined ? {} : { source }),
          },
          select === undefined ? {} : { select },
        );
        try {
          const { complete } = upload.complete
            ? upload
            : await imports.append(upload.uploadId, 0, file.bytes);
          if (!complete) await imports.finish(upload.uploadId);
        } catch (error) {
          // Whoever sent it does not know where to go on, so nothing of it is kept.
          await imports.cancel(upload.uploadId).catch(() => board.remove(upload.uploadId));
          throw isBrokenOff(error) ? brokenOff(error) : error;
        }
        return await reply.code(202).send({ jobId: upload.uploadId });
      },
    );
  });
  app.get(
    "/api/imports",
    {
      config: forUser,
      schema: {
        summary: "Every import ever made, newest first",
        tags,
        response: answers({ 200: ImportList }),
      },
    },
    () => ({ imports: user.imports() }),
  );
  app.get(
    "/api/imports/:id/receipt",
    {
      config: forUser,
      schema: {
        summary: "What an import did with every node of the export",
        tags,
        params: IdParams,
        querystring: Type.Object({ download: Type.Optional(Type.Boolean()) }),
        response: answers({ 200: Receipt }),
      },
    },
    ({ params, query }, reply) => {
      const found = user.imports().find(({ importId }) => importId === params.id);
      if (found === undefined) {
        throw new ChattyError("IMPORT_NOT_FOUND", "There is no such import.", {
          hint: "/api/imports lists them.",
        });
      }
      if (query.download === true) {
        const disposition = `attachment; filename="receipt-${found.importId}.json"`;
        setHeaders(reply, { "content-disposition": disposition });
      }
      return found.receipt;
    },
  );
}

/** @throws {ChattyError} INVALID_ID */
export function intoOf(text: string): RuntimeId | "new" {
  return text === "new" ? text : parseRuntimeId(text);
}

function brokenOff(cause: unknown): ChattyError {
  return new ChattyError("UPLOAD_BROKEN_OFF", "The export did not come to its end; nothing of it was kept.", {
    hint: "Send it again. `POST /api/uploads` takes exports that can be resumed.",
    cause,
  });
}
