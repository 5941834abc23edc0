import * as fs from "node:fs";
import { dirname } from "node:path";
import { isErrorCode } from "./error-code.ts";
import type { DirectoryEntry, FilePort, FileStatus, OpenFile, OpenMode } from "./port.ts";

const privateFile = 0o600;
const privateDirectory = 0o700;
/** Links are never made by Chatty, so one in the way is an attack or a mistake. Absent on Windows. */
const noFollow = fs.constants.O_NOFOLLOW ?? 0;

/** The real file system. */
export function nodeFiles(): FilePort {
  return {
    open: openNodeFile,
    makeDirectory,
    rename: fs.renameSync,
    remove,
    removeDirectory,
    list,
    status,
    realPath,
    syncDirectory,
    setMode: fs.chmodSync,
    freeBytes: (path) => {
      const disk = fs.statfsSync(path);
      return disk.bavail * disk.bsize;
    },
  };
}

function openNodeFile(path: string, mode: OpenMode): OpenFile {
  const flags =
    mode === "read"
      ? fs.constants.O_RDONLY | noFollow
      : fs.constants.O_RDWR | fs.constants.O_CREAT | noFollow | (mode === "create" ? fs.constants.O_EXCL : 0);
  const descriptor = fs.openSync(path, flags, privateFile);
  let open = true;
  return {
    path,
    readAt: (into, position) => fs.readSync(descriptor, into, 0, into.length, position),
    writeAt: (bytes, position) => fs.writeSync(descriptor, bytes, 0, bytes.length, position),
    sync: () =>
      new Promise((resolve, reject) => {
        // fdatasync is enough on Linux; macOS needs fsync, which Node maps to F_FULLFSYNC.
        const sync = process.platform === "linux" ? fs.fdatasync : fs.fsync;
        sync(descriptor, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    syncNow: () => {
      if (process.platform === "linux") fs.fdatasyncSync(descriptor);
      else fs.fsyncSync(descriptor);
    },
    truncate: (length) => fs.ftruncateSync(descriptor, length),
    size: () => fs.fstatSync(descriptor).size,
    // Windows does not remove names of open files.
    isLinked: () => process.platform === "win32" || fs.fstatSync(descriptor).nlink > 0,
    close: () => {
      if (!open) return;
      open = false;
      fs.closeSync(descriptor);
    },
  };
}

function makeDirectory(path: string): string[] {
  const absent: string[] = [];
  for (let at = path; !fs.existsSync(at); at = dirname(at)) absent.unshift(at);
  for (const directory of absent) fs.mkdirSync(directory, { mode: privateDirectory });
  return absent;
}

function remove(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (!isErrorCode(error, "ENOENT")) throw error;
  }
}

function removeDirectory(path: string): void {
  try {
    fs.rmdirSync(path);
  } catch (error) {
    if (!isErrorCode(error, "ENOENT")) throw error;
  }
}

function list(path: string): DirectoryEntry[] {
  try {
    return fs
      .readdirSync(path, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  } catch (error) {
    if (isErrorCode(error, "ENOENT")) return [];
    throw error;
  }
}

function status(path: string): FileStatus | undefined {
  const found = lookUp(path);
  if (found === undefined) return undefined;
  return {
    kind: kindOf(found),
    size: Number(found.size),
    mode: Number(found.mode) & 0o7777,
    modifiedNs: found.mtimeNs,
  };
}

function lookUp(path: string): fs.BigIntStats | undefined {
  try {
    return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // Something on the way is a file: then there is nothing behind it.
    if (isErrorCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function realPath(path: string): string | undefined {
  try {
    return fs.realpathSync.native(path);
  } catch (error) {
    if (isErrorCode(error, "ENOENT") || isErrorCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function syncDirectory(path: string): void {
  // Windows cannot open a directory for syncing; NTFS journals names itself.
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FileStatus["kind"] {
  return entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "other";
}
