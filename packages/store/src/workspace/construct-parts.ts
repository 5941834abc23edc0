// What belongs to a construct: knowledge files, actions and versions. All of it goes when the construct goes.
import type { JsonObject, JsonValue, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import { jsonColumn } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, jsonObjectOf, jsonOf, optionalTextOf, textOf } from "./row-values.ts";

/** A knowledge file of a construct. */
export interface ConstructFile {
  fileId: string;
  gptId: string;
  filename: string;
  originalName: string;
  mimeType: string;
  /** Bytes. */
  size: number;
  /** The text itself, or `sha256:…` of a file in the construct's folder. */
  content: string;
  extractedText: string | undefined;
  metadata: JsonObject;
  /** Integer milliseconds UTC. */
  uploadedAt: number;
  active: boolean;
}

/** A custom action of a construct. */
export interface ConstructAction {
  actionId: string;
  gptId: string;
  name: string;
  description: string | undefined;
  url: string;
  method: string;
  headers: JsonObject;
  parameters: JsonObject;
  active: boolean;
  /** Integer milliseconds UTC. */
  createdAt: number;
}

/** A construct as it once was. */
export interface ConstructVersion {
  /** Number of the row among the user's versions. */
  id: number;
  gptId: string;
  /** From 1, per construct. */
  version: number;
  snapshot: JsonValue;
  /** Integer milliseconds UTC. */
  createdAt: number;
}

/** Name of the file in which an imported runtime keeps what its imports said about themselves. */
export const importMetadataFilename = "import-metadata.json";

/** Files of a construct, oldest first. */
export function listConstructFiles(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
): ConstructFile[] {
  const sql =
    "SELECT id, gpt_id, filename, original_name, mime_type, size, content, extracted_text, metadata, uploaded_at, is_active " +
    "FROM gpt_files WHERE user_id = ? AND gpt_id = ? ORDER BY uploaded_at, id";
  return reader.all(sql, userId, gptId).map(fileFromRow);
}

/** Actions of a construct, oldest first. */
export function listConstructActions(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
): ConstructAction[] {
  const sql =
    "SELECT id, gpt_id, name, description, url, method, headers, parameters, is_active, created_at " +
    "FROM gpt_actions WHERE user_id = ? AND gpt_id = ? ORDER BY created_at, id";
  return reader.all(sql, userId, gptId).map(actionFromRow);
}

/** Versions of a construct, the first one first. */
export function listConstructVersions(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
): ConstructVersion[] {
  const sql =
    "SELECT id, gpt_id, version, snapshot, created_at FROM gpt_versions WHERE user_id = ? AND gpt_id = ? ORDER BY version";
  return reader.all(sql, userId, gptId).map(versionFromRow);
}

/** Number of the newest version of a construct; 0 for none. */
export function newestConstructVersion(reader: ConfigurationReader, userId: UserId, gptId: string): number {
  const sql = "SELECT coalesce(max(version), 0) AS newest FROM gpt_versions WHERE user_id = ? AND gpt_id = ?";
  const row = reader.get(sql, userId, gptId);
  return row === undefined ? 0 : integerOf(row, "newest");
}

/** Knowledge files of any construct that have this content, oldest first. */
export function constructFilesByContent(
  reader: ConfigurationReader,
  userId: UserId,
  content: string,
): ConstructFile[] {
  const sql =
    "SELECT id, gpt_id, filename, original_name, mime_type, size, content, extracted_text, metadata, uploaded_at, is_active " +
    "FROM gpt_files WHERE user_id = ? AND content = ? ORDER BY uploaded_at, id";
  return reader.all(sql, userId, content).map(fileFromRow);
}

/** Writes a file's row, whole. */
export function constructFileChange(userId: UserId, file: ConstructFile): ConfigurationChange {
  return {
    put: "gpt_files",
    row: {
      user_id: userId,
      id: file.fileId,
      gpt_id: file.gptId,
      filename: file.filename,
      original_name: file.originalName,
      mime_type: file.mimeType,
      size: file.size,
      content: file.content,
      extracted_text: file.extractedText ?? null,
      metadata: jsonColumn(file.metadata),
      uploaded_at: file.uploadedAt,
      is_active: file.active ? 1 : 0,
    },
  };
}

/** The `import-metadata.json` of an imported runtime's construct; writing it again replaces it. */
export function importMetadataChange(
  userId: UserId,
  gptId: string,
  metadata: JsonObject,
  nowMs: number,
): ConfigurationChange {
  const content = JSON.stringify(metadata, null, 2);
  return constructFileChange(userId, {
    // One per construct, under an id made from the construct's, so that a repeat finds the same row.
    fileId: `${gptId}-import-metadata`,
    gptId,
    filename: importMetadataFilename,
    originalName: importMetadataFilename,
    mimeType: "application/json",
    size: Buffer.byteLength(content),
    content,
    extractedText: undefined,
    metadata: {},
    uploadedAt: nowMs,
    active: true,
  });
}

/** Writes an action's row, whole. */
export function constructActionChange(userId: UserId, action: ConstructAction): ConfigurationChange {
  return {
    put: "gpt_actions",
    row: {
      user_id: userId,
      id: action.actionId,
      gpt_id: action.gptId,
      name: action.name,
      description: action.description ?? null,
      url: action.url,
      method: action.method,
      headers: jsonColumn(action.headers),
      parameters: jsonColumn(action.parameters),
      is_active: action.active ? 1 : 0,
      created_at: action.createdAt,
    },
  };
}

/** Keeps what a construct is now as its next version. */
export function newConstructVersionChanges(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
  snapshot: JsonValue,
  nowMs: number,
): ConfigurationChange[] {
  const row = reader.get(
    "SELECT coalesce(max(id), 0) + 1 AS next_id, coalesce(max(version) FILTER (WHERE gpt_id = ?), 0) + 1 AS next_version " +
      "FROM gpt_versions WHERE user_id = ?",
    gptId,
    userId,
  );
  if (row === undefined) throw new TypeError("An aggregate without groups gives one row.");
  const next = { id: integerOf(row, "next_id"), version: integerOf(row, "next_version") };
  return [
    {
      put: "gpt_versions",
      row: { user_id: userId, ...next, gpt_id: gptId, snapshot: jsonColumn(snapshot), created_at: nowMs },
    },
  ];
}

/** Deletes one file or action of a construct. */
export function constructPartRemoval(
  userId: UserId,
  table: "gpt_files" | "gpt_actions",
  id: string,
): ConfigurationChange {
  return { delete: table, key: { user_id: userId, id } };
}

/** Deletes everything that belongs to a construct, row by row: what its removal would take along unseen. */
export function constructPartRemovals(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
): ConfigurationChange[] {
  return (["gpt_files", "gpt_actions", "gpt_versions"] as const).flatMap((table) =>
    reader
      .all(`SELECT id FROM ${table} WHERE user_id = ? AND gpt_id = ? ORDER BY id`, userId, gptId)
      .map(({ id }): ConfigurationChange => ({ delete: table, key: { user_id: userId, id: id ?? null } })),
  );
}

function fileFromRow(row: Row): ConstructFile {
  return {
    fileId: textOf(row, "id"),
    gptId: textOf(row, "gpt_id"),
    filename: textOf(row, "filename"),
    originalName: textOf(row, "original_name"),
    mimeType: textOf(row, "mime_type"),
    size: integerOf(row, "size"),
    content: textOf(row, "content"),
    extractedText: optionalTextOf(row, "extracted_text"),
    metadata: jsonObjectOf(row, "metadata"),
    uploadedAt: integerOf(row, "uploaded_at"),
    active: integerOf(row, "is_active") === 1,
  };
}

function actionFromRow(row: Row): ConstructAction {
  return {
    actionId: textOf(row, "id"),
    gptId: textOf(row, "gpt_id"),
    name: textOf(row, "name"),
    description: optionalTextOf(row, "description"),
    url: textOf(row, "url"),
    method: textOf(row, "method"),
    headers: jsonObjectOf(row, "headers"),
    parameters: jsonObjectOf(row, "parameters"),
    active: integerOf(row, "is_active") === 1,
    createdAt: integerOf(row, "created_at"),
  };
}

function versionFromRow(row: Row): ConstructVersion {
  return {
    id: integerOf(row, "id"),
    gptId: textOf(row, "gpt_id"),
    version: integerOf(row, "version"),
    snapshot: jsonOf(row, "snapshot") ?? null,
    createdAt: integerOf(row, "created_at"),
  };
}
