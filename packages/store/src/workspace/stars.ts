import type { SessionId, UserId } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, textOf } from "./row-values.ts";

/** True for a session that the person has starred. */
export function isStarred(reader: ConfigurationReader, userId: UserId, sessionId: SessionId): boolean {
  const sql = "SELECT 1 AS found FROM stars WHERE user_id = ? AND session_id = ?";
  return reader.get(sql, userId, sessionId) !== undefined;
}

/** Every starred session with the time of its star (integer milliseconds UTC), the newest star first. */
export function listStars(reader: ConfigurationReader, userId: UserId): Map<SessionId, number> {
  const sql =
    "SELECT session_id, starred_at FROM stars WHERE user_id = ? ORDER BY starred_at DESC, session_id";
  return new Map(
    reader
      .all(sql, userId)
      .map((row) => [textOf(row, "session_id") as SessionId, integerOf(row, "starred_at")]),
  );
}

/** Stars a session or takes its star away. Nothing to do gives no changes, so that the first star keeps its time. */
export function starChanges(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
  starred: boolean,
  nowMs: number,
): ConfigurationChange[] {
  if (isStarred(reader, userId, sessionId) === starred) return [];
  const key = { user_id: userId, session_id: sessionId };
  return [starred ? { put: "stars", row: { ...key, starred_at: nowMs } } : { delete: "stars", key }];
}
