import type { DirectoryEntry, FilePort, FileStatus, OpenFile, OpenMode } from "../files/port.ts";
import { bytesWithLength, bytesWithWrite, createDirectory, createFile } from "./simulated-disk.ts";
import type {
  DiskOperation,
  EntryChange,
  SimulatedDirectory,
  SimulatedFile,
  SimulatedNode,
} from "./simulated-disk.ts";
import { systemError } from "./watched-files.ts";

/** What becomes of the operations on a simulated disk. */
export interface SimulatedFilesOptions {
  /** Told of everything that a power cut could take back, or that keeps it from doing so, after it was done. */
  record?: (operation: DiskOperation) => void;
  /** How many bytes of a write the disk takes; all when undefined. */
  take?: (path: string, length: number) => number | undefined;
  /** True lets a sync fail: the system then takes for clean what it could not write out. */
  failSync?: (path: string, how: "now" | "waiting") => boolean;
}

/** Room that a simulated disk always has. */
const freeBytes = 1024 ** 4;

/** The file port over a disk in memory. Paths are absolute, from the root of that disk. For tests. */
export function simulatedFiles(root: SimulatedDirectory, options: SimulatedFilesOptions = {}): FilePort {
  return new SimulatedFiles(root, options);
}

class SimulatedFiles implements FilePort {
  readonly #root: SimulatedDirectory;
  readonly #options: SimulatedFilesOptions;

  constructor(root: SimulatedDirectory, options: SimulatedFilesOptions) {
    this.#root = root;
    this.#options = options;
  }

  open(path: string, mode: OpenMode): OpenFile {
    const { directory, name } = this.#place(path);
    const found = directory.entries.get(name);
    if (found?.kind === "directory") throw systemError("EISDIR");
    if (found !== undefined) {
      if (mode === "create") throw systemError("EEXIST");
      return new SimulatedOpenFile(path, found, this.#options);
    }
    if (mode === "read") throw systemError("ENOENT");
    const file = createFile(Buffer.alloc(0));
    this.#change([{ directory, name, node: file }]);
    return new SimulatedOpenFile(path, file, this.#options);
  }

  makeDirectory(path: string): string[] {
    const made: string[] = [];
    let at = this.#root;
    let walked = "";
    for (const name of partsOf(path)) {
      walked += `/${name}`;
      const found = at.entries.get(name);
      if (found?.kind === "file") throw systemError("EEXIST");
      if (found !== undefined) {
        at = found;
        continue;
      }
      const directory = createDirectory();
      this.#change([{ directory: at, name, node: directory }]);
      made.push(walked);
      at = directory;
    }
    return made;
  }

  rename(from: string, to: string): void {
    const source = this.#place(from);
    const target = this.#place(to);
    const node = source.directory.entries.get(source.name);
    if (node === undefined) throw systemError("ENOENT");
    const there = target.directory.entries.get(target.name);
    if (there === node) return;
    if (there?.kind === "directory" && there.entries.size > 0) throw systemError("ENOTEMPTY");
    this.#change([
      { ...target, node },
      { ...source, node: undefined },
    ]);
  }

  remove(path: string): void {
    const place = this.#find(path);
    if (place?.node === undefined) return;
    if (place.node.kind === "directory") throw systemError("EISDIR");
    this.#change([{ directory: place.directory, name: place.name, node: undefined }]);
  }

  removeDirectory(path: string): void {
    const place = this.#find(path);
    if (place?.node === undefined) return;
    if (place.node.kind === "file") throw systemError("ENOTDIR");
    if (place.node.entries.size > 0) throw systemError("ENOTEMPTY");
    this.#change([{ directory: place.directory, name: place.name, node: undefined }]);
  }

  list(path: string): DirectoryEntry[] {
    const node = this.#node(path);
    if (node === undefined) return [];
    if (node.kind === "file") throw systemError("ENOTDIR");
    const found = [...node.entries].map(([name, entry]) => ({ name, kind: entry.kind }));
    return found.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  }

  status(path: string): FileStatus | undefined {
    const node = this.#node(path);
    if (node === undefined) return undefined;
    const size = node.kind === "file" ? node.bytes.length : 0;
    return { kind: node.kind, size, mode: node.mode, modifiedNs: 0n };
  }

  realPath(path: string): string | undefined {
    return this.#node(path) === undefined ? undefined : path;
  }

  syncDirectory(path: string): void {
    const node = this.#node(path);
    if (node === undefined) throw systemError("ENOENT");
    if (node.kind === "file") throw systemError("ENOTDIR");
    this.#options.record?.({ kind: "sync-directory", directory: node });
  }

  setMode(path: string, mode: number): void {
    const node = this.#node(path);
    if (node === undefined) throw systemError("ENOENT");
    node.mode = mode;
  }

  freeBytes(path: string): number {
    if (this.#node(path) === undefined) throw systemError("ENOENT");
    return freeBytes;
  }

  #change(changes: readonly EntryChange[]): void {
    for (const { directory, name, node } of changes) {
      const before = directory.entries.get(name);
      if (before?.kind === "file") before.links -= 1;
      if (node === undefined) directory.entries.delete(name);
      else directory.entries.set(name, node);
      if (node?.kind === "file") node.links += 1;
    }
    this.#options.record?.({ kind: "entries", changes });
  }

  #node(path: string): SimulatedNode | undefined {
    let at: SimulatedNode = this.#root;
    for (const name of partsOf(path)) {
      if (at.kind === "file") return undefined;
      const next: SimulatedNode | undefined = at.entries.get(name);
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  #find(
    path: string,
  ): { directory: SimulatedDirectory; name: string; node: SimulatedNode | undefined } | undefined {
    const parts = partsOf(path);
    const name = parts.at(-1);
    if (name === undefined) throw systemError("EBUSY");
    let at: SimulatedDirectory = this.#root;
    for (let index = 0; index < parts.length - 1; index += 1) {
      const next = at.entries.get(parts[index] ?? "");
      if (next?.kind !== "directory") return undefined;
      at = next;
    }
    return { directory: at, name, node: at.entries.get(name) };
  }

  #place(path: string): { directory: SimulatedDirectory; name: string } {
    const found = this.#find(path);
    if (found === undefined) throw systemError("ENOENT");
    return { directory: found.directory, name: found.name };
  }
}

class SimulatedOpenFile implements OpenFile {
  readonly path: string;
  readonly #file: SimulatedFile;
  readonly #options: SimulatedFilesOptions;
  #isOpen = true;

  constructor(path: string, file: SimulatedFile, options: SimulatedFilesOptions) {
    this.path = path;
    this.#file = file;
    this.#options = options;
  }

  readAt(into: Uint8Array, position: number): number {
    const { bytes } = this.#opened();
    const from = bytes.subarray(
      Math.min(position, bytes.length),
      Math.min(position + into.length, bytes.length),
    );
    into.set(from);
    return from.length;
  }

  writeAt(bytes: Uint8Array, position: number): number {
    const file = this.#opened();
    const taken = Math.min(this.#options.take?.(this.path, bytes.length) ?? bytes.length, bytes.length);
    if (taken === 0) return 0;
    // Whoever writes may use its buffer again.
    const kept = Buffer.from(bytes.subarray(0, taken));
    file.bytes = bytesWithWrite(file.bytes, kept, position);
    this.#options.record?.({ kind: "write", file, position, bytes: kept });
    return taken;
  }

  async sync(): Promise<void> {
    await Promise.resolve();
    this.#sync("waiting");
  }

  syncNow(): void {
    this.#sync("now");
  }

  #sync(how: "now" | "waiting"): void {
    const file = this.#opened();
    const fails = this.#options.failSync?.(this.path, how) === true;
    this.#options.record?.({ kind: fails ? "sync-failed" : "sync", file });
    if (fails) throw systemError("EIO");
  }

  truncate(length: number): void {
    const file = this.#opened();
    if (length === file.bytes.length) return;
    file.bytes = bytesWithLength(file.bytes, length);
    this.#options.record?.({ kind: "truncate", file, length });
  }

  size(): number {
    return this.#opened().bytes.length;
  }

  isLinked(): boolean {
    return this.#opened().links > 0;
  }

  close(): void {
    this.#isOpen = false;
  }

  #opened(): SimulatedFile {
    if (!this.#isOpen) throw systemError("EBADF");
    return this.#file;
  }
}

/** Parts of paths that were asked for: hundreds of thousands of disks hold the same few files. */
const knownParts = new Map<string, readonly string[]>();
const mostKnownParts = 20_000;

function partsOf(path: string): readonly string[] {
  let parts = knownParts.get(path);
  if (parts === undefined) {
    parts = path.split(/[/\\]/).filter((part) => part !== "");
    if (knownParts.size >= mostKnownParts) knownParts.clear();
    knownParts.set(path, parts);
  }
  return parts;
}
