import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath } from "../files/layout.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import { backupDamaged } from "./backup-manifest.ts";
import type { BackupFile, BackupManifest } from "./backup-manifest.ts";
import { readFileList } from "./file-list.ts";
import type { PieceReader } from "./object-store.ts";
import type { BackupProgress } from "./take-backup.ts";

export interface RestoreFilesOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: BackupProgress) => void) | undefined;
  /** Leaves files out. */
  includes?: (path: string) => boolean;
}

const syncsAtOnce = 16;
const turnBytes = 4 * 1024 * 1024;

/**
 * Writes the files of a backup into an empty folder, every piece proven against its hash before the file counts, and everything
 * synced when it resolves. Of what is there when it rejects nothing may be believed.
 * @param root absolute path of the folder.
 * @throws {ChattyError} BACKUP_DAMAGED, DISK_FULL and its kind; and what the signal says
 */
export async function restoreFiles(
  files: FilePort,
  reader: PieceReader,
  manifest: Pick<BackupManifest, "list" | "files" | "bytes">,
  root: string,
  options: RestoreFilesOptions = {},
): Promise<void> {
  const { signal, onProgress, includes } = options;
  const waiting: OpenFile[] = [];
  const folders = new Set<string>();
  let count = 0;
  let bytes = 0;
  let turn = 0;
  makeFolders(files, root, folders);
  try {
    for await (const entry of readFileList(reader, manifest.list)) {
      signal?.throwIfAborted();
      count += 1;
      bytes += entry.length;
      if (includes?.(entry.path) === false) continue;
      waiting.push(await writeFile(files, reader, root, entry, folders, signal));
      if (waiting.length >= syncsAtOnce) await syncAll(waiting);
      onProgress?.({ phase: "restore", bytesDone: bytes, bytesTotal: manifest.bytes });
      turn += entry.length + 64 * 1024;
      if (turn > turnBytes) {
        turn = 0;
        await nextTurn();
      }
    }
    await syncAll(waiting);
  } catch (error) {
    if (signal?.aborted === true || error instanceof ChattyError) throw error;
    throw storageError(error, "restore into", root);
  } finally {
    for (const file of waiting) file.close();
  }
  if (count !== manifest.files || bytes !== manifest.bytes) {
    const found = `${count} files with ${bytes} bytes`;
    throw backupDamaged("its list", `it has ${found} instead of ${manifest.files} with ${manifest.bytes}`);
  }
  for (const folder of folders) files.syncDirectory(folder);
}

async function writeFile(
  files: FilePort,
  reader: PieceReader,
  root: string,
  entry: BackupFile,
  folders: Set<string>,
  signal: AbortSignal | undefined,
): Promise<OpenFile> {
  const path = absolutePath(root, entry.path);
  makeFolders(files, dirname(path), folders);
  const file = files.open(path, "create");
  try {
    let at = 0;
    for (const piece of entry.pieces) {
      for await (const chunk of reader.read(piece, signal)) {
        writeAll(file, chunk, at);
        at += chunk.length;
      }
    }
    if (file.size() !== entry.length) throw backupDamaged(entry.path, "it is not as long as it was");
    if (entry.mode !== undefined) files.setMode(path, entry.mode);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Keeps what was made, so that every name can be synced at the end. */
function makeFolders(files: FilePort, path: string, folders: Set<string>): void {
  if (folders.has(path)) return;
  for (const made of files.makeDirectory(path)) {
    folders.add(made);
    folders.add(dirname(made));
  }
  folders.add(path);
}

async function syncAll(waiting: OpenFile[]): Promise<void> {
  await Promise.all(waiting.map((file) => file.sync()));
  for (const file of waiting.splice(0)) file.close();
}

/** Name of the folder, beside the vault to be, in which it is put together. */
export function restoringFolder(home: string, token: string): string {
  return join(home, `.restoring-${token}`);
}
