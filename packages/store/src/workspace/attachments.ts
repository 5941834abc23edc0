import type { ImportId, SessionId, UserId } from "@chatty/model";
import type { Row } from "./changes.ts";
import type { ConfigurationReader, ConfigurationWriter } from "./connection.ts";
import { optionalIntegerOf, optionalTextOf, textOf } from "./row-values.ts";

/** A file that an imported conversation points at. Derived. */
export interface ImportAttachment {
  importId: ImportId;
  sessionId: SessionId;
  /** The id that parts carry in `fileId`. */
  fileId: string;
  pointer: string | undefined;
  name: string | undefined;
  mime: string | undefined;
  /** Bytes. */
  size: number | undefined;
  /** Raw name of the archive member that holds the bytes; absent when the export lacks them. */
  member: string | undefined;
}

const insertSql =
  "INSERT INTO import_attachments (user_id, import_id, session_id, file_id, pointer, name, mime, size, member) " +
  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, import_id, session_id, file_id) DO NOTHING";

/** Adds attachments of an import; one that is pointed at twice is kept once. @returns how many were added. */
export function insertAttachments(
  writer: ConfigurationWriter,
  userId: UserId,
  attachments: Iterable<ImportAttachment>,
): number {
  let added = 0;
  for (const attachment of attachments) {
    added += writer.run(
      insertSql,
      userId,
      attachment.importId,
      attachment.sessionId,
      attachment.fileId,
      attachment.pointer ?? null,
      attachment.name ?? null,
      attachment.mime ?? null,
      attachment.size ?? null,
      attachment.member ?? null,
    );
  }
  return added;
}

/**
 * One attachment of a session as the finished, shown imports know it: the newest of those whose export holds the bytes,
 * else the newest. A later export often lacks files that an earlier one had.
 */
export function findAttachment(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
  fileId: string,
): ImportAttachment | undefined {
  const sql =
    "SELECT a.import_id, a.session_id, a.file_id, a.pointer, a.name, a.mime, a.size, a.member " +
    "FROM import_attachments a JOIN imports i ON i.user_id = a.user_id AND i.import_id = a.import_id " +
    "WHERE a.user_id = ? AND a.session_id = ? AND a.file_id = ? AND i.status = 'finished' AND i.superseded_by IS NULL " +
    "ORDER BY a.member IS NULL, i.ordinal DESC, i.started_at DESC, i.import_id DESC LIMIT 1";
  return reader.all(sql, userId, sessionId, fileId).map(attachmentFromRow)[0];
}

/** Attachments with this file id in any session of the finished, shown imports whose export holds the bytes, the newest first. */
export function attachmentsByFile(
  reader: ConfigurationReader,
  userId: UserId,
  fileId: string,
): ImportAttachment[] {
  const sql =
    "SELECT a.import_id, a.session_id, a.file_id, a.pointer, a.name, a.mime, a.size, a.member " +
    "FROM import_attachments a JOIN imports i ON i.user_id = a.user_id AND i.import_id = a.import_id " +
    "WHERE a.user_id = ? AND a.file_id = ? AND a.member IS NOT NULL AND i.status = 'finished' AND i.superseded_by IS NULL " +
    "ORDER BY i.ordinal DESC, i.started_at DESC, i.import_id DESC, a.session_id LIMIT 1";
  return reader.all(sql, userId, fileId).map(attachmentFromRow);
}

/** The attachments of one session in one import, by file id. */
export function attachmentsOfVersion(
  reader: ConfigurationReader,
  userId: UserId,
  importId: ImportId,
  sessionId: SessionId,
): ImportAttachment[] {
  const sql =
    "SELECT import_id, session_id, file_id, pointer, name, mime, size, member FROM import_attachments " +
    "WHERE user_id = ? AND import_id = ? AND session_id = ? ORDER BY file_id";
  return reader.all(sql, userId, importId, sessionId).map(attachmentFromRow);
}

function attachmentFromRow(row: Row): ImportAttachment {
  return {
    importId: textOf(row, "import_id") as ImportId,
    sessionId: textOf(row, "session_id") as SessionId,
    fileId: textOf(row, "file_id"),
    pointer: optionalTextOf(row, "pointer"),
    name: optionalTextOf(row, "name"),
    mime: optionalTextOf(row, "mime"),
    size: optionalIntegerOf(row, "size"),
    member: optionalTextOf(row, "member"),
  };
}
