import type { SessionId, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, textOf } from "./row-values.ts";

/** Text that a person has typed into a conversation and not sent. */
export interface DraftRecord {
  sessionId: SessionId;
  text: string;
  /** Integer milliseconds UTC. */
  updatedAt: number;
}

/** The draft of a session; undefined when there is none. */
export function getDraft(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): DraftRecord | undefined {
  const sql = "SELECT session_id, text, updated_at FROM drafts WHERE user_id = ? AND session_id = ?";
  return reader.all(sql, userId, sessionId).map(draftFromRow)[0];
}

/** Every draft, the newest first. */
export function listDrafts(reader: ConfigurationReader, userId: UserId): DraftRecord[] {
  const sql =
    "SELECT session_id, text, updated_at FROM drafts WHERE user_id = ? ORDER BY updated_at DESC, session_id";
  return reader.all(sql, userId).map(draftFromRow);
}

/** Keeps a draft; an empty text removes it. */
export function draftChange(
  userId: UserId,
  sessionId: SessionId,
  text: string,
  nowMs: number,
): ConfigurationChange {
  if (text === "") return { delete: "drafts", key: { user_id: userId, session_id: sessionId } };
  // A text area may cut a surrogate pair; a draft is not worth refusing for it.
  const row = { user_id: userId, session_id: sessionId, text: text.toWellFormed(), updated_at: nowMs };
  return { put: "drafts", row };
}

function draftFromRow(row: Row): DraftRecord {
  return {
    sessionId: textOf(row, "session_id") as SessionId,
    text: textOf(row, "text"),
    updatedAt: integerOf(row, "updated_at"),
  };
}
