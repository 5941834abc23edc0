import type { SessionView } from "@chatty/store";
import type { Conversation, Session } from "../../api/sessions.ts";

/** A session as lists show it. */
export function sessionFromView(view: SessionView): Session {
  return {
    sessionId: view.sessionId,
    aliases: view.aliases,
    runtimeId: view.runtimeId,
    constructId: view.constructId,
    title: view.title,
    createdAt: view.createdAt ?? null,
    updatedAt: view.updatedAt ?? null,
    messageCount: view.messageCount,
    imported: view.imported,
    home: view.home,
    starred: view.starred,
    archived: view.archived,
    deleted: view.deleted,
    revision: view.revision,
  };
}

/** The same with the names that the specifications use. */
export function conversationFromView(view: SessionView): Conversation {
  return {
    sessionId: view.sessionId,
    title: view.title,
    constructId: view.constructId,
    runtimeId: view.runtimeId,
    isPrimary: view.home,
    ...(view.home ? { canonicalForRuntime: view.runtimeId } : {}),
    ...(view.imported ? { imported: true } : {}),
    createdAt: view.createdAt ?? null,
    updatedAt: view.updatedAt ?? null,
    messageCount: view.messageCount,
  };
}
