import { DatabaseSync } from "node:sqlite";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import type { FilePort } from "../files/port.ts";
import { CheckedStatement, checked } from "./checked-statement.ts";
import { QuietTimer } from "../quiet-timer.ts";
import { isWritableFormat } from "./file-format.ts";

/** One row of the lists: everything a page of sessions shows, and where a journal's reader goes on. */
export interface CatalogSession {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  /** Integer milliseconds UTC; absent where a source has none. */
  createdAt: number | undefined;
  updatedAt: number | undefined;
  messageCount: number;
  imported: boolean;
  home: boolean;
  starred: boolean;
  archived: boolean;
  deleted: boolean;
  /** Last message of the active path of a native session. */
  leafId: MessageId | undefined;
  /** Session that this one continues. */
  forkedFrom: SessionId | undefined;
  /** Bytes of the journal that this row knows, and the hash of the last line among them; 0 for imported sessions. */
  journalLength: number;
  journalSeq: number;
  journalHash: string;
}

/** Where a message's record lies in its journal. */
export interface CatalogMessage {
  sessionId: SessionId;
  messageId: MessageId;
  parentId: MessageId | undefined;
  seq: number;
  /** Bytes. */
  offset: number;
  length: number;
}

export interface CatalogQuery {
  /** Only these runtimes. */
  runtimeIds?: readonly RuntimeId[];
  /** None of these runtimes. */
  exceptRuntimeIds?: readonly RuntimeId[];
  /** Homes before everything else; otherwise they stand where their time puts them. */
  homeFirst?: boolean;
  /** Archived ones or the others; both when absent. */
  archived?: boolean | undefined;
  starred?: boolean;
  deleted?: boolean;
  limit: number;
  after?: CatalogCursor;
}

/** Position behind a row of the list: home first, then newest first, undated last. */
export interface CatalogCursor {
  home: number;
  updatedAt: number;
  sessionId: string;
}

export interface RuntimeCounts {
  conversations: number;
  messages: number;
}

/** Bump when the tables change: an older file is derived data and is made again. */
const catalogVersion = 4;
/** How long rows wait for company before they are written, how long at most while more come, and how many wait at most. */
const flushDelayMs = 250;
const flushLatestMs = 2_000;
const flushRows = 50_000;

const schema = `
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, runtime_id TEXT NOT NULL, construct_id TEXT NOT NULL, title TEXT NOT NULL,
  created_at INTEGER, updated_at INTEGER, message_count INTEGER NOT NULL, imported INTEGER NOT NULL,
  home INTEGER NOT NULL, starred INTEGER NOT NULL, archived INTEGER NOT NULL, deleted INTEGER NOT NULL,
  leaf_id TEXT, forked_from TEXT, journal_length INTEGER NOT NULL, journal_seq INTEGER NOT NULL, journal_hash TEXT NOT NULL,
  sort_at INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(updated_at, -9007199254740991)) STORED
) STRICT;
CREATE INDEX sessions_by_runtime ON sessions (runtime_id, deleted, archived, home DESC, sort_at DESC, session_id);
CREATE INDEX sessions_by_time ON sessions (deleted, archived, sort_at DESC, session_id);
CREATE INDEX sessions_starred ON sessions (deleted, archived, sort_at DESC, session_id) WHERE starred = 1;
CREATE INDEX sessions_counts ON sessions (runtime_id, deleted, message_count);
CREATE INDEX sessions_native ON sessions (session_id) WHERE imported = 0;
CREATE INDEX sessions_home ON sessions (session_id) WHERE home = 1;
CREATE INDEX sessions_by_origin ON sessions (forked_from) WHERE forked_from IS NOT NULL;
CREATE TABLE messages (
  session_id TEXT NOT NULL, message_id TEXT NOT NULL, parent_id TEXT, seq INTEGER NOT NULL,
  offset INTEGER NOT NULL, length INTEGER NOT NULL, PRIMARY KEY (session_id, message_id)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${catalogVersion};
`;

/**
 * The derived lists of one user. Rows are put in memory first and written together a moment later; every reading question
 * writes first, so that nobody sees an older state. Deleting the file loses nothing.
 */
export class Catalog {
  readonly #begin: () => DatabaseSync;
  #database: DatabaseSync;
  readonly #statements = new Map<string, CheckedStatement>();
  readonly #sessions = new Map<SessionId, CatalogSession>();
  readonly #messages = new Map<string, CatalogMessage>();
  #commit: number | undefined;
  readonly #timer = new QuietTimer({
    work: () => this.#flushQuietly(),
    quietMs: flushDelayMs,
    latestMs: flushLatestMs,
    isUrgent: () => this.#sessions.size + this.#messages.size > flushRows,
  });

  /** @param begin opens a new, empty file in the place of the present one. */
  constructor(database: DatabaseSync, begin: () => DatabaseSync) {
    this.#database = database;
    this.#begin = begin;
  }

  /** Sequence number of the last commit whose effects are all in the file; -1 for a new file. */
  get commit(): number {
    const row = this.#prepare("SELECT value FROM state WHERE key = 'commit'").get();
    return row === undefined ? -1 : Number(row["value"]);
  }

  /** True when every readable view is written; a new catalog does not know. */
  get viewsDone(): boolean {
    return this.#prepare("SELECT value FROM state WHERE key = 'views'").get()?.["value"] === "done";
  }

  set viewsDone(isDone: boolean) {
    if (this.viewsDone !== isDone) this.#putState("views", isDone ? "done" : "due");
  }

  /** Sequence number of the last commit that transcripts and mirrors follow; -1 when that is not known. */
  get settled(): number {
    return Number(this.#prepare("SELECT value FROM state WHERE key = 'settled'").get()?.["value"] ?? -1);
  }

  set settled(commit: number) {
    if (this.settled !== commit) this.#putState("settled", String(commit));
  }

  session(sessionId: SessionId): CatalogSession | undefined {
    const waiting = this.#sessions.get(sessionId);
    if (waiting !== undefined) return waiting;
    const row = this.#prepare("SELECT * FROM sessions WHERE session_id = ?").get(sessionId);
    return row === undefined ? undefined : sessionFromRow(row);
  }

  message(sessionId: SessionId, messageId: MessageId): CatalogMessage | undefined {
    const waiting = this.#messages.get(`${sessionId}/${messageId}`);
    if (waiting !== undefined) return waiting;
    const row = this.#prepare("SELECT * FROM messages WHERE session_id = ? AND message_id = ?").get(
      sessionId,
      messageId,
    );
    return row === undefined ? undefined : messageFromRow(row);
  }

  /** One page; asks for one row more than `limit` so that the caller knows whether there is another. */
  list(query: CatalogQuery): CatalogSession[] {
    this.flush();
    const conditions = ["deleted = ?"];
    const values: (string | number)[] = [query.deleted === true ? 1 : 0];
    if (query.archived !== undefined) {
      conditions.push("archived = ?");
      values.push(query.archived ? 1 : 0);
    }
    if (query.runtimeIds !== undefined) {
      conditions.unshift(`runtime_id IN (${placeholders(query.runtimeIds)})`);
      values.unshift(...query.runtimeIds);
    }
    if (query.exceptRuntimeIds !== undefined && query.exceptRuntimeIds.length > 0) {
      conditions.push(`runtime_id NOT IN (${placeholders(query.exceptRuntimeIds)})`);
      values.push(...query.exceptRuntimeIds);
    }
    if (query.starred === true) conditions.push("starred = 1");
    if (query.after !== undefined) {
      // Behind the homes the index gives the range; among the homes there are only as many rows as runtimes.
      const behind = "sort_at <= ? AND (sort_at < ? OR session_id > ?)";
      if (query.homeFirst !== true) conditions.push(behind);
      else conditions.push(query.after.home === 1 ? `(home = 0 OR (${behind}))` : `home = 0 AND ${behind}`);
      values.push(query.after.updatedAt, query.after.updatedAt, query.after.sessionId);
    }
    const sql = `SELECT * FROM sessions WHERE ${conditions.join(" AND ")}
      ORDER BY ${query.homeFirst === true ? "home DESC, " : ""}sort_at DESC, session_id LIMIT ?`;
    return this.#prepare(sql)
      .all(...values, query.limit + 1)
      .map(sessionFromRow);
  }

  counts(runtimeIds: readonly RuntimeId[]): RuntimeCounts {
    this.flush();
    const row = this.#prepare(
      `SELECT count(*) AS conversations, coalesce(sum(message_count), 0) AS messages FROM sessions
       WHERE runtime_id IN (${placeholders(runtimeIds)}) AND deleted = 0`,
    ).get(...runtimeIds);
    return { conversations: Number(row?.["conversations"]), messages: Number(row?.["messages"]) };
  }

  /** Sessions whose id starts with the given hexadecimal digits; at most `limit`. */
  sessionsByPrefix(prefix: string, limit: number): SessionId[] {
    this.flush();
    return this.#prepare("SELECT session_id FROM sessions WHERE session_id >= ? AND session_id < ? LIMIT ?")
      .all(prefix, `${prefix}g`, limit)
      .map((row) => String(row["session_id"]) as SessionId);
  }

  /** Sessions that continue this one, oldest first. */
  forksOf(sessionId: SessionId): SessionId[] {
    this.flush();
    return this.#prepare(
      "SELECT session_id FROM sessions WHERE forked_from = ? ORDER BY created_at, session_id",
    )
      .all(sessionId)
      .map((row) => String(row["session_id"]) as SessionId);
  }

  /** Every session, in order of id; the rows are read as they are asked for. */
  *all(): Generator<CatalogSession> {
    this.flush();
    yield* this.#rows("SELECT * FROM sessions ORDER BY session_id");
  }

  /** Native sessions only, in order of id; the rows are read as they are asked for. */
  *natives(): Generator<CatalogSession> {
    this.flush();
    yield* this.#rows("SELECT * FROM sessions WHERE imported = 0 ORDER BY session_id");
  }

  /** Rows that are a home or starred. */
  flagged(): CatalogSession[] {
    this.flush();
    return this.#prepare(
      "SELECT * FROM sessions WHERE home = 1 UNION SELECT * FROM sessions WHERE starred = 1",
    )
      .all()
      .map(sessionFromRow);
  }

  putSession(session: CatalogSession): void {
    this.#sessions.set(session.sessionId, session);
    this.#timer.touch();
  }

  putMessage(message: CatalogMessage): void {
    this.#messages.set(`${message.sessionId}/${message.messageId}`, message);
    this.#timer.touch();
  }

  removeSession(sessionId: SessionId): void {
    this.flush();
    this.#prepare("DELETE FROM messages WHERE session_id = ?").run(sessionId);
    this.#prepare("DELETE FROM sessions WHERE session_id = ?").run(sessionId);
  }

  /** Removes every row of imported sessions of a runtime, before they are derived again. */
  removeImported(runtimeId: RuntimeId): void {
    this.flush();
    this.#prepare("DELETE FROM sessions WHERE runtime_id = ? AND imported = 1").run(runtimeId);
  }

  /** Begins with a new file, so that nothing of a damaged one is left. */
  clear(): void {
    this.#sessions.clear();
    this.#messages.clear();
    this.#commit = undefined;
    this.#statements.clear();
    this.#database.close();
    this.#database = this.#begin();
  }

  /** What SQLite finds wrong with the file; empty when all is well. Cost grows with the file. */
  check(): string[] {
    try {
      const rows = this.#prepare("PRAGMA integrity_check(10)").all();
      return rows.map((row) => String(row["integrity_check"])).filter((text) => text !== "ok");
    } catch (error) {
      if (isChattyError(error, "CATALOG_DAMAGED")) return [error.message];
      throw error;
    }
  }

  /** Says that everything up to this commit is in the rows; written with the next flush. */
  reached(commit: number): void {
    this.#commit = commit;
  }

  /** Writes what waits, in one transaction. */
  flush(): void {
    this.#timer.stop();
    if (this.#sessions.size === 0 && this.#messages.size === 0 && this.#commit === undefined) return;
    this.#execute("BEGIN IMMEDIATE");
    try {
      for (const session of this.#sessions.values()) this.#writeSession(session);
      for (const message of this.#messages.values()) this.#writeMessage(message);
      if (this.#commit !== undefined) {
        this.#putState("commit", String(this.#commit));
      }
      this.#execute("COMMIT");
    } catch (error) {
      // SQLite has already rolled back after the worst errors.
      if (this.#database.isTransaction) this.#execute("ROLLBACK");
      throw error;
    }
    this.#sessions.clear();
    this.#messages.clear();
    this.#commit = undefined;
  }

  /** Flushes and closes. */
  close(): void {
    try {
      this.flush();
    } catch (error) {
      // It is made again at the next start.
      if (!isChattyError(error, "CATALOG_DAMAGED")) throw error;
    } finally {
      this.#statements.clear();
      this.#database.close();
    }
  }

  #flushQuietly(): void {
    try {
      this.flush();
    } catch {
      // A flush that fails for want of space leaves everything waiting; the next one tries again.
      this.#timer.touch();
    }
  }

  #putState(key: string, value: string): void {
    this.#prepare(
      "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    ).run(key, value);
  }

  #writeSession(session: CatalogSession): void {
    this.#prepare(
      `INSERT INTO sessions (session_id, runtime_id, construct_id, title, created_at, updated_at, message_count, imported,
         home, starred, archived, deleted, leaf_id, forked_from, journal_length, journal_seq, journal_hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET runtime_id = excluded.runtime_id, construct_id = excluded.construct_id,
         title = excluded.title, created_at = excluded.created_at, updated_at = excluded.updated_at,
         message_count = excluded.message_count, imported = excluded.imported, home = excluded.home,
         starred = excluded.starred, archived = excluded.archived, deleted = excluded.deleted, leaf_id = excluded.leaf_id,
         forked_from = excluded.forked_from, journal_length = excluded.journal_length, journal_seq = excluded.journal_seq, journal_hash = excluded.journal_hash`,
    ).run(
      session.sessionId,
      session.runtimeId,
      session.constructId,
      wellFormed(session.title),
      session.createdAt ?? null,
      session.updatedAt ?? null,
      session.messageCount,
      session.imported ? 1 : 0,
      session.home ? 1 : 0,
      session.starred ? 1 : 0,
      session.archived ? 1 : 0,
      session.deleted ? 1 : 0,
      session.leafId ?? null,
      session.forkedFrom ?? null,
      session.journalLength,
      session.journalSeq,
      session.journalHash,
    );
  }

  #writeMessage(message: CatalogMessage): void {
    this.#prepare(
      `INSERT INTO messages (session_id, message_id, parent_id, seq, offset, length) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id, message_id) DO UPDATE SET parent_id = excluded.parent_id, seq = excluded.seq,
         offset = excluded.offset, length = excluded.length`,
    ).run(
      message.sessionId,
      message.messageId,
      message.parentId ?? null,
      message.seq,
      message.offset,
      message.length,
    );
  }

  #prepare(sql: string): CheckedStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = checked(() => new CheckedStatement(this.#database.prepare(sql)));
    this.#statements.set(sql, statement);
    return statement;
  }

  *#rows(sql: string): Generator<CatalogSession> {
    // A statement of its own: others may be asked while the rows are read.
    const rows = checked(() => this.#database.prepare(sql).iterate());
    for (;;) {
      const next = checked(() => rows.next());
      if (next.done === true) return;
      yield sessionFromRow(next.value);
    }
  }

  #execute(sql: string): void {
    checked(() => this.#database.exec(sql));
  }
}

/**
 * Opens the catalog at an absolute path, whose folder must exist. A file that is damaged or of another version is removed and
 * begun anew; `commit` is then -1 and the owner derives everything again.
 */
export function openCatalog(files: FilePort, path: string): Catalog {
  const open = (): DatabaseSync => {
    if (files.status(path) === undefined) files.open(path, "create").close();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
    return database;
  };
  const begin = (): DatabaseSync => {
    for (const suffix of ["", "-wal", "-shm"]) files.remove(`${path}${suffix}`);
    const fresh = open();
    fresh.exec(`BEGIN; ${schema} COMMIT;`);
    return fresh;
  };
  let database: DatabaseSync | undefined;
  try {
    if (!isWritableFormat(files, path)) return new Catalog(begin(), begin);
    database = open();
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version === catalogVersion) return new Catalog(database, begin);
  } catch (error) {
    if (error instanceof ChattyError) throw error;
  }
  database?.close();
  return new Catalog(begin(), begin);
}

function placeholders(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

/** SQLite keeps UTF-8, which has no lone surrogates; the journal keeps the title as it is. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

type SqlRow = Record<string, unknown>;

function sessionFromRow(row: SqlRow): CatalogSession {
  return {
    sessionId: String(row["session_id"]) as SessionId,
    runtimeId: String(row["runtime_id"]) as RuntimeId,
    constructId: String(row["construct_id"]) as ConstructId,
    title: String(row["title"]),
    createdAt: numberOrUndefined(row["created_at"]),
    updatedAt: numberOrUndefined(row["updated_at"]),
    messageCount: Number(row["message_count"]),
    imported: row["imported"] === 1,
    home: row["home"] === 1,
    starred: row["starred"] === 1,
    archived: row["archived"] === 1,
    deleted: row["deleted"] === 1,
    leafId: textOrUndefined(row["leaf_id"]) as MessageId | undefined,
    forkedFrom: textOrUndefined(row["forked_from"]) as SessionId | undefined,
    journalLength: Number(row["journal_length"]),
    journalSeq: Number(row["journal_seq"]),
    journalHash: String(row["journal_hash"]),
  };
}

function messageFromRow(row: SqlRow): CatalogMessage {
  return {
    sessionId: String(row["session_id"]) as SessionId,
    messageId: String(row["message_id"]) as MessageId,
    parentId: textOrUndefined(row["parent_id"]) as MessageId | undefined,
    seq: Number(row["seq"]),
    offset: Number(row["offset"]),
    length: Number(row["length"]),
  };
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOrUndefined(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
