import { dirname, join } from "node:path";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readWholeFile, writeAll } from "../files/write-all.ts";

/** A file system that knows what a power cut would take from it. */
export interface PoweredFiles {
  files: FilePort;
  /**
   * Copies a folder as a power cut now would leave it: bytes and names that were never synced are gone. This is the strictest
   * reading of POSIX: a name is durable once its folder was synced, bytes once their file was. Databases are copied as they are: SQLite syncs for itself.
   */
  cutInto(from: string, to: string): void;
}

interface NameUndo {
  /** Folder whose sync makes this last. */
  folder: string;
  /** The folder that was removed; with it go the names that were in it, synced or not. */
  removed?: string;
  undo: (moved: (path: string) => string) => void;
}

/** Bytes and size of a file before a write or truncation. */
interface BytesUndo {
  position: number;
  before: Buffer;
  size: number;
}

const plain = nodeFiles();

/** Remembers, around the real file system, everything that was not synced yet. For tests. */
export function poweredFiles(inner: FilePort = plain): PoweredFiles {
  const bytes = new Map<string, BytesUndo[]>();
  let names: NameUndo[] = [];

  function ofSqlite(path: string): boolean {
    return /\.(?:db|sqlite)(?:-wal|-shm|-journal)?$/.test(path);
  }

  /** What of a file is on the disk for good. */
  function durableBytes(path: string): Buffer {
    let content = readWholeFile(plain, path) ?? Buffer.alloc(0);
    for (const undo of (bytes.get(path) ?? []).toReversed()) content = undone(content, undo);
    return content;
  }

  function remember(path: string, file: OpenFile, position: number, length: number): void {
    const size = file.size();
    const before = Buffer.alloc(Math.max(0, Math.min(length, size - position)));
    if (before.length > 0) file.readAt(before, position);
    const known = bytes.get(path) ?? [];
    known.push({ position, before, size });
    bytes.set(path, known);
  }

  function powered(file: OpenFile): OpenFile {
    const { path } = file;
    const synced = (): void => void bytes.delete(path);
    return {
      path,
      readAt: (into, position) => file.readAt(into, position),
      writeAt: (content, position) => {
        remember(path, file, position, content.length);
        return file.writeAt(content, position);
      },
      sync: async () => {
        await file.sync();
        synced();
      },
      syncNow: () => {
        file.syncNow();
        synced();
      },
      truncate: (length) => {
        remember(path, file, length, Math.max(0, file.size() - length));
        file.truncate(length);
      },
      size: () => file.size(),
      isLinked: () => file.isLinked(),
      close: () => file.close(),
    };
  }

  const files: FilePort = {
    open: (path, mode) => {
      const isNew = mode !== "read" && inner.status(path) === undefined;
      const file = inner.open(path, mode);
      if (ofSqlite(path)) return file;
      if (isNew) names.push({ folder: dirname(path), undo: (moved) => removeTree(moved(path)) });
      return powered(file);
    },
    makeDirectory: (path) => {
      const made = inner.makeDirectory(path);
      for (const folder of made) {
        names.push({ folder: dirname(folder), undo: (moved) => removeTree(moved(folder)) });
      }
      return made;
    },
    rename: (from, to) => {
      const replaced = inner.status(to)?.kind === "file" ? durableBytes(to) : undefined;
      inner.rename(from, to);
      const moving = bytes.get(from);
      bytes.delete(from);
      bytes.delete(to);
      if (moving !== undefined) bytes.set(to, moving);
      names.push({
        folder: dirname(to),
        undo: (moved) => {
          if (plain.status(moved(to)) === undefined) return;
          plain.makeDirectory(dirname(moved(from)));
          plain.rename(moved(to), moved(from));
          if (replaced !== undefined) putFile(moved(to), replaced);
        },
      });
    },
    remove: (path) => {
      const removed = inner.status(path)?.kind === "file" ? durableBytes(path) : undefined;
      inner.remove(path);
      bytes.delete(path);
      if (removed === undefined || ofSqlite(path)) return;
      names.push({ folder: dirname(path), undo: (moved) => putFile(moved(path), removed) });
    },
    removeDirectory: (path) => {
      const isThere = inner.status(path) !== undefined;
      inner.removeDirectory(path);
      if (isThere) {
        const undo = (moved: (at: string) => string): void => void plain.makeDirectory(moved(path));
        names.push({ folder: dirname(path), removed: path, undo });
      }
    },
    list: (path) => inner.list(path),
    status: (path) => inner.status(path),
    realPath: (path) => inner.realPath(path),
    syncDirectory: (path) => {
      inner.syncDirectory(path);
      const gone = names.map(({ folder, removed }) => (folder === path ? removed : undefined));
      const isIn = (folder: string, index: number): boolean =>
        gone.some(
          (removed, at) => at > index && removed !== undefined && `${folder}/`.startsWith(`${removed}/`),
        );
      names = names.filter(({ folder }, index) => folder !== path && !isIn(folder, index));
    },
    setMode: (path, mode) => inner.setMode(path, mode),
    freeBytes: (path) => inner.freeBytes(path),
  };

  return {
    files,
    cutInto: (from, to) => {
      copyTree(from, to);
      const moved = (path: string): string => (path.startsWith(from) ? to + path.slice(from.length) : path);
      for (const path of bytes.keys()) {
        if (path.startsWith(from) && plain.status(path) !== undefined)
          putFile(moved(path), durableBytes(path));
      }
      for (const { folder, undo } of names.toReversed()) if (folder.startsWith(from)) undo(moved);
    },
  };
}

function undone(content: Buffer, { position, before, size }: BytesUndo): Buffer {
  const back = Buffer.alloc(size);
  content.copy(back, 0, 0, Math.min(content.length, size));
  before.copy(back, position);
  return back;
}

function putFile(path: string, content: Buffer): void {
  plain.makeDirectory(dirname(path));
  plain.remove(path);
  const file = plain.open(path, "create");
  try {
    writeAll(file, content, 0);
  } finally {
    file.close();
  }
}

/** Never opened by anybody but SQLite: closing a descriptor would drop the lock. The index of a write-ahead log is made again. */
const leftOut = /^lock\.sqlite$|-shm$/;

/** Copies a folder with everything in it, private as the store makes it, but for locks. */
export function copyTree(from: string, to: string): void {
  plain.makeDirectory(to);
  for (const { name, kind } of plain.list(from)) {
    if (leftOut.test(name)) continue;
    const source = join(from, name);
    if (kind === "directory") copyTree(source, join(to, name));
    else if (kind === "file") {
      putFile(join(to, name), readWholeFile(plain, source) ?? Buffer.alloc(0));
      const mode = plain.status(source)?.mode;
      if (mode !== undefined) plain.setMode(join(to, name), mode);
    }
  }
}

/** Removes a folder with everything in it; an absent one is no error. */
export function removeTree(path: string): void {
  if (plain.status(path)?.kind === "file") {
    plain.remove(path);
    return;
  }
  for (const { name, kind } of plain.list(path)) {
    if (kind === "directory") removeTree(join(path, name));
    else plain.remove(join(path, name));
  }
  plain.removeDirectory(path);
}

/** Every file below a folder, by paths relative to it. */
export function filesBelow(folder: string, below = ""): string[] {
  return plain.list(join(folder, below)).flatMap(({ name, kind }) => {
    const path = below === "" ? name : `${below}/${name}`;
    return kind === "directory" ? filesBelow(folder, path) : [path];
  });
}
