import Type from "typebox";
import { parseMessageId } from "@chatty/model";
import type { MessageId } from "@chatty/model";
import type { WindowQuery } from "@chatty/store";
import { Message, MessagePatch, MessageQuery, MessageWindow, Outline } from "../../api/messages.ts";
import { Session } from "../../api/sessions.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, IfMatchHeaders, answers, changeOptions, setRevision } from "../answers.ts";
import { sessionFromView } from "../sessions/session-view.ts";
import { messageFromView, messageFromWindow } from "./message-view.ts";

const tags = ["messages"];
const MessageParams = Type.Object({ id: Type.String(), messageId: Type.String() });
/** A message by itself. */
const SingleMessage = Type.Object({ message: Type.Omit(Message, ["index", "siblings", "past"]) });

export function addMessageRoutes(app: App, { user }: ServerContext): void {
  app.get(
    "/api/sessions/:id/messages",
    {
      config: forUser,
      schema: {
        summary: "A stretch of one path through a conversation",
        tags,
        params: IdParams,
        querystring: MessageQuery,
        response: answers({ 200: MessageWindow }),
      },
    },
    async ({ params, query }, reply) => {
      const window = await user.messages(params.id, windowQuery(query));
      setRevision(reply, window.revision);
      return { ...window, messages: window.messages.map(messageFromWindow) };
    },
  );
  app.get(
    "/api/sessions/:id/outline",
    {
      config: forUser,
      schema: {
        summary: "The person's own messages of a path, shortened",
        tags,
        params: IdParams,
        querystring: Type.Object({ through: Type.Optional(Type.String()) }),
        response: answers({ 200: Outline }),
      },
    },
    async ({ params, query }) => await user.outline(params.id, optionalId(query.through)),
  );
  app.get(
    "/api/sessions/:id/messages/:messageId",
    {
      config: forUser,
      schema: {
        summary: "One message with all its parts",
        tags,
        params: MessageParams,
        response: answers({ 200: SingleMessage }),
      },
    },
    async ({ params }) => ({
      message: messageFromView(await user.message(params.id, parseMessageId(params.messageId))),
    }),
  );
  app.patch(
    "/api/sessions/:id/messages/:messageId",
    {
      config: forUser,
      schema: {
        summary: "Give a message of a native conversation another text, with undo",
        tags,
        headers: IfMatchHeaders,
        params: MessageParams,
        body: MessagePatch,
        response: answers({ 200: Session }),
      },
    },
    async (request) => {
      const { id, messageId } = request.params;
      const options = changeOptions(request);
      const { content } = request.body;
      return sessionFromView(await user.reviseMessage(id, parseMessageId(messageId), content, options));
    },
  );
  app.delete(
    "/api/sessions/:id/messages/:messageId",
    {
      config: forUser,
      schema: {
        summary: "Delete one message of a native conversation, with undo",
        tags,
        headers: IfMatchHeaders,
        params: MessageParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => {
      const { id, messageId } = request.params;
      const options = changeOptions(request);
      return sessionFromView(await user.setMessageDeleted(id, parseMessageId(messageId), true, options));
    },
  );
  app.post(
    "/api/sessions/:id/messages/:messageId/restore",
    {
      config: forUser,
      schema: {
        summary: "Bring a deleted message back",
        tags,
        headers: IfMatchHeaders,
        params: MessageParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => {
      const { id, messageId } = request.params;
      const options = changeOptions(request);
      return sessionFromView(await user.setMessageDeleted(id, parseMessageId(messageId), false, options));
    },
  );
}

function windowQuery(query: MessageQuery): WindowQuery {
  const { around, before, after, at, limit, path, through, asOf } = query;
  return {
    ...(around === undefined ? {} : { around: parseMessageId(around) }),
    ...(before === undefined ? {} : { before: parseMessageId(before) }),
    ...(after === undefined ? {} : { after: parseMessageId(after) }),
    ...(at === undefined ? {} : { at }),
    ...(limit === undefined ? {} : { limit }),
    ...(path === undefined ? {} : { path }),
    ...(through === undefined ? {} : { through: parseMessageId(through) }),
    ...(asOf === undefined ? {} : { asOf }),
  };
}

function optionalId(text: string | undefined): MessageId | undefined {
  return text === undefined ? undefined : parseMessageId(text);
}
