import { DatabaseSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import type { FilePort } from "../files/port.ts";
import { Catalog } from "./catalog.ts";
import { catalogSchema, catalogVersion } from "./catalog-schema.ts";
import { prepared } from "./checked-statement.ts";
import { isWritableFormat } from "./file-format.ts";

/**
 * Opens the catalog at an absolute path, whose folder must exist. A file that is damaged or of another version is removed and
 * begun anew; `commit` is then -1 and the owner derives everything again.
 */
export function openCatalog(files: FilePort, path: string): Catalog {
  const open = (): DatabaseSync => {
    if (files.status(path) === undefined) files.open(path, "create").close();
    return prepared(
      new DatabaseSync(path),
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; " +
        // What is deleted is overwritten: titles of what was purged must not be left in the file.
        "PRAGMA secure_delete = ON",
    );
  };
  const begin = (): DatabaseSync => {
    for (const suffix of ["", "-wal", "-shm"]) files.remove(`${path}${suffix}`);
    return prepared(open(), `BEGIN; ${catalogSchema} COMMIT;`);
  };
  let database: DatabaseSync | undefined;
  try {
    if (!isWritableFormat(files, path)) return new Catalog(begin(), begin);
    database = open();
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version === catalogVersion) return new Catalog(database, begin);
  } catch (error) {
    if (error instanceof ChattyError && error.code !== "CATALOG_DAMAGED") throw error;
  }
  database?.close();
  return new Catalog(begin(), begin);
}
