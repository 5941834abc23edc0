import { randomBytes } from "node:crypto";
import { absolutePath, layout } from "../files/layout.ts";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { readWholeFile, writeAll } from "../files/write-all.ts";
import { listSegments, segmentName } from "../log/segment.ts";
import type { OlderConfiguration } from "../workspace/database.ts";

const unfinished = ".unfinished";

/**
 * Keeps what an older version would need to go on: its configuration and the log beside it, in `before-updates/`. Journals are only
 * ever appended to and need no copy. Durable when it returns; a copy that a crash cut short has no final name and is made again.
 * @returns the folder, relative to the vault
 * @throws {ChattyError} DISK_FULL and its kind; then nothing may be migrated
 */
export function keepBeforeMigration(
  files: FilePort,
  root: string,
  older: OlderConfiguration,
  nowMs: number,
): string {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "");
  // A start that was cut short right behind the renaming below has left one of the same second.
  const folder = `${layout.beforeUpdates}/${stamp}-${randomBytes(4).toString("hex")}-from-${older.version}`;
  const under = absolutePath(root, `${folder}${unfinished}`);
  try {
    makeDurableFolder(files, absolutePath(root, layout.beforeUpdates));
    for (const { name } of files.list(absolutePath(root, layout.beforeUpdates))) {
      if (name.endsWith(unfinished))
        removeFolder(files, absolutePath(root, `${layout.beforeUpdates}/${name}`));
    }
    makeDurableFolder(files, under);
    const database = `${under}/${layout.configuration}`;
    // Made here, since SQLite would make it readable by others.
    files.open(database, "create").close();
    older.copyTo(database);
    syncFile(files, database);
    const log = absolutePath(root, layout.log);
    for (const number of listSegments(files, log)) {
      const bytes = readWholeFile(files, `${log}/${segmentName(number)}`);
      if (bytes !== undefined) writeSynced(files, `${under}/${segmentName(number)}`, bytes);
    }
    files.syncDirectory(under);
    files.rename(under, absolutePath(root, folder));
    files.syncDirectory(absolutePath(root, layout.beforeUpdates));
    return folder;
  } catch (error) {
    throw storageError(error, "keep the state before an update in", under);
  }
}

function removeFolder(files: FilePort, path: string): void {
  for (const entry of files.list(path)) files.remove(`${path}/${entry.name}`);
  files.removeDirectory(path);
}

function syncFile(files: FilePort, path: string): void {
  const file = files.open(path, "update");
  try {
    file.syncNow();
  } finally {
    file.close();
  }
}

function writeSynced(files: FilePort, path: string, bytes: Uint8Array): void {
  const file = files.open(path, "create");
  try {
    writeAll(file, bytes, 0);
    file.syncNow();
  } finally {
    file.close();
  }
}
