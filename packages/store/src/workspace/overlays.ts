import type { SessionId, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, optionalIntegerOf, optionalTextOf, textOf } from "./row-values.ts";

/** What a person has changed about a read-only imported session. Times are integer milliseconds UTC. */
export interface OverlayRecord {
  sessionId: SessionId;
  title: string | undefined;
  archivedAt: number | undefined;
  deletedAt: number | undefined;
  updatedAt: number;
}

/** What to change; what is left out stays, null takes it back. */
export interface OverlayEdit {
  title?: string | null;
  archivedAt?: number | null;
  deletedAt?: number | null;
}

const selectOverlays =
  "SELECT session_id, title, archived_at, deleted_at, updated_at FROM overlays WHERE user_id = ?";

/** The overlay of a session; undefined when the person changed nothing. */
export function getOverlay(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): OverlayRecord | undefined {
  return reader.all(`${selectOverlays} AND session_id = ?`, userId, sessionId).map(overlayFromRow)[0];
}

/** Every overlay of a user, by session. */
export function listOverlays(reader: ConfigurationReader, userId: UserId): Map<SessionId, OverlayRecord> {
  const overlays = reader.all(`${selectOverlays} ORDER BY session_id`, userId).map(overlayFromRow);
  return new Map(overlays.map((overlay) => [overlay.sessionId, overlay]));
}

/** Lays `edit` over what is there. An overlay that says nothing any more is removed. */
export function overlayChanges(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
  edit: OverlayEdit,
  nowMs: number,
): ConfigurationChange[] {
  const before = getOverlay(reader, userId, sessionId);
  const title = edit.title === undefined ? (before?.title ?? null) : edit.title;
  const archivedAt = edit.archivedAt === undefined ? (before?.archivedAt ?? null) : edit.archivedAt;
  const deletedAt = edit.deletedAt === undefined ? (before?.deletedAt ?? null) : edit.deletedAt;
  const key = { user_id: userId, session_id: sessionId };
  if (title === null && archivedAt === null && deletedAt === null) {
    return before === undefined ? [] : [{ delete: "overlays", key }];
  }
  const row = { ...key, title, archived_at: archivedAt, deleted_at: deletedAt, updated_at: nowMs };
  return [{ put: "overlays", row }];
}

function overlayFromRow(row: Row): OverlayRecord {
  return {
    sessionId: textOf(row, "session_id") as SessionId,
    title: optionalTextOf(row, "title"),
    archivedAt: optionalIntegerOf(row, "archived_at"),
    deletedAt: optionalIntegerOf(row, "deleted_at"),
    updatedAt: integerOf(row, "updated_at"),
  };
}
