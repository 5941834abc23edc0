import { DatabaseSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import { createConnection } from "./connection.ts";
import { copyDatabase } from "./copy-database.ts";
import type { ConfigurationReader, ConfigurationWriter, Connection } from "./connection.ts";
import { migrate, readSchemaState } from "./migrations.ts";
import { integerOf, textOf } from "./row-values.ts";
import { chattyErrorFromSqlite } from "./sqlite-errors.ts";
import { statementFromChange } from "./tables.ts";

/** How much of an appended file is known to be on disk for good: a lower bound, by which a torn tail is told from a loss. */
export interface DurableMark {
  /** Path inside the vault, with forward slashes. */
  path: string;
  /** Bytes. */
  length: number;
  /** Number of the last line inside `length`; -1 for none. */
  seq: number;
  /** Hash of that line; empty for none. */
  hash: string;
  /** Integer milliseconds UTC. */
  markedAt: number;
}

export interface OpenConfigurationOptions {
  /** Opens without migrating and refuses every write. The file must exist and be up to date. */
  readOnly?: boolean;
  /** Integer milliseconds UTC for the record of migrations; give it in tests only. */
  nowMs?: number;
  /**
   * Called before a database of an older version is migrated; when it throws, nothing is changed. A new database is made without it.
   */
  beforeMigration?: (older: OlderConfiguration) => void;
}

/** A configuration database that is about to be migrated. */
export interface OlderConfiguration {
  /** Name of the last migration that it has. */
  readonly version: string;
  /**
   * Writes all of it, as one moment has it, into a file that is absent or empty, and reads the copy back.
   * @throws {ChattyError} DISK_FULL and its kind, CONFIGURATION_CORRUPT when the copy, or what it is made of, is not sound
   */
  copyTo(path: string): void;
}

/** Any function but an asynchronous one: a transaction must not stay open over an `await`. */
export type SynchronousWork<T> = ((writer: ConfigurationWriter) => T) &
  ([Extract<T, PromiseLike<unknown>>] extends [never] ? unknown : never);

/**
 * The open configuration database. It reads directly; it writes through changes, or, for derived tables,
 * through {@link Configuration.transaction}. Whoever opened it closes it.
 * Every method may throw {ChattyError} CONFIGURATION_BUSY, CONFIGURATION_CORRUPT, DISK_FULL, STORAGE_IN_DOUBT.
 */
export interface Configuration extends ConfigurationReader {
  readonly path: string;
  /**
   * Applies one group of the commit log: all changes and the applied sequence number in one transaction.
   * A group that was applied before is skipped, so that replaying the log changes nothing.
   * Not synced on its own: the log holds the group until a checkpoint, and the checkpoint syncs.
   * @returns false when the group was skipped.
   * @throws {ChattyError} CONFIGURATION_CHANGE_INVALID, CONFIGURATION_CHANGE_REFUSED; nothing is changed then.
   */
  applyGroup(seq: number, changes: readonly ConfigurationChange[]): boolean;
  /** Applies configuration that stands alone, in one transaction that is on disk when this returns. Throws as `applyGroup`. */
  applyAlone(changes: readonly ConfigurationChange[]): void;
  /** Applies changes and takes them back, to know before they are logged that they can be applied. Throws as `applyGroup`. */
  rehearse(changes: readonly ConfigurationChange[]): void;
  /** Number of the last group applied; -1 for none. */
  appliedSeq(): number;
  /** Number of the last group that a checkpoint covers; -1 for none. */
  checkpointSeq(): number;
  /**
   * Records that everything up to `seq` is applied and on disk, with what is known of each file that was synced.
   * Everything applied before is on disk when this returns.
   * @param gonePaths files whose marks are forgotten.
   */
  setCheckpoint(seq: number, marks: readonly DurableMark[], gonePaths?: readonly string[]): void;
  mark(path: string): DurableMark | undefined;
  /** Every mark, by path. */
  marks(): DurableMark[];
  /** What SQLite finds wrong with the file and its foreign keys; empty when all is well. */
  checkIntegrity(): string[];
  /**
   * Runs `work` in one synced transaction and gives its result; takes everything back when it throws.
   * For derived tables: what a person owns changes through changes only.
   */
  transaction<T>(work: SynchronousWork<T>): T;
  /**
   * Writes the database anew without what was deleted, and empties the write-ahead log, so that no byte of it is left in either.
   * @returns false when somebody else is reading and the write-ahead log could not be emptied: try again later.
   * @throws {ChattyError} DISK_FULL; the database then stays as it is.
   */
  scrub(): boolean;
  /** Safe to call twice. */
  close(): void;
}

/** Waits for another process's transaction; the vault's lock makes that a matter of a backup or a curious person. */
const busyTimeoutMs = 5_000;

/**
 * Opens the configuration database, makes it when absent, and brings it up to this version.
 * @throws {ChattyError} CONFIGURATION_TOO_NEW, CONFIGURATION_TOO_OLD (read-only and not up to date),
 * CONFIGURATION_FOREIGN, CONFIGURATION_UNREADABLE, CONFIGURATION_CORRUPT, CONFIGURATION_BUSY; nothing is changed then.
 */
export function openConfiguration(path: string, options: OpenConfigurationOptions = {}): Configuration {
  const readOnly = options.readOnly === true;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, {
      readOnly,
      timeout: busyTimeoutMs,
      enableForeignKeyConstraints: true,
    });
    prepareSchema(database, readOnly, options);
  } catch (error) {
    database?.close();
    throw chattyErrorFromSqlite(error, path);
  }
  return configurationOver(createConnection(database, path), path);
}

function prepareSchema(database: DatabaseSync, readOnly: boolean, options: OpenConfigurationOptions): void {
  // Before anything is written, so that a database that is refused stays as it is.
  const { applied, pending } = readSchemaState(database);
  if (readOnly) {
    if (pending.length === 0) return;
    throw new ChattyError("CONFIGURATION_TOO_OLD", "The configuration database is from an older Chatty.", {
      hint: "Open the vault once for writing; it is brought up to date then.",
    });
  }
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  // What is deleted is overwritten: a person who purges something must not find it in the file.
  database.exec("PRAGMA secure_delete = ON");
  const version = applied.at(-1);
  if (version !== undefined && pending.length > 0) {
    options.beforeMigration?.({ version, copyTo: (path) => copyDatabase(database, path) });
  }
  migrate(database, options.nowMs ?? Date.now());
}

function configurationOver(connection: Connection, path: string): Configuration {
  function put(changes: readonly ConfigurationChange[]): void {
    const statements = changes.map(statementFromChange);
    for (const { sql, values } of statements) connection.run(sql, ...values);
  }

  function logState(column: "applied_seq" | "checkpoint_seq"): number {
    const row = connection.get("SELECT applied_seq, checkpoint_seq FROM log_state WHERE id = 1");
    if (row === undefined) throw lostLogState(path);
    return integerOf(row, column);
  }

  return {
    path,
    get: (sql, ...values) => connection.get(sql, ...values),
    all: (sql, ...values) => connection.all(sql, ...values),
    iterate: (sql, ...values) => connection.iterate(sql, ...values),
    applyGroup(seq, changes) {
      assertSeq(seq);
      connection.assertNoTransaction();
      // A power cut may take these commits back, all of them from some point on; the log then replays them.
      connection.exec("PRAGMA synchronous = NORMAL");
      try {
        return connection.atomically(() => {
          if (seq <= logState("applied_seq")) return false;
          put(changes);
          connection.run("UPDATE log_state SET applied_seq = ? WHERE id = 1", seq);
          return true;
        });
      } finally {
        connection.exec("PRAGMA synchronous = FULL");
      }
    },
    applyAlone(changes) {
      connection.atomically(() => put(changes));
    },
    rehearse(changes) {
      rehearse(connection, () => {
        put(changes);
        // Deferred foreign keys are otherwise looked at by the COMMIT that never comes.
        if (changes.some(touchesForeignKeys)) assertReferences(connection);
      });
    },
    appliedSeq: () => logState("applied_seq"),
    checkpointSeq: () => logState("checkpoint_seq"),
    setCheckpoint(seq, marks, gonePaths = []) {
      assertSeq(seq);
      // Synchronous FULL: this commit syncs the write-ahead log, and with it every group applied before.
      connection.atomically(() => {
        if (seq < logState("checkpoint_seq")) throw new TypeError("A checkpoint cannot go back.");
        for (const gone of gonePaths) connection.run("DELETE FROM durable_marks WHERE path = ?", gone);
        for (const mark of marks) writeMark(connection, mark);
        connection.run(
          "UPDATE log_state SET applied_seq = max(applied_seq, ?), checkpoint_seq = ? WHERE id = 1",
          seq,
          seq,
        );
      });
    },
    mark(markPath) {
      return connection.all(`${selectMarks} WHERE path = ?`, markPath).map(markFromRow)[0];
    },
    marks: () => connection.all(`${selectMarks} ORDER BY path`).map(markFromRow),
    checkIntegrity: () => integrityProblems(connection),
    transaction: (work) => lendWriter(connection, work),
    scrub() {
      connection.assertNoTransaction();
      connection.exec("VACUUM");
      return connection.get("PRAGMA wal_checkpoint(TRUNCATE)")?.["busy"] === 0;
    },
    close: () => connection.close(),
  };
}

class RehearsalOver extends Error {}

function rehearse(connection: Connection, work: () => void): void {
  try {
    connection.atomically(() => {
      work();
      throw new RehearsalOver();
    });
  } catch (error) {
    if (!(error instanceof RehearsalOver)) throw error;
  }
}

function touchesForeignKeys(change: ConfigurationChange): boolean {
  return ("put" in change ? change.put : change.delete).startsWith("gpt");
}

function assertReferences(connection: Connection): void {
  const broken = connection.get("PRAGMA foreign_key_check");
  if (broken !== undefined) throw refusedReference(String(broken["table"]));
}

function lendWriter<T>(connection: Connection, work: (writer: ConfigurationWriter) => T): T {
  let lent = true;
  const whileLent = (): Connection => {
    if (!lent) throw new TypeError("The writer of a transaction was used after the transaction.");
    return connection;
  };
  const writer: ConfigurationWriter = {
    get: (sql, ...values) => whileLent().get(sql, ...values),
    all: (sql, ...values) => whileLent().all(sql, ...values),
    iterate: (sql, ...values) => whileLent().iterate(sql, ...values),
    run: (sql, ...values) => whileLent().run(sql, ...values),
  };
  try {
    return connection.atomically(() => {
      const result = work(writer);
      // The type refuses this; JavaScript callers and casts do not know the type.
      if (result instanceof Promise)
        throw new TypeError("The work of a transaction must not be asynchronous.");
      return result;
    });
  } finally {
    lent = false;
  }
}

const selectMarks = "SELECT path, length, seq, hash, marked_at FROM durable_marks";

function writeMark(connection: Connection, mark: DurableMark): void {
  connection.run(
    "INSERT INTO durable_marks (path, length, seq, hash, marked_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) " +
      "DO UPDATE SET length = excluded.length, seq = excluded.seq, hash = excluded.hash, marked_at = excluded.marked_at",
    mark.path,
    mark.length,
    mark.seq,
    mark.hash,
    mark.markedAt,
  );
}

function markFromRow(row: Parameters<typeof textOf>[0]): DurableMark {
  return {
    path: textOf(row, "path"),
    length: integerOf(row, "length"),
    seq: integerOf(row, "seq"),
    hash: textOf(row, "hash"),
    markedAt: integerOf(row, "marked_at"),
  };
}

function integrityProblems(connection: Connection): string[] {
  const problems: string[] = [];
  for (const row of connection.all("PRAGMA integrity_check")) {
    const finding = String(row["integrity_check"]);
    if (finding !== "ok") problems.push(finding);
  }
  for (const row of connection.all("PRAGMA foreign_key_check")) {
    problems.push(
      `A row of ${String(row["table"])} refers to a row of ${String(row["parent"])} that is not there.`,
    );
  }
  return problems;
}

function assertSeq(seq: number): void {
  if (!Number.isSafeInteger(seq) || seq < 0) throw new TypeError(`${seq} is not a sequence number.`);
}

function refusedReference(table: string): ChattyError {
  return new ChattyError(
    "CONFIGURATION_CHANGE_REFUSED",
    `The configuration does not allow this change: a row of ${table} would refer to a row that is not there.`,
    { hint: "Nothing was changed.", where: { table } },
  );
}

function lostLogState(path: string): ChattyError {
  return new ChattyError(
    "CONFIGURATION_CORRUPT",
    "The configuration database has lost its place in the log.",
    {
      hint: "Run `chatty repair`, or restore the newest backup.",
      where: { path },
    },
  );
}
