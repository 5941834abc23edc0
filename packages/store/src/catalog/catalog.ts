import type { DatabaseSync } from "node:sqlite";
import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { QuietTimer } from "../quiet-timer.ts";
import {
  changeFromRow,
  laterPlace,
  messageFromRow,
  monthNumber,
  roleNames,
  sessionFromRow,
  titleKey,
  wellFormed,
} from "./catalog-rows.ts";
import type {
  CatalogChange,
  CatalogFile,
  CatalogMessage,
  CatalogSession,
  RecordPlaces,
} from "./catalog-rows.ts";
import { CheckedStatement, checked } from "./checked-statement.ts";
import { activityOf, countSessions, importedMonths, listSessions } from "./session-lists.ts";
import type { CatalogQuery, RuntimeActivity, RuntimeCounts } from "./session-lists.ts";

export type {
  CatalogChange,
  CatalogFile,
  CatalogMessage,
  CatalogSession,
  RecordPlaces,
} from "./catalog-rows.ts";
export type { CatalogCursor, CatalogQuery, RuntimeActivity, RuntimeCounts } from "./session-lists.ts";

/** A message as the index of a session needs it: id, parent, seq, offset, length, 1 for a checkpoint, number of the role. */
export type MessagePlaceRow = [string, string | null, number, number, number, number, number];

/** How long rows wait for company before they are written, how long at most while more come, and how many wait at most. */
const flushDelayMs = 250;
const flushLatestMs = 2_000;
const flushRows = 50_000;

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
  readonly #changes: CatalogChange[] = [];
  readonly #files: CatalogFile[] = [];
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

  /** Told of every row that is put or removed; without an id when it may be any of them. */
  onRow: ((sessionId?: SessionId) => void) | undefined;

  /** True while rows are missing because making them again was cut off: then not finding a session says nothing. */
  isUnfinished = false;

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
    return listSessions((sql, values) => this.#prepare(sql).all(...values), query);
  }

  counts(runtimeIds: readonly RuntimeId[]): RuntimeCounts {
    this.flush();
    return countSessions((sql, values) => this.#prepare(sql).all(...values), runtimeIds);
  }

  /** Conversations that are not deleted, by month; empty native ones are left out. */
  activity(runtimeIds: readonly RuntimeId[]): RuntimeActivity {
    this.flush();
    return activityOf((sql, values) => this.#prepare(sql).all(...values), runtimeIds);
  }

  /** Imported conversations that are neither deleted nor archived, by month number, newest first; those without a time last. */
  months(runtimeIds: readonly RuntimeId[]): { month: number; count: number }[] {
    this.flush();
    return importedMonths((sql, values) => this.#prepare(sql).all(...values), runtimeIds);
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

  /** A stretch of all sessions in order of id; begin with an empty id. Write what waits before the first. */
  page(afterId: string, limit: number): CatalogSession[] {
    return this.#prepare("SELECT * FROM sessions WHERE session_id > ? ORDER BY session_id LIMIT ?")
      .all(afterId, limit)
      .map((row) => this.#sessions.get(String(row["session_id"]) as SessionId) ?? sessionFromRow(row));
  }

  /** How many sessions there are. Write what waits before. */
  get size(): number {
    return Number(this.#prepare("SELECT count(*) AS count FROM sessions").get()?.["count"]);
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
    this.onRow?.(session.sessionId);
  }

  putMessage(message: CatalogMessage): void {
    const key = `${message.sessionId}/${message.messageId}`;
    // What is in the file already is compared when it is written; only an unfinished answer must know its first place now.
    const known =
      message.kind === "checkpoint"
        ? this.message(message.sessionId, message.messageId)
        : this.#messages.get(key);
    this.#messages.set(key, laterPlace(known, message));
    this.#timer.touch();
  }

  /** Keeps what a record of a journal says beside the session's row. */
  putPlaces({ message, change, files }: RecordPlaces): void {
    if (message !== undefined) this.putMessage(message);
    if (change !== undefined) this.#changes.push(change);
    if (files !== undefined) this.#files.push(...files);
    if (change !== undefined || files !== undefined) this.#timer.touch();
  }

  /** True when the last word about a message is that it is deleted. */
  isMessageDeleted(sessionId: SessionId, messageId: MessageId): boolean {
    const waiting = this.#changes.findLast(
      (change) =>
        change.sessionId === sessionId && change.targetId === messageId && change.kind !== "revision",
    );
    if (waiting !== undefined) return waiting.kind === "deletion";
    const row = this.#prepare(
      `SELECT kind FROM message_changes WHERE session_id = ? AND target_id = ? AND kind <> 'revision'
       ORDER BY seq DESC LIMIT 1`,
    ).get(sessionId, messageId);
    return row?.["kind"] === "deletion";
  }

  /** A slice of a session's messages in order of id, for an index; begin with an empty id. Write what waits before the first. */
  messagePlaces(sessionId: SessionId, afterId: string, limit: number): MessagePlaceRow[] {
    return this.#prepare(
      `SELECT message_id, parent_id, seq, offset, length, is_checkpoint, role FROM messages
       WHERE session_id = ? AND message_id > ? ORDER BY message_id LIMIT ?`,
    ).arrays(sessionId, afterId, limit) as MessagePlaceRow[];
  }

  /** Every change of a session's messages, in the order of the journal. Write what waits before. */
  messageChanges(sessionId: SessionId): CatalogChange[] {
    return this.#prepare("SELECT * FROM message_changes WHERE session_id = ? ORDER BY seq")
      .all(sessionId)
      .map((row) => changeFromRow(sessionId, row));
  }

  /** The newest change of some kinds of a message before a record of its journal; undefined when there is none. */
  changeBefore(
    sessionId: SessionId,
    targetId: MessageId,
    seq: number,
    isRevision: boolean,
  ): CatalogChange | undefined {
    this.flush();
    const row = this.#prepare(
      `SELECT * FROM message_changes WHERE session_id = ? AND target_id = ? AND seq < ? AND (kind = 'revision') = ?
       ORDER BY seq DESC LIMIT 1`,
    ).get(sessionId, targetId, seq, isRevision ? 1 : 0);
    return row === undefined ? undefined : changeFromRow(sessionId, row);
  }

  /** Native sessions that carry a file, deleted ones included. */
  filesById(fileId: string): CatalogFile[] {
    this.flush();
    return this.#prepare("SELECT * FROM files WHERE file_id = ? ORDER BY session_id")
      .all(fileId)
      .map((row) => ({
        fileId,
        sessionId: String(row["session_id"]) as SessionId,
        name: typeof row["name"] === "string" ? row["name"] : undefined,
        mime: typeof row["mime"] === "string" ? row["mime"] : undefined,
      }));
  }

  removeSession(sessionId: SessionId): void {
    this.flush();
    for (const table of ["messages", "message_changes", "files", "sessions"]) {
      this.#prepare(`DELETE FROM ${table} WHERE session_id = ?`).run(sessionId);
    }
    this.onRow?.(sessionId);
  }

  /** Removes every row of imported sessions of a runtime, before they are derived again. */
  removeImported(runtimeId: RuntimeId): void {
    this.flush();
    this.#prepare("DELETE FROM sessions WHERE runtime_id = ? AND imported = 1").run(runtimeId);
    this.onRow?.();
  }

  /** Begins with a new file, so that nothing of a damaged one is left. */
  clear(): void {
    this.onRow?.();
    this.#forgetWaiting();
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
    this.#openAgain();
  }

  /** A new file may have been refused when it was to be begun; it is begun as soon as that is possible. */
  #openAgain(): void {
    if (!this.#database.isOpen) this.#database = this.#begin();
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

  /** Writes the file anew without what was deleted, and empties its write-ahead log. @returns false when somebody else is reading. */
  scrub(): boolean {
    this.flush();
    this.#execute("VACUUM");
    return this.#prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
  }

  /** Says that everything up to this commit is in the rows; written with the next flush. */
  reached(commit: number): void {
    this.#commit = commit;
  }

  /** Writes what waits, in one transaction. */
  flush(): void {
    this.#timer.stop();
    const waiting = this.#sessions.size + this.#messages.size + this.#changes.length + this.#files.length;
    if (waiting === 0 && this.#commit === undefined) return;
    this.#execute("BEGIN IMMEDIATE");
    try {
      for (const session of this.#sessions.values()) this.#writeSession(session);
      for (const message of this.#messages.values()) this.#writeMessage(message);
      for (const change of this.#changes) this.#writeChange(change);
      for (const file of this.#files) this.#writeFile(file);
      if (this.#commit !== undefined) {
        this.#putState("commit", String(this.#commit));
      }
      this.#execute("COMMIT");
    } catch (error) {
      // SQLite has already rolled back after the worst errors.
      if (this.#database.isTransaction) this.#execute("ROLLBACK");
      throw error;
    }
    this.#forgetWaiting();
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

  #forgetWaiting(): void {
    this.#sessions.clear();
    this.#messages.clear();
    this.#changes.length = 0;
    this.#files.length = 0;
    this.#commit = undefined;
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
         home, starred, archived, deleted, leaf_id, last_said_id, forked_from, journal_length, journal_seq, journal_hash, month,
         title_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET runtime_id = excluded.runtime_id, construct_id = excluded.construct_id,
         title = excluded.title, created_at = excluded.created_at, updated_at = excluded.updated_at,
         message_count = excluded.message_count, imported = excluded.imported, home = excluded.home,
         starred = excluded.starred, archived = excluded.archived, deleted = excluded.deleted, leaf_id = excluded.leaf_id,
         last_said_id = excluded.last_said_id, month = excluded.month, title_key = excluded.title_key, forked_from = excluded.forked_from, journal_length = excluded.journal_length, journal_seq = excluded.journal_seq, journal_hash = excluded.journal_hash`,
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
      session.lastSaidId ?? null,
      session.forkedFrom ?? null,
      session.journalLength,
      session.journalSeq,
      session.journalHash,
      monthNumber(session.updatedAt ?? session.createdAt),
      titleKey(session.title),
    );
  }

  #writeMessage(message: CatalogMessage): void {
    // As `laterPlace` says it, against what is in the file.
    this.#prepare(
      `INSERT INTO messages (session_id, message_id, parent_id, seq, offset, length, is_checkpoint, role)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id, message_id) DO UPDATE SET parent_id = excluded.parent_id, offset = excluded.offset,
         seq = CASE excluded.is_checkpoint WHEN 1 THEN min(seq, excluded.seq) ELSE excluded.seq END,
         length = excluded.length, is_checkpoint = excluded.is_checkpoint, role = excluded.role
       WHERE is_checkpoint = 1 OR (excluded.is_checkpoint = 0 AND excluded.seq <= seq)`,
    ).run(
      message.sessionId,
      message.messageId,
      message.parentId ?? null,
      message.seq,
      message.offset,
      message.length,
      message.kind === "checkpoint" ? 1 : 0,
      roleNames.indexOf(message.role),
    );
  }

  #writeChange({ sessionId, targetId, seq, kind, offset, length }: CatalogChange): void {
    this.#prepare(
      `INSERT INTO message_changes (session_id, target_id, seq, kind, offset, length) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id, target_id, seq) DO UPDATE SET kind = excluded.kind, offset = excluded.offset,
         length = excluded.length`,
    ).run(sessionId, targetId, seq, kind, offset, length);
  }

  #writeFile({ fileId, sessionId, name, mime }: CatalogFile): void {
    this.#prepare(
      "INSERT INTO files (file_id, session_id, name, mime) VALUES (?, ?, ?, ?) ON CONFLICT (file_id, session_id) DO NOTHING",
    ).run(fileId, sessionId, name?.toWellFormed() ?? null, mime?.toWellFormed() ?? null);
  }

  #prepare(sql: string): CheckedStatement {
    this.#openAgain();
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = checked(() => new CheckedStatement(this.#database.prepare(sql)));
    this.#statements.set(sql, statement);
    return statement;
  }

  *#rows(sql: string): Generator<CatalogSession> {
    this.#openAgain();
    // A statement of its own: others may be asked while the rows are read.
    const rows = checked(() => this.#database.prepare(sql).iterate());
    for (;;) {
      const next = checked(() => rows.next());
      if (next.done === true) return;
      yield sessionFromRow(next.value);
    }
  }

  #execute(sql: string): void {
    this.#openAgain();
    checked(() => this.#database.exec(sql));
  }
}
