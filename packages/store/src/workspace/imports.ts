import type { ImportId, JsonObject, RuntimeId, Sha256, SourceName, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import { jsonColumn } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, jsonObjectOf, optionalIntegerOf, optionalTextOf, textOf } from "./row-values.ts";

/** One run of an import. Times are integer milliseconds UTC. */
export interface ImportRow {
  importId: ImportId;
  archiveSha256: Sha256;
  /** Name of the upload, for people. */
  archiveName: string;
  archiveBytes: number;
  /** Known once the archive was recognised. */
  source: SourceName | undefined;
  runtimeId: RuntimeId | undefined;
  /** Version of the reader that converted it. */
  readerVersion: string | undefined;
  /** `running` was begun and is to be resumed or undone; `failed` left a receipt and nothing else. */
  status: "running" | "finished" | "failed";
  /** Order among all finished imports of the user, from 0. */
  ordinal: number | undefined;
  /** The import that replaced this one; it is kept and no longer shown. */
  supersededBy: ImportId | undefined;
  startedAt: number;
  finishedAt: number | undefined;
  receipt: JsonObject | undefined;
}

const selectImports =
  "SELECT import_id, archive_sha256, archive_name, archive_bytes, source, runtime_id, reader_version, status, ordinal, " +
  "superseded_by, started_at, finished_at, receipt FROM imports WHERE user_id = ?";
const byAge = "ORDER BY started_at, import_id";

/** One import. */
export function getImport(
  reader: ConfigurationReader,
  userId: UserId,
  importId: ImportId,
): ImportRow | undefined {
  return reader.all(`${selectImports} AND import_id = ?`, userId, importId).map(importFromRow)[0];
}

/** Every import, oldest first; of one status if given. */
export function listImports(
  reader: ConfigurationReader,
  userId: UserId,
  status?: ImportRow["status"],
): ImportRow[] {
  if (status === undefined) return reader.all(`${selectImports} ${byAge}`, userId).map(importFromRow);
  return reader.all(`${selectImports} AND status = ? ${byAge}`, userId, status).map(importFromRow);
}

/** Imports of an archive, oldest first. */
export function importsOfArchive(
  reader: ConfigurationReader,
  userId: UserId,
  archiveSha256: Sha256,
): ImportRow[] {
  return reader
    .all(`${selectImports} AND archive_sha256 = ? ${byAge}`, userId, archiveSha256)
    .map(importFromRow);
}

/** Finished imports of a runtime in their order; those that were replaced only if `superseded` is set. */
export function importsOfRuntime(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
  options: { superseded?: boolean } = {},
): ImportRow[] {
  const visible = options.superseded === true ? "" : "AND superseded_by IS NULL ";
  const sql = `${selectImports} AND runtime_id = ? AND status = 'finished' ${visible}ORDER BY ordinal, started_at, import_id`;
  return reader.all(sql, userId, runtimeId).map(importFromRow);
}

/** Writes an import's row, whole. */
export function importChange(userId: UserId, run: ImportRow): ConfigurationChange {
  return {
    put: "imports",
    row: {
      user_id: userId,
      import_id: run.importId,
      archive_sha256: run.archiveSha256,
      archive_name: run.archiveName.toWellFormed(),
      archive_bytes: run.archiveBytes,
      source: run.source ?? null,
      runtime_id: run.runtimeId ?? null,
      reader_version: run.readerVersion ?? null,
      status: run.status,
      ordinal: run.ordinal ?? null,
      superseded_by: run.supersededBy ?? null,
      started_at: run.startedAt,
      finished_at: run.finishedAt ?? null,
      receipt: run.receipt === undefined ? null : jsonColumn(run.receipt),
    },
  };
}

/** Marks every visible import of a runtime but `by` as replaced. */
export function supersedeChanges(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
  by: ImportId,
): ConfigurationChange[] {
  return importsOfRuntime(reader, userId, runtimeId)
    .filter((run) => run.importId !== by)
    .map((run) => importChange(userId, { ...run, supersededBy: by }));
}

function importFromRow(row: Row): ImportRow {
  return {
    importId: textOf(row, "import_id") as ImportId,
    archiveSha256: textOf(row, "archive_sha256") as Sha256,
    archiveName: textOf(row, "archive_name"),
    archiveBytes: integerOf(row, "archive_bytes"),
    source: optionalTextOf(row, "source") as SourceName | undefined,
    runtimeId: optionalTextOf(row, "runtime_id") as RuntimeId | undefined,
    readerVersion: optionalTextOf(row, "reader_version"),
    status: textOf(row, "status") as ImportRow["status"],
    ordinal: optionalIntegerOf(row, "ordinal"),
    supersededBy: optionalTextOf(row, "superseded_by") as ImportId | undefined,
    startedAt: integerOf(row, "started_at"),
    finishedAt: optionalIntegerOf(row, "finished_at"),
    receipt: row["receipt"] === null ? undefined : jsonObjectOf(row, "receipt"),
  };
}
