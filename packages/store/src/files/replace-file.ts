import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { ChattyError } from "@chatty/model";
import { makeDurableFolder } from "./durable-folder.ts";
import { storageError } from "./error-code.ts";
import type { FilePort } from "./port.ts";
import { readUpTo, readWholeFile, writeAll } from "./write-all.ts";

export interface ReplaceOptions {
  /** Keeps what was there as `{name}.bak`. False for derived files, which can be made again. */
  keepPrevious?: boolean;
  /**
   * Folder on the same disk for the file under way: the vault's own, which every start sweeps, so that nothing is left lying where
   * nobody looks. The folder of the file when absent.
   */
  temporaryIn?: string;
}

/**
 * Replaces a small file so that after a crash at any moment either the old or the new content stands, whole:
 * temporary file, read back and compared, synced, renamed, directory synced. Returns false, and writes nothing, when the
 * content is already there.
 * @throws {ChattyError} DISK_FULL, NOT_WRITABLE, STORAGE_FAULT; the old version then stands.
 */
export function replaceFile(
  files: FilePort,
  path: string,
  content: Uint8Array,
  options: ReplaceOptions = {},
): boolean {
  const directory = dirname(path);
  const temporary = join(
    options.temporaryIn ?? directory,
    `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`,
  );
  try {
    const previous = readWholeFile(files, path);
    if (previous?.equals(content)) return false;
    makeDurableFolder(files, directory);
    writeVerified(files, temporary, content);
    if (previous !== undefined && options.keepPrevious === true) {
      const backup = `${temporary}.bak`;
      writeVerified(files, backup, previous);
      files.rename(backup, `${path}.bak`);
    }
    // After this rename the new content stands; after the directory sync it also survives a power cut.
    files.rename(temporary, path);
    files.syncDirectory(directory);
    return true;
  } catch (error) {
    removeQuietly(files, temporary);
    removeQuietly(files, `${temporary}.bak`);
    throw storageError(error, "replace", path);
  }
}

/** True for the names that {@link replaceFile} gives to files under way; start-up removes them. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.[0-9a-f]{16}\.tmp(?:\.bak)?$/.test(name);
}

function writeVerified(files: FilePort, path: string, content: Uint8Array): void {
  const file = files.open(path, "create");
  try {
    writeAll(file, content, 0);
    file.syncNow();
    if (!readUpTo(file, 0, file.size()).equals(content)) {
      throw new ChattyError("WRITE_NOT_VERIFIED", `${path} does not hold what was written to it.`, {
        hint: "The disk or its driver is failing: check it before going on.",
        where: { path },
      });
    }
  } finally {
    file.close();
  }
}

function removeQuietly(files: FilePort, path: string): void {
  try {
    files.remove(path);
  } catch {
    // The first error is the one to tell; what is left over is removed at the next start.
    return;
  }
}
