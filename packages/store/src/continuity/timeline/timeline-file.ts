import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { ConstructId, MessageId, RuntimeId, SessionId, TimelineKind } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { checked, prepared } from "../../catalog/checked-statement.ts";
import { isWritableFormat } from "../../catalog/file-format.ts";
import type { FilePort } from "../../files/port.ts";
import { codeOf, fromCode, kindMask, kindNumber } from "./timeline-codes.ts";
import { compareKeys, cursorOf, keyOf, parseCursor, undatedAt } from "./timeline-key.ts";
import type { TimelineKey } from "./timeline-key.ts";
import type { TimelineRow } from "./timeline-rows.ts";
import { timelineSchema, timelineVersion } from "./timeline-schema.ts";

const settings =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 10000; " +
  "PRAGMA cache_size = -65536; PRAGMA secure_delete = ON";
const dayMs = 24 * 60 * 60 * 1000;
/** Stands for what has no day. */
const undatedDay = Number.MIN_SAFE_INTEGER;

/** A line with its place. */
export interface PlacedRow extends TimelineRow {
  constructId?: ConstructId;
  cursor: string;
}

export interface TimelinePageQuery {
  runtimeIds?: readonly RuntimeId[];
  sessionId?: SessionId;
  kinds?: readonly TimelineKind[];
  /** Integer milliseconds UTC; from inclusive, to exclusive. What has no time is then left out. */
  from?: number;
  to?: number;
  /** Cursor behind which the page begins. */
  after?: string;
  isNewestFirst?: boolean;
  /** 1 to 1000. */
  limit: number;
}

export interface TimelinePage {
  rows: PlacedRow[];
  next?: string;
}

/** How many lines a runtime has on a day. */
export interface DayCount {
  runtimeId: RuntimeId;
  /** Integer milliseconds UTC of its beginning; absent for lines without a time. */
  dayAt?: number;
  events: number;
}

interface KnownSession {
  number: number;
  content: string;
}

/**
 * The timeline of one user in one file: every line in the one order of all of them, in one sorted run per runtime. Derived; whoever made it
 * closes it. A page costs the same wherever it is and however long the timeline, a line more the same however many there are.
 */
export class TimelineFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #runtimes = new Map<string, number>();
  readonly #runtimeNames = new Map<number, RuntimeId>();

  /** @param path absolute; its folder must exist. A file that is damaged or of another version is begun anew. */
  constructor(files: FilePort, path: string) {
    this.#database = openTimeline(files, path);
    this.#loadRuntimes();
  }

  /** Does several changes as one. */
  transaction<Value>(work: () => Value): Value {
    checked(() => this.#database.exec("BEGIN IMMEDIATE"));
    try {
      const value = work();
      checked(() => this.#database.exec("COMMIT"));
      return value;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      // Runtimes that were new are gone with it.
      this.#loadRuntimes();
      throw error;
    }
  }

  /** What the lines of a conversation were made from; undefined when it has none here. */
  contentOf(sessionId: SessionId): string | undefined {
    return this.#known(sessionId)?.content;
  }

  /**
   * Puts the lines of a conversation in the place of those that it had. Lines that are the same are not written again.
   * @param content names what they were made from.
   */
  putSession(
    sessionId: SessionId,
    constructId: ConstructId,
    content: string,
    rows: readonly TimelineRow[],
  ): void {
    const known = this.#known(sessionId);
    const number = known?.number ?? this.#addSession(sessionId, constructId);
    const there = known === undefined ? new Map<string, readonly number[]>() : this.#keysOf(number);
    for (const row of rows) {
      const runtime = this.#runtimeNumber(row.runtimeId);
      const place = [runtime, ...keyOf(row)];
      const name = place.join(" ");
      const isThere = there.delete(name);
      this.#putRow(row, number, place, isThere);
    }
    for (const place of there.values()) this.#removeRow(place);
    const last = rows.at(-1);
    this.#run(
      `UPDATE sessions SET construct_id = ?, content = ?, events = ?, last_sequence = ?, last_at = ? WHERE number = ?`,
      constructId,
      content,
      rows.length,
      last?.sequence ?? 0,
      last?.orderAt ?? null,
      number,
    );
  }

  /** Adds lines behind those that a conversation has; cost does not grow with it. The conversation must be there. */
  appendToSession(sessionId: SessionId, content: string, rows: readonly TimelineRow[]): void {
    const known = this.#known(sessionId);
    if (known === undefined) throw new TypeError(`Session ${sessionId} has no lines to add to.`);
    for (const row of rows) {
      this.#putRow(row, known.number, [this.#runtimeNumber(row.runtimeId), ...keyOf(row)], false);
    }
    const last = rows.at(-1);
    this.#run(
      "UPDATE sessions SET content = ?, events = events + ?, last_sequence = ?, last_at = ? WHERE number = ?",
      content,
      rows.length,
      last?.sequence ?? 0,
      last?.orderAt ?? null,
      known.number,
    );
  }

  /** Takes a conversation and its lines out. */
  removeSession(sessionId: SessionId): void {
    const known = this.#known(sessionId);
    if (known === undefined) return;
    for (const place of this.#keysOf(known.number).values()) this.#removeRow(place);
    this.#run("DELETE FROM sessions WHERE number = ?", known.number);
  }

  /** Adds a choice of a runtime; the same one again changes nothing. */
  putSelection(row: TimelineRow): void {
    const place = [this.#runtimeNumber(row.runtimeId), ...keyOf(row)];
    const isThere = this.#get(`SELECT 1 FROM events WHERE ${isPlace}`, ...place) !== undefined;
    this.#putRow(row, null, place, isThere);
  }

  /** A stretch of the timeline. @throws {ChattyError} CURSOR_INVALID */
  page(query: TimelinePageQuery): TimelinePage {
    const { limit, isNewestFirst = false } = query;
    const wanted = query.runtimeIds?.flatMap((id) => this.#runtimes.get(id) ?? []);
    const runtimes = wanted ?? [...this.#runtimeNames.keys()];
    const after = query.after === undefined ? undefined : parseCursor(query.after);
    const session = query.sessionId === undefined ? undefined : this.#known(query.sessionId);
    if (query.sessionId !== undefined && session === undefined) return { rows: [] };
    const found: { key: TimelineKey; runtime: number; row: unknown[] }[] = [];
    for (const runtime of runtimes) {
      for (const row of this.#runOf(runtime, query, after, session?.number)) {
        found.push({ key: row.slice(0, 6) as TimelineKey, runtime, row });
      }
    }
    const sign = isNewestFirst ? -1 : 1;
    found.sort((left, right) => sign * (compareKeys(left.key, right.key) || left.runtime - right.runtime));
    const rows = found.slice(0, limit).map(({ key, runtime, row }) => this.#placed(key, runtime, row));
    const last = rows.at(-1);
    return found.length > limit && last !== undefined ? { rows, next: last.cursor } : { rows };
  }

  /** How many lines each runtime has on each day that has any, oldest first. Cost grows with the days, not with the lines. */
  days(): DayCount[] {
    return this.#all("SELECT runtime, day, events FROM days WHERE events > 0 ORDER BY day, runtime").map(
      (row) => ({
        runtimeId: this.#nameOf(Number(row["runtime"])),
        ...(row["day"] === undatedDay ? {} : { dayAt: Number(row["day"]) * dayMs }),
        events: Number(row["events"]),
      }),
    );
  }

  /**
   * The next message of another runtime than that of the message at a cursor, and the last one before it; in time order. Costs as much
   * as there are runtimes, however long the stretch between.
   */
  nextChange(after: string): { last: PlacedRow; next: PlacedRow } | undefined {
    const [, runtime] = parseCursor(after);
    const others = [...this.#runtimeNames.keys()].filter((each) => each !== runtime);
    const name = (number: number): RuntimeId => this.#nameOf(number);
    const kinds: TimelineKind[] = ["message"];
    const [next] = this.page({ runtimeIds: others.map(name), kinds, after, limit: 1 }).rows;
    if (next === undefined) return undefined;
    const [last] = this.page({
      runtimeIds: [name(runtime)],
      kinds,
      after: next.cursor,
      isNewestFirst: true,
      limit: 1,
    }).rows;
    return last === undefined ? undefined : { last, next };
  }

  /** Lines and conversations in the file. */
  counts(): { events: number; sessions: number } {
    const events = Number(this.#get("SELECT coalesce(sum(events), 0) AS n FROM days")?.["n"]);
    return { events, sessions: Number(this.#get("SELECT count(*) AS n FROM sessions")?.["n"]) };
  }

  /** Safe to call twice. */
  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #runOf(
    runtime: number,
    query: TimelinePageQuery,
    after: [TimelineKey, number] | undefined,
    session: number | undefined,
  ): unknown[][] {
    const { kinds, from, to, limit, isNewestFirst = false } = query;
    const conditions = ["runtime = ?"];
    const values: SQLInputValue[] = [runtime];
    if (after !== undefined) {
      const [key, last] = after;
      // Of two equal keys of different runtimes the one with the lesser number comes first.
      const isEqualBehind = isNewestFirst ? runtime < last : runtime > last;
      const sign = isNewestFirst ? "<" : ">";
      conditions.push(`(${keyColumns}) ${sign}${isEqualBehind ? "=" : ""} (?, ?, ?, ?, ?, ?)`);
      values.push(...key);
    }
    if (from !== undefined || to !== undefined) {
      conditions.push("at >= ?");
      values.push(from ?? undatedAt + 1);
    }
    if (to !== undefined) {
      conditions.push("at < ?");
      values.push(to);
    }
    if (kinds !== undefined) {
      conditions.push(`bits & ${kindMask} IN (${kinds.map(kindNumber).join(", ")})`);
    }
    if (session !== undefined) {
      conditions.push("session = ?");
      values.push(session);
    }
    const direction = isNewestFirst ? "DESC" : "ASC";
    const order = keyColumns
      .split(", ")
      .map((column) => `${column} ${direction}`)
      .join(", ");
    return this.#arrays(
      `SELECT ${keyColumns}, session, message_id, bits, confidence, shown_at, previous_runtime
       FROM events ${session === undefined ? "" : "INDEXED BY events_by_session"}
       WHERE ${conditions.join(" AND ")} ORDER BY ${order} LIMIT ?`,
      ...values,
      limit + 1,
    );
  }

  #placed(key: TimelineKey, runtime: number, row: unknown[]): PlacedRow {
    const [session, messageId, bits, confidence, shownAt, previous] = row.slice(6);
    const own =
      session === null
        ? undefined
        : this.#get("SELECT session_id, construct_id FROM sessions WHERE number = ?", Number(session));
    const [at, , commit, , , sequence] = key;
    return {
      ...fromCode(Number(bits)),
      runtimeId: this.#nameOf(runtime),
      ...(at === undatedAt ? {} : { orderAt: at }),
      ...(shownAt === null ? {} : { shownAt: Number(shownAt) }),
      ...(commit === 0 ? {} : { commit }),
      ...(own === undefined
        ? {}
        : {
            sessionId: String(own["session_id"]) as SessionId,
            constructId: String(own["construct_id"]) as ConstructId,
          }),
      sequence,
      ...(messageId instanceof Uint8Array ? { messageId: uuidOf(messageId) } : {}),
      confidence: Number(confidence) / 100,
      ...(previous === null ? {} : { previousRuntimeId: this.#nameOf(Number(previous)) }),
      cursor: cursorOf(key, runtime),
    };
  }

  #putRow(row: TimelineRow, session: number | null, place: readonly number[], isThere: boolean): void {
    const previous = row.previousRuntimeId === undefined ? null : this.#runtimeNumber(row.previousRuntimeId);
    this.#run(
      "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...place,
      session,
      row.messageId === undefined ? null : bytesOf(row.messageId),
      codeOf(row),
      Math.round(row.confidence * 100),
      row.shownAt ?? null,
      previous,
    );
    if (!isThere) this.#count(place, 1);
  }

  #removeRow(place: readonly number[]): void {
    this.#run(`DELETE FROM events WHERE ${isPlace}`, ...place);
    this.#count(place, -1);
  }

  #count([runtime = 0, at = 0]: readonly number[], change: number): void {
    const day = at === undatedAt ? undatedDay : Math.floor(at / dayMs);
    this.#run(
      "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT (runtime, day) DO UPDATE SET events = events + excluded.events",
      runtime,
      day,
      change,
    );
  }

  #keysOf(session: number): Map<string, readonly number[]> {
    const keys = new Map<string, readonly number[]>();
    const rows = this.#arrays(`SELECT runtime, ${keyColumns} FROM events WHERE session = ?`, session);
    for (const row of rows) keys.set(row.join(" "), row.map(Number));
    return keys;
  }

  #known(sessionId: SessionId): KnownSession | undefined {
    const row = this.#get("SELECT number, content FROM sessions WHERE session_id = ?", sessionId);
    return row === undefined ? undefined : { number: Number(row["number"]), content: String(row["content"]) };
  }

  #addSession(sessionId: SessionId, constructId: ConstructId): number {
    const row = this.#get(
      "INSERT INTO sessions (session_id, construct_id, content, events, last_sequence) VALUES (?, ?, '', 0, 0) RETURNING number",
      sessionId,
      constructId,
    );
    return Number(row?.["number"]);
  }

  #loadRuntimes(): void {
    this.#runtimes.clear();
    this.#runtimeNames.clear();
    for (const row of this.#all("SELECT number, runtime_id FROM runtimes")) {
      this.#runtimes.set(String(row["runtime_id"]), Number(row["number"]));
      this.#runtimeNames.set(Number(row["number"]), String(row["runtime_id"]) as RuntimeId);
    }
  }

  #runtimeNumber(runtimeId: RuntimeId): number {
    const known = this.#runtimes.get(runtimeId);
    if (known !== undefined) return known;
    const row = this.#get("INSERT INTO runtimes (runtime_id) VALUES (?) RETURNING number", runtimeId);
    const number = Number(row?.["number"]);
    this.#runtimes.set(runtimeId, number);
    this.#runtimeNames.set(number, runtimeId);
    return number;
  }

  #nameOf(number: number): RuntimeId {
    const name = this.#runtimeNames.get(number);
    if (name === undefined) throw new TypeError(`No runtime has the number ${number}.`);
    return name;
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = checked(() => this.#database.prepare(sql));
    this.#statements.set(sql, statement);
    return statement;
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return checked(() => this.#prepare(sql).get(...values));
  }

  #all(sql: string): Record<string, unknown>[] {
    return checked(() => this.#prepare(sql).all());
  }

  #arrays(sql: string, ...values: SQLInputValue[]): unknown[][] {
    return checked(() => {
      const statement = this.#prepare(sql);
      statement.setReturnArrays(true);
      return statement.all(...values) as unknown as unknown[][];
    });
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    checked(() => this.#prepare(sql).run(...values));
  }
}

const keyColumns = "at, rank, commit_number, session_high, session_low, sequence";
const isPlace = `runtime = ? AND ${keyColumns
  .split(", ")
  .map((column) => `${column} = ?`)
  .join(" AND ")}`;

function openTimeline(files: FilePort, path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (files.status(path) !== undefined && isWritableFormat(files, path)) {
      database = prepared(new DatabaseSync(path), settings);
      const version = checked(() => database?.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (version === timelineVersion) return database;
    }
  } catch (error) {
    if (error instanceof ChattyError && error.code !== "CATALOG_DAMAGED") throw error;
  }
  database?.close();
  for (const suffix of ["", "-wal", "-shm"]) files.remove(`${path}${suffix}`);
  // SQLite would make it readable by others.
  files.open(path, "create").close();
  return prepared(prepared(new DatabaseSync(path), settings), `BEGIN; ${timelineSchema} COMMIT;`);
}

function bytesOf(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function uuidOf(bytes: Uint8Array): MessageId {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join("-") as MessageId;
}
