// Removing for good: whole folders, and pieces that were set aside and speak of what is purged.
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import type { VaultStorage } from "./vault-storage.ts";

const chunkBytes = 1024 * 1024;

/** Folders in which something was set aside: each entry is a piece of its own. */
const asideFolders = [layout.quarantine, layout.trash, layout.beforeUpdates] as const;

/** Removes a folder with everything in it, or a file; what is not there is no error. */
export function removeTree(files: FilePort, path: string): void {
  const status = files.status(path);
  if (status === undefined) return;
  try {
    if (status.kind !== "directory") {
      // Windows does not remove what is read-only, as archives are.
      if (status.kind === "file" && (status.mode & 0o200) === 0) files.setMode(path, 0o600);
      files.remove(path);
      return;
    }
    for (const { name } of files.list(path)) removeTree(files, `${path}/${name}`);
    files.removeDirectory(path);
  } catch (error) {
    throw storageError(error, "remove", path);
  }
}

/**
 * Removes every piece that was set aside and has one of these ids in it, with its note: a damaged piece of a journal or an event file, a
 * file from the trash of an earlier version, a configuration from before an update.
 * @returns how many pieces.
 */
export function removePieces({ files, root }: VaultStorage, ids: readonly string[]): number {
  const wanted = ids.map((id) => Buffer.from(id));
  let removed = 0;
  for (const folder of asideFolders) {
    const path = absolutePath(root, folder);
    const groups = new Map<string, string[]>();
    for (const { name } of files.list(path)) {
      // A piece and the note beside it go together: the note has the path, the piece has the content.
      const piece = name.endsWith(".json") ? name.slice(0, -".json".length) : name;
      groups.set(piece, [...(groups.get(piece) ?? []), name]);
    }
    let isChanged = false;
    for (const names of groups.values()) {
      if (!names.some((name) => speaksOf(files, `${path}/${name}`, wanted))) continue;
      for (const name of names) removeTree(files, `${path}/${name}`);
      removed += 1;
      isChanged = true;
    }
    if (isChanged) files.syncDirectory(path);
  }
  return removed;
}

/** True when a file, or any file in a folder, has one of these byte strings in it or in its name. */
export function speaksOf(files: FilePort, path: string, wanted: readonly Buffer[]): boolean {
  if (wanted.some((id) => path.includes(id.toString()))) return true;
  const status = files.status(path);
  if (status?.kind === "directory") {
    return files.list(path).some(({ name }) => speaksOf(files, `${path}/${name}`, wanted));
  }
  return status?.kind === "file" && holds(files, path, wanted);
}

function holds(files: FilePort, path: string, wanted: readonly Buffer[]): boolean {
  const overlap = Math.max(...wanted.map((id) => id.length), 1) - 1;
  const file = files.open(path, "read");
  try {
    const buffer = Buffer.alloc(chunkBytes + overlap);
    let kept = 0;
    for (let at = 0; ;) {
      const got = file.readAt(buffer.subarray(kept), at);
      if (got === 0) return false;
      at += got;
      const bytes = buffer.subarray(0, kept + got);
      if (wanted.some((id) => bytes.includes(id))) return true;
      kept = Math.min(overlap, bytes.length);
      bytes.copy(buffer, 0, bytes.length - kept);
    }
  } finally {
    file.close();
  }
}
