import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import { walkVault } from "./walk-vault.ts";

const chunkBytes = 1024 * 1024;
/** Files that are truth by themselves: under their hash, or set apart under a name of their own. */
const unionPattern =
  /(?:^(?:quarantine|trash)\/|^imports\/.*\/(?:archives|legacy)\/|^vvault\/.*\/(?:files|staged)\/)/;

/** Paths of files of the other vault that this one lacks and that nothing else brings. */
export function* missingFiles(files: FilePort, from: string, into: string): Generator<string> {
  for (const { path } of walkVault(files, from)) {
    if (unionPattern.test(path) && files.status(absolutePath(into, path)) === undefined) yield path;
  }
}

/**
 * Copies a file to where there is none; whole and synced when it resolves, and not there before.
 * @param from absolute path.
 * @param path inside the vault at `root`.
 */
export async function addFile(
  { files, root }: { files: FilePort; root: string },
  from: string,
  path: string,
): Promise<void> {
  const to = absolutePath(root, path);
  if (files.status(to) !== undefined) return;
  // In the vault's own folder, which every start sweeps.
  const temporary = join(root, `.${basename(to)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    makeDurableFolder(files, dirname(to));
    const source = files.open(from, "read");
    try {
      const target = files.open(temporary, "create");
      try {
        const buffer = Buffer.allocUnsafe(chunkBytes);
        for (let at = 0; ;) {
          const count = source.readAt(buffer, at);
          if (count === 0) break;
          writeAll(target, buffer.subarray(0, count), at);
          at += count;
          if (count === chunkBytes) await nextTurn();
        }
        await target.sync();
      } finally {
        target.close();
      }
    } finally {
      source.close();
    }
    const mode = files.status(from)?.mode;
    if (mode !== undefined) files.setMode(temporary, mode);
    files.rename(temporary, to);
    files.syncDirectory(dirname(to));
  } catch (error) {
    files.remove(temporary);
    throw storageError(error, "add", to);
  }
}
