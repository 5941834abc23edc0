import type {
  MessageAppended,
  MessageQuery,
  MessageWindow,
  NewMessage,
  Outline,
  Session,
} from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

const messagesPath = (sessionId: string) => `/api/sessions/${encodeURIComponent(sessionId)}/messages`;

export function fetchMessages(
  sessionId: string,
  query: MessageQuery,
  signal?: AbortSignal,
): Promise<MessageWindow> {
  return request(messagesPath(sessionId), { query, signal });
}

/** What one message says. */
export async function fetchMessage(
  sessionId: string,
  messageId: string,
  signal?: AbortSignal,
): Promise<{ content: string }> {
  const path = `${messagesPath(sessionId)}/${encodeURIComponent(messageId)}`;
  const { message } = await request<{ message: { content: string } }>(path, { signal });
  return message;
}

/** One window of messages. `sessionId` is the id, never an alias. */
export function messageWindow(sessionId: string, query: MessageQuery) {
  return queryOptions({
    queryKey: queryKeys.messageWindow(sessionId, query),
    queryFn: ({ signal }) => fetchMessages(sessionId, query, signal),
  });
}

/** The person's own messages of a path, shortened. */
export function outline(sessionId: string, through?: string) {
  return queryOptions({
    queryKey: queryKeys.outline(sessionId, through),
    queryFn: ({ signal }) =>
      request<Outline>(`/api/sessions/${encodeURIComponent(sessionId)}/outline`, {
        query: { through },
        signal,
      }),
  });
}

/** Durable when it answers. Sending the same `id` again changes nothing. */
export function appendMessage(sessionId: string, message: NewMessage): Promise<MessageAppended> {
  return request(messagesPath(sessionId), { method: "POST", json: message });
}

/** Takes a message out of the conversation; `restoreMessage` brings it back. */
export function deleteMessage(sessionId: string, messageId: string): Promise<Session> {
  return request(`${messagesPath(sessionId)}/${encodeURIComponent(messageId)}`, { method: "DELETE" });
}

export function restoreMessage(sessionId: string, messageId: string): Promise<Session> {
  return request(`${messagesPath(sessionId)}/${encodeURIComponent(messageId)}/restore`, { method: "POST" });
}

/** Gives a message another text; its files, thinking and calls of tools stay. */
export function correctMessage(sessionId: string, messageId: string, content: string): Promise<Session> {
  return request(`${messagesPath(sessionId)}/${encodeURIComponent(messageId)}`, {
    method: "PATCH",
    json: { content },
  });
}
