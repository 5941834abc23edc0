import { DatabaseSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import { chattyErrorFromSqlite } from "./sqlite-errors.ts";

/**
 * Copies a database as one moment has it and reads the copy back: it must be sound and have as many rows in every table.
 * @param path of a file that is absent or empty; whoever wants it to survive a power cut syncs it
 * @throws {ChattyError} CONFIGURATION_CORRUPT, DISK_FULL and its kind
 */
export function copyDatabase(database: DatabaseSync, path: string): void {
  let copy: DatabaseSync | undefined;
  try {
    // https://www.sqlite.org/lang_vacuum.html: one read transaction, into a file of its own.
    database.prepare("VACUUM INTO ?").run(path);
    copy = new DatabaseSync(path, { readOnly: true });
    const wrong = copy
      .prepare("PRAGMA integrity_check")
      .all()
      .map((row) => String(row["integrity_check"]))
      .filter((line) => line !== "ok");
    for (const table of tablesOf(database)) {
      if (countOf(copy, table) !== countOf(database, table))
        wrong.push(`${table} has another number of rows`);
    }
    if (wrong.length > 0) {
      throw new ChattyError("CONFIGURATION_CORRUPT", `The copy ${path} is not sound: ${wrong[0] ?? ""}.`, {
        hint: "Nothing was changed. Check the disk; `chatty doctor` says whether the database itself is sound.",
        where: { path },
      });
    }
  } catch (error) {
    throw chattyErrorFromSqlite(error, path);
  } finally {
    copy?.close();
  }
}

function tablesOf(database: DatabaseSync): string[] {
  return database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map((row) => String(row["name"]));
}

function countOf(database: DatabaseSync, table: string): number {
  // The name comes from the schema itself.
  const quoted = `"${table.replaceAll('"', '""')}"`;
  return Number(database.prepare(`SELECT count(*) AS rows FROM ${quoted}`).get()?.["rows"] ?? -1);
}
