/** A file of a simulated disk. Its bytes are never changed in place, so that any number of disks may share them. */
export interface SimulatedFile {
  readonly kind: "file";
  bytes: Buffer;
  mode: number;
  /** How many names it has. */
  links: number;
}

/** A folder of a simulated disk. */
export interface SimulatedDirectory {
  readonly kind: "directory";
  readonly entries: Map<string, SimulatedNode>;
  mode: number;
}

export type SimulatedNode = SimulatedFile | SimulatedDirectory;

/** A name in a folder that comes, goes (`node` undefined) or from now on means something else. */
export interface EntryChange {
  directory: SimulatedDirectory;
  name: string;
  node: SimulatedNode | undefined;
}

/** One thing done to a simulated disk that may, or may not yet, have reached what survives a power cut. */
export type DiskOperation =
  | {
      kind: "entries";
      /** What changes together. */
      changes: readonly EntryChange[];
    }
  | { kind: "write"; file: SimulatedFile; position: number; bytes: Buffer }
  | { kind: "truncate"; file: SimulatedFile; length: number }
  | { kind: "sync"; file: SimulatedFile }
  /** The system tried to write out and could not: it tells so once, and takes the pages for clean from then on. */
  | { kind: "sync-failed"; file: SimulatedFile }
  | { kind: "sync-directory"; directory: SimulatedDirectory }
  /** A database has these bytes from now on, name and all: it makes its own order, and is trusted with that. */
  | { kind: "settled"; directory: SimulatedDirectory; name: string; file: SimulatedFile; bytes: Buffer };

export function createDirectory(): SimulatedDirectory {
  return { kind: "directory", entries: new Map(), mode: 0o700 };
}

export function createFile(bytes: Buffer): SimulatedFile {
  return { kind: "file", bytes, mode: 0o600, links: 0 };
}

/** The bytes of a file with a write in them; what lies between its end and the write is NUL. */
export function bytesWithWrite(before: Buffer, bytes: Uint8Array, position: number): Buffer {
  if (position === before.length) return Buffer.concat([before, bytes]);
  const after = Buffer.alloc(Math.max(before.length, position + bytes.length));
  before.copy(after);
  after.set(bytes, position);
  return after;
}

/** The bytes of a file cut, or filled up with NUL, to a length. */
export function bytesWithLength(before: Buffer, length: number): Buffer {
  if (length <= before.length) return before.subarray(0, length);
  const after = Buffer.alloc(length);
  before.copy(after);
  return after;
}

/** Every file of a tree with its path, folders first told with a slash at the end. */
export function* walkDisk(
  directory: SimulatedDirectory,
  prefix = "",
): Generator<{ path: string; node: SimulatedNode }> {
  for (const [name, node] of directory.entries) {
    const path = `${prefix}/${name}`;
    yield { path, node };
    if (node.kind === "directory") yield* walkDisk(node, path);
  }
}

/** A copy with nodes of its own; bytes are shared. */
export function copyDisk(directory: SimulatedDirectory): SimulatedDirectory {
  const copy = createDirectory();
  copy.mode = directory.mode;
  for (const [name, node] of directory.entries) {
    copy.entries.set(
      name,
      node.kind === "directory"
        ? copyDisk(node)
        : { kind: "file", bytes: node.bytes, mode: node.mode, links: 1 },
    );
  }
  return copy;
}
