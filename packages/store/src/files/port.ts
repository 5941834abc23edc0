/** How a file is opened. `create` refuses a file that is there; `update` makes an absent one. */
export type OpenMode = "read" | "update" | "create";

/** One open file. Positions and lengths are bytes. Whoever opened it closes it. */
export interface OpenFile {
  readonly path: string;
  /** Reads up to `into.length` bytes; returns how many, 0 at the end. */
  readAt(into: Uint8Array, position: number): number;
  /** Writes; may write fewer bytes than given, which is how a full disk shows first. */
  writeAt(bytes: Uint8Array, position: number): number;
  /** Makes everything written so far survive a power cut. After a failure nothing may be believed of this file. */
  sync(): Promise<void>;
  syncNow(): void;
  truncate(length: number): void;
  size(): number;
  /** False once the file has no name any more: somebody removed it while it was open. */
  isLinked(): boolean;
  close(): void;
}

export interface FileStatus {
  kind: "file" | "directory" | "other";
  /** Bytes. */
  size: number;
  /** Permission bits. */
  mode: number;
  /** Nanoseconds since 1970 UTC. */
  modifiedNs: bigint;
}

export interface DirectoryEntry {
  name: string;
  kind: FileStatus["kind"];
}

/**
 * Everything the store does to files, in one place, so that faults can be injected and order can be recorded.
 * Paths are absolute. Errors are the system's own (`code` such as ENOSPC); absence is `undefined`, never a throw.
 */
export interface FilePort {
  open(path: string, mode: OpenMode): OpenFile;
  /** Makes the directory and absent parents, private to the user. Returns the directories made, outermost first. */
  makeDirectory(path: string): string[];
  rename(from: string, to: string): void;
  /** Removes a file; an absent one is no error. */
  remove(path: string): void;
  /** Removes an empty directory; an absent one is no error. */
  removeDirectory(path: string): void;
  /** Entries in code-unit order of their names; empty for an absent directory. */
  list(path: string): DirectoryEntry[];
  /** Status without following a symbolic link, which counts as `other`. */
  status(path: string): FileStatus | undefined;
  /** The path without links on the way to it, for comparing places; undefined where there is nothing. */
  realPath(path: string): string | undefined;
  /** Makes names made, renamed or removed in this directory survive a power cut. */
  syncDirectory(path: string): void;
  setMode(path: string, mode: number): void;
  /** Bytes that the user may still write on the disk of this path. */
  freeBytes(path: string): number;
}
