import { basename, dirname } from "node:path";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readWholeFile } from "../files/write-all.ts";
import { createDirectory, createFile } from "./simulated-disk.ts";
import type { DiskOperation, SimulatedDirectory, SimulatedFile } from "./simulated-disk.ts";
import { simulatedFiles } from "./simulated-files.ts";

export interface RecordingFiles extends FilePort {
  /** Everything that was done, as it is on the real disk. */
  readonly disk: SimulatedDirectory;
  /** Looks whether databases have changed since the last call of the port. */
  settle(): void;
}

/** Bytes of a database that was recorded: the file itself, and behind it its write-ahead log. */
const walBegins = new WeakMap<Buffer, number>();

/** Takes the bytes of a recorded database apart; undefined for every other file. */
export function databaseParts(bytes: Buffer): { database: Buffer; wal: Buffer } | undefined {
  const at = walBegins.get(bytes);
  return at === undefined ? undefined : { database: bytes.subarray(0, at), wal: bytes.subarray(at) };
}

/**
 * The file port over a real one that does everything on a simulated disk as well, which records it. Databases do their own file
 * access: they are looked at before every step and recorded as they are. Lock files are left out.
 * @param base absolute path of a real folder, empty or with files only; nothing outside of it may be changed.
 */
export function recordingFiles(
  inner: FilePort,
  base: string,
  record: (operation: DiskOperation) => void,
): RecordingFiles {
  return new Recorder(inner, base, record);
}

interface KnownDatabase {
  file: SimulatedFile;
  directory: SimulatedDirectory;
  stamp: string;
}

class Recorder implements RecordingFiles {
  readonly disk = createDirectory();
  readonly #inner: FilePort;
  readonly #shadow: FilePort;
  readonly #record: (operation: DiskOperation) => void;
  readonly #databases = new Map<string, KnownDatabase>();

  constructor(inner: FilePort, base: string, record: (operation: DiskOperation) => void) {
    this.#inner = inner;
    let isLoaded = false;
    this.#record = record;
    this.#shadow = simulatedFiles(this.disk, {
      record: (operation) => {
        if (!isLoaded) return;
        this.settle();
        record(operation);
      },
    });
    this.#shadow.makeDirectory(base);
    this.#load(base);
    isLoaded = true;
  }

  settle(): void {
    for (const [path, known] of this.#databases) {
      const wal = `${path}-wal`;
      const stamp = `${stampOf(this.#inner, path)} ${stampOf(this.#inner, wal)}`;
      if (stamp === known.stamp) continue;
      known.stamp = stamp;
      const database = readWholeFile(this.#inner, path);
      if (database === undefined) continue;
      const log = readWholeFile(this.#inner, wal) ?? Buffer.alloc(0);
      const bytes = Buffer.concat([database, log]);
      walBegins.set(bytes, database.length);
      const { directory, file } = known;
      file.bytes = bytes;
      this.#record({ kind: "settled", directory, name: basename(path), file, bytes });
    }
  }

  open(path: string, mode: Parameters<FilePort["open"]>[1]): OpenFile {
    const file = this.#inner.open(path, mode);
    if (mode === "read" || isLeftOut(path)) return file;
    if (isDatabase(path)) {
      this.#know(path);
      return file;
    }
    const shadow = this.#shadow.open(path, mode);
    return new RecordedFile(file, shadow);
  }

  makeDirectory(path: string): string[] {
    const made = this.#inner.makeDirectory(path);
    this.#shadow.makeDirectory(path);
    return made;
  }

  rename(from: string, to: string): void {
    this.#inner.rename(from, to);
    this.#shadow.rename(from, to);
    for (const [path, known] of this.#databases) {
      if (!path.startsWith(`${from}/`)) continue;
      this.#databases.delete(path);
      this.#databases.set(`${to}${path.slice(from.length)}`, known);
    }
  }

  remove(path: string): void {
    this.#inner.remove(path);
    this.#databases.delete(path);
    this.#shadow.remove(path);
  }

  removeDirectory(path: string): void {
    this.#inner.removeDirectory(path);
    this.#shadow.removeDirectory(path);
  }

  list(path: string): ReturnType<FilePort["list"]> {
    return this.#inner.list(path);
  }

  status(path: string): ReturnType<FilePort["status"]> {
    return this.#inner.status(path);
  }

  realPath(path: string): string | undefined {
    return this.#inner.realPath(path);
  }

  syncDirectory(path: string): void {
    this.#inner.syncDirectory(path);
    if (this.#shadow.status(path) !== undefined) this.#shadow.syncDirectory(path);
  }

  setMode(path: string, mode: number): void {
    this.#inner.setMode(path, mode);
    if (this.#shadow.status(path) !== undefined) this.#shadow.setMode(path, mode);
  }

  freeBytes(path: string): number {
    return this.#inner.freeBytes(path);
  }

  #load(folder: string): void {
    for (const { name, kind } of this.#inner.list(folder)) {
      const path = `${folder}/${name}`;
      if (kind === "directory") {
        this.#shadow.makeDirectory(path);
        this.#load(path);
      } else if (isDatabase(path)) {
        this.#know(path);
      } else if (!isLeftOut(path)) {
        const bytes = readWholeFile(this.#inner, path) ?? Buffer.alloc(0);
        const file = this.#shadow.open(path, "create");
        file.writeAt(bytes, 0);
        file.close();
        this.#shadow.setMode(path, this.#inner.status(path)?.mode ?? 0o600);
      }
    }
  }

  #know(path: string): void {
    if (this.#databases.has(path)) return;
    let at = this.disk;
    for (const name of dirname(path).split("/")) {
      const next = name === "" ? at : at.entries.get(name);
      if (next?.kind !== "directory") throw new TypeError(`${path} lies nowhere that was recorded.`);
      at = next;
    }
    const file = createFile(Buffer.alloc(0));
    at.entries.set(basename(path), file);
    file.links = 1;
    this.#databases.set(path, { file, directory: at, stamp: "" });
    this.settle();
  }
}

class RecordedFile implements OpenFile {
  readonly path: string;
  readonly #file: OpenFile;
  readonly #shadow: OpenFile;

  constructor(file: OpenFile, shadow: OpenFile) {
    this.path = file.path;
    this.#file = file;
    this.#shadow = shadow;
  }

  readAt(into: Uint8Array, position: number): number {
    return this.#file.readAt(into, position);
  }

  writeAt(bytes: Uint8Array, position: number): number {
    const count = this.#file.writeAt(bytes, position);
    this.#shadow.writeAt(bytes.subarray(0, count), position);
    return count;
  }

  async sync(): Promise<void> {
    // What is written while the sync is under way need not be part of it: the simulated one is done at its beginning.
    this.#shadow.syncNow();
    await this.#file.sync();
  }

  syncNow(): void {
    this.#file.syncNow();
    this.#shadow.syncNow();
  }

  truncate(length: number): void {
    this.#file.truncate(length);
    this.#shadow.truncate(length);
  }

  size(): number {
    return this.#file.size();
  }

  isLinked(): boolean {
    return this.#file.isLinked();
  }

  close(): void {
    this.#file.close();
    this.#shadow.close();
  }
}

function stampOf(files: FilePort, path: string): string {
  const status = files.status(path);
  return status === undefined ? "" : `${status.size}:${status.modifiedNs}`;
}

/** Locks, and what belongs to a database and is recorded with it. */
function isLeftOut(path: string): boolean {
  return basename(path) === "lock.sqlite" || /\.db-(?:wal|shm|journal)$/.test(path);
}

function isDatabase(path: string): boolean {
  return path.endsWith(".db");
}
