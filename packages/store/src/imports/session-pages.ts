import type { ImportId, RuntimeId, SessionId, SourceName, UserId } from "@chatty/model";
import { earliestNamedMs, latestNamedMs } from "./view-names.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { integerOf, optionalTextOf, textOf } from "../workspace/row-values.ts";

/** As long as a month can be. */
const monthMs = 31 * 24 * 60 * 60 * 1000;

/** Ids fetched at a time: no statement stays open between two of them, so that anything may be written meanwhile. */
const pageSize = 256;

/** Ids of all sessions that some import of a runtime has, in order; finished or not is for the caller to ask. */
export function* importedSessionIds(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
): Generator<SessionId, void, undefined> {
  const sql =
    "SELECT DISTINCT session_id FROM import_references WHERE user_id = ? AND runtime_id = ? AND session_id > ? " +
    "ORDER BY session_id LIMIT ?";
  for (let after = ""; ;) {
    const rows = reader.all(sql, userId, runtimeId, after, pageSize);
    for (const row of rows) yield textOf(row, "session_id") as SessionId;
    if (rows.length < pageSize) return;
    after = textOf(rows.at(-1) ?? {}, "session_id");
  }
}

/**
 * Ids of the sessions of a runtime of which some version began in the month of a readable view's folder, `…/{year}/{month}` or
 * `…/undated`, in order.
 */
export function* sessionsOfMonth(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
  folder: string,
): Generator<SessionId, void, undefined> {
  const [, year = "", month] = folder.split("/");
  const start = month === undefined ? Number.NaN : Date.parse(`${year}-${month}-01T00:00:00Z`);
  const [condition, from, to] = Number.isNaN(start)
    ? ["created_at IS NULL OR created_at NOT BETWEEN ? AND ?", earliestNamedMs, latestNamedMs]
    : ["created_at BETWEEN ? AND ?", start, start + monthMs];
  // Page by page through all sessions: no question takes longer the more there are.
  const sql =
    `SELECT session_id, max(${condition}) AS is_in FROM import_references WHERE user_id = ? AND +runtime_id = ? ` +
    "AND session_id > ? GROUP BY session_id ORDER BY session_id LIMIT ?";
  for (let after = ""; ;) {
    const rows = reader.all(sql, from, to, userId, runtimeId, after, pageSize);
    for (const row of rows) if (row["is_in"] === 1) yield textOf(row, "session_id") as SessionId;
    if (rows.length < pageSize) return;
    after = textOf(rows.at(-1) ?? {}, "session_id");
  }
}

/**
 * Ids that derived rows carry and no finished import has: what an import left that was cut off. Goes from id to id through the
 * key, so that it costs as much as there are imports and not as there are rows.
 */
export function unfinishedReferences(reader: ConfigurationReader, userId: UserId): ImportId[] {
  const found = new Set<ImportId>();
  for (const table of ["import_references", "import_attachments"]) {
    const sql = `SELECT import_id FROM ${table} WHERE user_id = ? AND import_id > ? ORDER BY import_id LIMIT 1`;
    for (let row = reader.get(sql, userId, ""); row !== undefined;) {
      const importId = textOf(row, "import_id") as ImportId;
      if (importFacts(reader, userId, importId) === undefined) found.add(importId);
      row = reader.get(sql, userId, importId);
    }
  }
  return [...found].sort();
}

/** What is needed of an import where its receipt, which may be long, is not. Times are integer milliseconds UTC. */
export interface ImportFacts {
  source: SourceName | undefined;
  finishedAt: number;
  /** The import that replaced it. */
  supersededBy: ImportId | undefined;
}

/** Facts about a finished import; undefined for any other. */
export function importFacts(
  reader: ConfigurationReader,
  userId: UserId,
  importId: ImportId,
): ImportFacts | undefined {
  const sql =
    "SELECT source, finished_at, superseded_by FROM imports WHERE user_id = ? AND import_id = ? AND status = 'finished'";
  const row = reader.get(sql, userId, importId);
  if (row === undefined) return undefined;
  return {
    source: optionalTextOf(row, "source") as SourceName | undefined,
    finishedAt: integerOf(row, "finished_at"),
    supersededBy: optionalTextOf(row, "superseded_by") as ImportId | undefined,
  };
}

/**
 * The place that the next import gets among all imports of a user. Counted over all runtimes, so that the order also holds
 * between runtimes that are joined later.
 */
export function nextOrdinal(reader: ConfigurationReader, userId: UserId): number {
  const row = reader.get(
    "SELECT coalesce(max(ordinal), -1) + 1 AS next FROM imports WHERE user_id = ?",
    userId,
  );
  return row === undefined ? 0 : integerOf(row, "next");
}
