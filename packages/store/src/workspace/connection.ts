import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ColumnValue, Row } from "./changes.ts";
import { chattyErrorFromSqlite } from "./sqlite-errors.ts";

/** Reads the configuration. SQL is written out where it is used; only values come from outside, as parameters. */
export interface ConfigurationReader {
  get(sql: string, ...values: ColumnValue[]): Row | undefined;
  all(sql: string, ...values: ColumnValue[]): Row[];
  /** Rows one by one; nothing may be written while it is under way. */
  iterate(sql: string, ...values: ColumnValue[]): IterableIterator<Row>;
}

/**
 * Writes to the configuration inside one transaction. Lent to the callback of `Configuration.transaction`;
 * using it afterwards is a programmer's mistake.
 */
export interface ConfigurationWriter extends ConfigurationReader {
  /** @returns how many rows were changed. */
  run(sql: string, ...values: ColumnValue[]): number;
}

/** Statements of one database, prepared once each, with SQLite's errors turned into Chatty's. */
export interface Connection extends ConfigurationWriter {
  /** Runs `work` inside BEGIN IMMEDIATE and COMMIT, and rolls back when it throws. */
  atomically<T>(work: () => T): T;
  /** @throws {TypeError} when a transaction is under way: they do not nest. */
  assertNoTransaction(): void;
  exec(sql: string): void;
  close(): void;
}

/** Wraps an open database. Whoever gets the connection closes it. */
export function createConnection(database: DatabaseSync, path: string): Connection {
  const statements = new Map<string, StatementSync>();

  function prepared(sql: string): StatementSync {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  function translated<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw chattyErrorFromSqlite(error, path);
    }
  }

  function assertNoTransaction(): void {
    if (database.isTransaction)
      throw new TypeError("A transaction of the configuration is already under way.");
  }

  return {
    assertNoTransaction,
    get: (sql, ...values) => translated(() => prepared(sql).get(...values) as Row | undefined),
    all: (sql, ...values) => translated(() => prepared(sql).all(...values) as Row[]),
    // A statement of its own: running a cached one again would end an iteration that is under way.
    iterate: (sql, ...values) =>
      translated(() => database.prepare(sql).iterate(...values) as IterableIterator<Row>),
    run: (sql, ...values) => translated(() => Number(prepared(sql).run(...values).changes)),
    exec: (sql) => translated(() => database.exec(sql)),
    atomically<T>(work: () => T): T {
      assertNoTransaction();
      translated(() => database.exec("BEGIN IMMEDIATE"));
      try {
        const result = work();
        translated(() => database.exec("COMMIT"));
        return result;
      } catch (error) {
        // A failed COMMIT (a deferred foreign key, a full disk) may leave the transaction open.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close(): void {
      statements.clear();
      if (database.isOpen) database.close();
    },
  };
}
