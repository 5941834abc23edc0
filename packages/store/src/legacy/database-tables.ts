import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JsonObject, JsonValue, LegacyTable } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { writeAll } from "../files/write-all.ts";
import { makeDurableDirectory } from "../imports/archive-bytes.ts";
import type { UserContext } from "../user/user-context.ts";

/** What lies beside a database that was not closed, and belongs to it. */
export interface DatabaseBytes {
  main: Uint8Array;
  wal?: Uint8Array;
}

/**
 * Reads every table of an older database. SQLite works on a copy of its own in the staging folder, so that neither the original nor its
 * kept copy is ever opened by it; the copy is removed whatever happens.
 * @throws {ChattyError} LEGACY_DATABASE_UNREADABLE, storage errors
 */
export function readDatabaseTables(
  { storage, user }: Pick<UserContext, "storage" | "user">,
  name: string,
  { main, wal }: DatabaseBytes,
): LegacyTable[] {
  const { files, root } = storage;
  const staging = absolutePath(root, layout.staging(user));
  const made = makeDurableDirectory(files, staging);
  const copy = join(staging, `${randomBytes(8).toString("hex")}.legacy`);
  try {
    for (const [path, bytes] of [
      [copy, main] as const,
      ...(wal === undefined ? [] : [[`${copy}-wal`, wal] as const]),
    ]) {
      const file = files.open(path, "create");
      try {
        writeAll(file, bytes, 0);
      } finally {
        file.close();
      }
    }
    return tablesOf(copy);
  } catch (error) {
    if (error instanceof ChattyError) throw error;
    const isSqlite = error instanceof Error && "errcode" in error;
    if (!isSqlite) throw error;
    throw new ChattyError(
      "LEGACY_DATABASE_UNREADABLE",
      `${name} cannot be read as a database: ${error.message}.`,
      {
        hint: "It is kept as it is. If the older program still runs, end it and migrate again.",
        where: { file: name },
        cause: error,
      },
    );
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) files.remove(`${copy}${suffix}`);
    for (const directory of made.toReversed()) {
      if (files.list(directory).length === 0) files.removeDirectory(directory);
    }
  }
}

function tablesOf(path: string): LegacyTable[] {
  const database = new DatabaseSync(path);
  try {
    const names = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
      )
      .all()
      .map((row) => String(row["name"]));
    return names.map((name) => {
      const statement = database.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`);
      statement.setReadBigInts(true);
      return { name, rows: statement.all().map(rowOf) };
    });
  } finally {
    database.close();
  }
}

function rowOf(row: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, valueOf(value)]));
}

/** Whole numbers beyond what JSON numbers hold stay as their digits, and bytes become base64. */
function valueOf(value: unknown): JsonValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  return typeof value === "string" || typeof value === "number" ? value : null;
}
