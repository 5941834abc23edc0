import type { MessageId, SessionId, UserId } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { optionalTextOf } from "./row-values.ts";

/** Where a person left a conversation. */
export interface PlaceRecord {
  /** The message that was at the top. */
  anchorId: MessageId | undefined;
  /** The message whose path was shown. */
  throughId: MessageId | undefined;
}

/** The place of a session; undefined when there is none. */
export function getPlace(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): PlaceRecord | undefined {
  const sql = "SELECT anchor_id, through_id FROM places WHERE user_id = ? AND session_id = ?";
  return reader.all(sql, userId, sessionId).map((row) => ({
    anchorId: optionalTextOf(row, "anchor_id") as MessageId | undefined,
    throughId: optionalTextOf(row, "through_id") as MessageId | undefined,
  }))[0];
}

/** Keeps a place; one that says nothing removes it. */
export function placeChange(
  userId: UserId,
  sessionId: SessionId,
  { anchorId, throughId }: PlaceRecord,
  nowMs: number,
): ConfigurationChange {
  const key = { user_id: userId, session_id: sessionId };
  if (anchorId === undefined && throughId === undefined) return { delete: "places", key };
  const row = { ...key, anchor_id: anchorId ?? null, through_id: throughId ?? null, updated_at: nowMs };
  return { put: "places", row };
}
