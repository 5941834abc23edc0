import Type from "typebox";
import { parseMessageId, parseSessionId } from "@chatty/model";
import type { Part } from "@chatty/model";
import type { MessageDraft, UserVault } from "@chatty/store";
import { MessageAppended, NewMessage, RegenerateRequest } from "../../api/messages.ts";
import type { GenerateRequest } from "../../api/messages.ts";
import { SseStream, sseHeaders } from "../../events/sse-stream.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { Bytes, IdParams, IfMatchHeaders, Nothing, answers, changeOptions } from "../answers.ts";

const tags = ["messages"];
/** A message has up to 64 Mi characters; in JSON each can take six bytes, which nobody writes by hand. */
const messageLimit = 200 * 1024 * 1024;

export function addGenerationRoutes(app: App, { user, generation }: ServerContext): void {
  app.post(
    "/api/sessions/:id/messages",
    {
      config: forUser,
      bodyLimit: messageLimit,
      schema: {
        summary: "A message, durable when this is answered; `generate` begins an answer to it",
        tags,
        headers: IfMatchHeaders,
        params: IdParams,
        body: NewMessage,
        response: answers({ 201: MessageAppended }),
      },
    },
    async (request, reply) => {
      const { id, role, content, parentId, files, generate } = request.body;
      const sessionId = user.resolveSession(request.params.id);
      const [appended] = await user.append(
        sessionId,
        [
          {
            role,
            content,
            ...(id === undefined ? {} : { id: parseMessageId(id) }),
            ...(parentId === undefined
              ? {}
              : { parentId: parentId === null ? null : parseMessageId(parentId) }),
            ...spokenUnder(user, generate),
            ...(files === undefined || files.length === 0
              ? {}
              : { parts: await partsOf(user, content, files) }),
          },
        ],
        [],
        changeOptions(request),
      );
      if (appended === undefined) throw new TypeError("An append gave no outcome.");
      // The message stands whatever becomes of the answer to it.
      const { messageId } = appended;
      const answerId =
        generate === undefined
          ? undefined
          : await generation.start(sessionId, { ...generate, parentId: messageId });
      return await reply.code(201).send({ ...appended, ...(answerId === undefined ? {} : { answerId }) });
    },
  );
  app.post(
    "/api/sessions/:id/generation",
    {
      config: forUser,
      schema: {
        summary: "Answer a message anew, as a branch beside the earlier answers, or go on with a cut answer",
        tags,
        params: IdParams,
        body: RegenerateRequest,
        response: answers({ 202: Type.Object({ answerId: Type.String() }) }),
      },
    },
    async ({ params, body }, reply) => {
      const answerId = await generation.start(user.resolveSession(params.id), body);
      return await reply.code(202).send({ answerId });
    },
  );
  app.get(
    "/api/sessions/:id/generation",
    {
      config: forUser,
      schema: {
        summary: "Server-sent events: the answer that is being made, from its start or from `Last-Event-ID`",
        tags,
        params: IdParams,
        headers: Type.Object({ "last-event-id": Type.Optional(Type.String({ maxLength: 20 })) }),
        response: answers({ 200: Bytes, 204: Nothing }),
      },
    },
    async (request, reply) => {
      const sessionId = user.resolveSession(request.params.id);
      const stream = new SseStream({
        afterOverflow: () => {
          const now = generation.state(sessionId);
          // Without one the answer has just ended; the reader comes back and sees that.
          return now === undefined ? undefined : { id: now.id, data: now.event };
        },
        onClose: () => stopReading?.(),
      });
      const stopReading = generation.follow(sessionId, lastEventId(request.headers["last-event-id"]), {
        event: (id, event) => stream.send({ id, data: event }),
        end: () => stream.end(),
      });
      if (stopReading === undefined) {
        stream.destroy();
        return await reply.code(204).send(null);
      }
      return await reply.headers(sseHeaders).send(stream);
    },
  );
  app.delete(
    "/api/sessions/:id/generation",
    {
      config: forUser,
      schema: {
        summary: "Stop the answer that is being made; what there is of it stays",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await generation.stop(parseSessionId(user.resolveSession(params.id)));
      return await reply.code(204).send(null);
    },
  );
}

/** What is said to another runtime than the session's own is said under it. */
function spokenUnder(
  user: UserVault,
  generate: GenerateRequest | undefined,
): Pick<MessageDraft, "runtimeId" | "constructId"> {
  if (generate?.runtimeId === undefined) return {};
  const { runtimeId, constructId } = user.runtime(generate.runtimeId);
  const named = generate.constructId === undefined ? undefined : user.construct(generate.constructId);
  return { runtimeId, constructId: named?.constructId ?? constructId };
}

/** Text and files of a message. A file is named by its hash; the store copies it into the conversation. */
async function partsOf(user: UserVault, content: string, files: readonly string[]): Promise<Part[]> {
  const parts: Part[] = content === "" ? [] : [{ kind: "text", text: content }];
  for (const fileId of files) {
    const { name, mime = "application/octet-stream", size } = await user.findFile(fileId);
    parts.push({ kind: kindOf(mime), fileId, name, mime, size });
  }
  return parts;
}

function kindOf(mime: string): "image" | "audio" | "video" | "file" {
  const [family] = mime.split("/", 1);
  return family === "image" || family === "audio" || family === "video" ? family : "file";
}

function lastEventId(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
