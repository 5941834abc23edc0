import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { openConfiguration } from "./database.ts";
import { migrate, migrations, readSchemaState } from "./migrations.ts";
import { derivedTableNames, tables } from "./tables.ts";

const frozenSql = readFileSync(join(import.meta.dirname, "fixtures/configuration-001.sql"), "utf8");
const names = ["001-base-tables", "002-derived-tables", "003-places-and-secrets", "004-history"];
/** Tables of truth that the first version did not have. */
const laterTables = ["places", "secrets", "history", "purges"];

function temporaryFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-migrations-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "chatty.db");
}

function frozenFile(context: TestContext): string {
  const path = temporaryFile(context);
  const database = new DatabaseSync(path);
  database.exec(frozenSql);
  database.close();
  return path;
}

function withDatabase<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function schemaOf(path: string): Map<string, string> {
  return withDatabase(path, (database) => {
    const rows = database.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
    return new Map(rows.map((row) => [String(row["name"]), String(row["sql"]).replaceAll(/\s+/g, " ")]));
  });
}

function rowsOf(path: string): Record<string, unknown[]> {
  return withDatabase(path, (database) => {
    const found: Record<string, unknown[]> = {};
    const first = Object.keys(tables).filter((table) => !laterTables.includes(table));
    for (const table of [...first, "durable_marks", "log_state"]) {
      found[table] = database.prepare(`SELECT * FROM ${table}`).all();
    }
    return found;
  });
}

describe("migrate", () => {
  test("makes every table in a blank database and records each migration by name", (context) => {
    const path = temporaryFile(context);
    openConfiguration(path, { nowMs: 1763056805000 }).close();
    withDatabase(path, (database) => {
      assert.deepEqual(readSchemaState(database), { applied: names, pending: [] });
      const stamps = database.prepare("SELECT DISTINCT applied_at FROM migrations").all();
      assert.deepEqual(
        stamps.map((row) => row["applied_at"]),
        [1763056805000],
      );
    });
    const schema = schemaOf(path);
    for (const table of [...Object.keys(tables), ...derivedTableNames]) assert.ok(schema.has(table), table);
  });

  test("changes nothing the second time", (context) => {
    const path = temporaryFile(context);
    openConfiguration(path).close();
    const before = schemaOf(path);
    withDatabase(path, (database) => assert.deepEqual(migrate(database, 1), []));
    assert.deepEqual(schemaOf(path), before);
  });

  test("upgrades the frozen first version with every row intact", (context) => {
    const path = frozenFile(context);
    const before = rowsOf(path);
    for (const [table, rows] of Object.entries(before)) assert.equal(rows.length, 1, table);
    const configuration = openConfiguration(path);
    assert.equal(configuration.appliedSeq(), 41);
    assert.equal(configuration.checkpointSeq(), 40);
    assert.deepEqual(configuration.checkIntegrity(), []);
    configuration.close();
    assert.deepEqual(rowsOf(path), before);
  });

  test("leads from the frozen first version to the same schema as from blank", (context) => {
    const frozen = frozenFile(context);
    const blank = temporaryFile(context);
    openConfiguration(frozen).close();
    openConfiguration(blank).close();
    assert.deepEqual(schemaOf(frozen), schemaOf(blank));
  });

  test("has not been edited since the first version was frozen", (context) => {
    const first = temporaryFile(context);
    withDatabase(first, (database) => database.exec(migrations[0]?.sql ?? ""));
    const frozen = schemaOf(frozenFile(context));
    frozen.delete("migrations");
    assert.deepEqual(schemaOf(first), frozen);
  });

  test("keeps the names of released migrations and their order", () => {
    assert.deepEqual(
      migrations.map((migration) => migration.name),
      names,
    );
  });

  test("refuses a database of a newer Chatty and leaves its bytes as they were", (context) => {
    const path = frozenFile(context);
    withDatabase(path, (database) =>
      database.exec("INSERT INTO migrations (name, applied_at) VALUES ('900-from-the-future', 1)"),
    );
    const before = readFileSync(path);
    for (const readOnly of [false, true]) {
      assert.throws(
        () => openConfiguration(path, { readOnly }),
        (error) => isChattyError(error, "CONFIGURATION_TOO_NEW"),
      );
    }
    assert.ok(before.equals(readFileSync(path)));
  });

  test("refuses a database that another program made and leaves its bytes as they were", (context) => {
    const path = temporaryFile(context);
    withDatabase(path, (database) => database.exec("CREATE TABLE gpts (id TEXT PRIMARY KEY, name TEXT)"));
    const before = readFileSync(path);
    assert.throws(
      () => openConfiguration(path),
      (error) => isChattyError(error, "CONFIGURATION_FOREIGN"),
    );
    assert.ok(before.equals(readFileSync(path)));
  });

  test("refuses to open an older database read-only instead of upgrading it", (context) => {
    const path = frozenFile(context);
    assert.throws(
      () => openConfiguration(path, { readOnly: true }),
      (error) => isChattyError(error, "CONFIGURATION_TOO_OLD"),
    );
    openConfiguration(path).close();
    openConfiguration(path, { readOnly: true }).close();
  });

  test("leaves nothing behind of a migration that fails", (context) => {
    const path = frozenFile(context);
    // A table in the way makes the second migration fail after its first statement.
    withDatabase(path, (database) => database.exec("CREATE TABLE import_views (user_id TEXT)"));
    const before = schemaOf(path);
    assert.throws(() => openConfiguration(path), /already exists/);
    assert.deepEqual(schemaOf(path), before);
  });
});
