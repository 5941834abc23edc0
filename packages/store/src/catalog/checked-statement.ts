import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import { isDiskFull } from "../workspace/sqlite-errors.ts";

/** A statement whose errors have stable codes. */
export class CheckedStatement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  get(...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return checked(() => this.#statement.get(...values));
  }

  all(...values: SQLInputValue[]): Record<string, unknown>[] {
    return checked(() => this.#statement.all(...values));
  }

  /** Rows as arrays of their columns, which is cheaper for very many rows. A statement is asked in one way only. */
  arrays(...values: SQLInputValue[]): unknown[][] {
    return checked(() => {
      this.#statement.setReturnArrays(true);
      return this.#statement.all(...values) as unknown as unknown[][];
    });
  }

  run(...values: SQLInputValue[]): void {
    checked(() => this.#statement.run(...values));
  }
}

/** Does something with the catalog's file. @throws {ChattyError} CATALOG_DAMAGED, DISK_FULL, STORAGE_FAULT */
export function checked<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw catalogError(error);
  }
}

/** Runs SQL on a database that was just opened; it is closed again when that fails. */
export function prepared(database: DatabaseSync, sql: string): DatabaseSync {
  try {
    checked(() => database.exec(sql));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_IOERR. */
const ioError = 10;
/** SQLITE_READONLY, SQLITE_CORRUPT and SQLITE_NOTADB; a file that may not be written to at all is refused when it is opened. */
const damages = [8, 11, 26];
/** How SQLITE_ERROR tells that the schema itself is damaged. */
const schemaDamage = /^(?:no such (?:table|column|index)|malformed database schema)/;

function catalogError(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  const code = error.errcode % 256;
  if (isDiskFull(error.errcode)) {
    return new ChattyError("DISK_FULL", "The disk is full: the catalog was not brought up to date.", {
      hint: "Nothing is lost: it is derived from the journals. Make room.",
      cause: error,
    });
  }
  if (code === ioError) {
    return new ChattyError("STORAGE_FAULT", "The disk failed while the catalog was brought up to date.", {
      hint: "Nothing is lost: it is derived from the journals. Check the disk.",
      cause: error,
    });
  }
  if (!damages.includes(code) && !schemaDamage.test(error.message)) return error;
  return new ChattyError("CATALOG_DAMAGED", `The catalog is damaged: ${error.message}.`, {
    hint: "Run `chatty rebuild catalog`: it is made again, and nothing is lost.",
    cause: error,
  });
}
