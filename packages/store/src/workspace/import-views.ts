import type { SessionId, Sha256, UserId } from "@chatty/model";
import type { Row } from "./changes.ts";
import type { ConfigurationReader, ConfigurationWriter } from "./connection.ts";
import { textOf } from "./row-values.ts";

/** The readable file made of an imported conversation. Derived. */
export interface ImportViewRow {
  sessionId: SessionId;
  /** Path inside the vault, with forward slashes. */
  path: string;
  /** Of the file as it was written. */
  sha256: Sha256;
  /** Of the conversation's raw bytes that it was made of: another one means that it is out of date. */
  sourceSha256: Sha256;
}

const selectViews = "SELECT session_id, path, sha256, source_sha256 FROM import_views WHERE user_id = ?";

/** The view of an imported session; undefined when none was written. */
export function getImportView(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): ImportViewRow | undefined {
  return reader.all(`${selectViews} AND session_id = ?`, userId, sessionId).map(viewFromRow)[0];
}

/** The view that lies at a path. */
export function importViewAtPath(
  reader: ConfigurationReader,
  userId: UserId,
  path: string,
): ImportViewRow | undefined {
  return reader.all(`${selectViews} AND path = ? ORDER BY session_id`, userId, path).map(viewFromRow)[0];
}

/** Every view of a user, by path. */
export function listImportViews(reader: ConfigurationReader, userId: UserId): ImportViewRow[] {
  return reader.all(`${selectViews} ORDER BY path, session_id`, userId).map(viewFromRow);
}

/** Keeps what was written. */
export function putImportView(writer: ConfigurationWriter, userId: UserId, view: ImportViewRow): void {
  writer.run(
    "INSERT INTO import_views (user_id, session_id, path, sha256, source_sha256) VALUES (?, ?, ?, ?, ?) " +
      "ON CONFLICT (user_id, session_id) DO UPDATE SET path = excluded.path, sha256 = excluded.sha256, " +
      "source_sha256 = excluded.source_sha256",
    userId,
    view.sessionId,
    view.path,
    view.sha256,
    view.sourceSha256,
  );
}

/** Forgets the view of an imported session. */
export function deleteImportView(writer: ConfigurationWriter, userId: UserId, sessionId: SessionId): void {
  writer.run("DELETE FROM import_views WHERE user_id = ? AND session_id = ?", userId, sessionId);
}

function viewFromRow(row: Row): ImportViewRow {
  return {
    sessionId: textOf(row, "session_id") as SessionId,
    path: textOf(row, "path"),
    sha256: textOf(row, "sha256") as Sha256,
    sourceSha256: textOf(row, "source_sha256") as Sha256,
  };
}
