import type { DatabaseSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import { baseTables } from "./migrations/001-base-tables.ts";
import { derivedTables } from "./migrations/002-derived-tables.ts";
import { placesAndSecrets } from "./migrations/003-places-and-secrets.ts";
import { history } from "./migrations/004-history.ts";

/** One step of the schema. Its name is its identity; once released it is never edited, renamed or moved. */
export interface Migration {
  name: string;
  /** Statements that run in one transaction. */
  sql: string;
}

/** Every migration in order. */
export const migrations: readonly Migration[] = [baseTables, derivedTables, placesAndSecrets, history];

/** Where a database stands. */
export interface SchemaState {
  /** Names in the order in which they were applied. */
  applied: string[];
  pending: Migration[];
}

/**
 * Tells where a database stands. Writes nothing.
 * @throws {ChattyError} CONFIGURATION_TOO_NEW for a migration that this version does not know;
 * CONFIGURATION_FOREIGN for a database that some other program made.
 */
export function readSchemaState(database: DatabaseSync): SchemaState {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (!tables.some((table) => table["name"] === "migrations")) {
    if (tables.length === 0) return { applied: [], pending: [...migrations] };
    throw new ChattyError(
      "CONFIGURATION_FOREIGN",
      "The configuration database was made by another program.",
      {
        hint: "Move the file away, or take it over with `chatty migrate legacy`.",
      },
    );
  }
  const rows = database.prepare("SELECT name FROM migrations ORDER BY rowid").all();
  const applied = rows.map((row) => String(row["name"]));
  const unknown = applied.find((name) => !migrations.some((migration) => migration.name === name));
  if (unknown !== undefined) {
    throw new ChattyError(
      "CONFIGURATION_TOO_NEW",
      `The configuration database was written by a newer Chatty: it has the migration ${JSON.stringify(unknown)}.`,
      {
        hint: "Install the newer Chatty again, or restore a backup from before the update.",
        where: { migration: unknown },
      },
    );
  }
  return { applied, pending: migrations.filter((migration) => !applied.includes(migration.name)) };
}

/**
 * Brings a database up to this version, each migration in a transaction of its own. Running it again changes nothing.
 * @param nowMs recorded beside the name of each migration.
 * @returns the names of the migrations that ran.
 */
export function migrate(database: DatabaseSync, nowMs: number): string[] {
  const { pending } = readSchemaState(database);
  for (const migration of pending) applyMigration(database, migration, nowMs);
  return pending.map((migration) => migration.name);
}

function applyMigration(database: DatabaseSync, migration: Migration, nowMs: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(
      "CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
    );
    database.exec(migration.sql);
    database.prepare("INSERT INTO migrations (name, applied_at) VALUES (?, ?)").run(migration.name, nowMs);
    // After this commit the migration has happened; before it, nothing has.
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
