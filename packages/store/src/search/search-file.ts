import { DatabaseSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import { isWritableFormat } from "../catalog/file-format.ts";
import { checked, prepared } from "../catalog/checked-statement.ts";
import type { FilePort } from "../files/port.ts";
import { searchSchema, searchVersion } from "./search-schema.ts";

const settings =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 10000; " +
  "PRAGMA cache_size = -65536";

/** Files that belong to the index at a path. */
export function searchFiles(path: string): string[] {
  return ["", "-wal", "-shm"].map((suffix) => `${path}${suffix}`);
}

/**
 * Opens the index for its one writer. A file that is damaged or of another version is removed and begun anew.
 * @param path absolute; its folder must exist.
 */
export function openSearchFile(files: FilePort, path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (files.status(path) !== undefined && isWritableFormat(files, path)) {
      database = prepared(new DatabaseSync(path), settings);
      const version = checked(() => database?.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (version === searchVersion) return database;
    }
  } catch (error) {
    if (error instanceof ChattyError && error.code !== "CATALOG_DAMAGED") throw error;
  }
  database?.close();
  return beginSearchFile(files, path);
}

/** Begins with a new file, so that nothing of a former one is left. */
export function beginSearchFile(files: FilePort, path: string): DatabaseSync {
  for (const file of searchFiles(path)) files.remove(file);
  // SQLite would make it readable by others.
  files.open(path, "create").close();
  const database = prepared(new DatabaseSync(path), settings);
  return prepared(database, `BEGIN; ${searchSchema} COMMIT;`);
}

/** Opens the index for reading only; undefined while there is none of this version. */
export function openSearchReader(files: FilePort, path: string): DatabaseSync | undefined {
  if (files.status(path) === undefined) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec("PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536");
    if (database.prepare("PRAGMA user_version").get()?.["user_version"] === searchVersion) return database;
  } catch {
    // The writer begins a damaged file anew; until then nothing is found in it.
  }
  database?.close();
  return undefined;
}
