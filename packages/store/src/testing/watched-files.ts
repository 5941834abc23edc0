import type { FilePort, OpenFile } from "../files/port.ts";

/** One thing that is about to be done to a file or folder. */
export interface FileCall {
  kind:
    | "open"
    | "read"
    | "write"
    | "sync"
    | "truncate"
    | "close"
    | "make-directory"
    | "rename"
    | "remove"
    | "remove-directory"
    | "list"
    | "status"
    | "sync-directory"
    | "set-mode"
    | "free-bytes";
  path: string;
  /** Where a rename goes. */
  to?: string;
  /** Byte offset of a read or write; new length of a truncation. */
  position?: number;
  /** Bytes of a read or write. */
  length?: number;
}

/** What tests do to a file system from outside. */
export interface FileWatch {
  /** Sees every call before it is done. Throwing makes the call fail with nothing done. */
  before?: (call: FileCall) => void;
  /** How many bytes a write takes; as many as given when undefined. */
  take?: (call: FileCall) => number | undefined;
  /** A sync begins only when this has resolved. */
  hold?: (call: FileCall) => Promise<void>;
  /** True leaves syncs out, where only content matters and thousands of cases have to be tried. */
  skipSyncs?: boolean;
}

/** A file system around another one that tells what is done to it and fails where it is told to. For tests. */
export function watchFiles(inner: FilePort, watch: FileWatch): FilePort {
  const tell = (call: FileCall): void => watch.before?.(call);
  return {
    open: (path, mode) => {
      tell({ kind: "open", path });
      return watchFile(inner.open(path, mode), watch, tell);
    },
    makeDirectory: (path) => {
      tell({ kind: "make-directory", path });
      return inner.makeDirectory(path);
    },
    rename: (from, to) => {
      tell({ kind: "rename", path: from, to });
      inner.rename(from, to);
    },
    remove: (path) => {
      tell({ kind: "remove", path });
      inner.remove(path);
    },
    removeDirectory: (path) => {
      tell({ kind: "remove-directory", path });
      inner.removeDirectory(path);
    },
    list: (path) => {
      tell({ kind: "list", path });
      return inner.list(path);
    },
    status: (path) => {
      tell({ kind: "status", path });
      return inner.status(path);
    },
    syncDirectory: (path) => {
      tell({ kind: "sync-directory", path });
      if (watch.skipSyncs !== true) inner.syncDirectory(path);
    },
    setMode: (path, mode) => {
      tell({ kind: "set-mode", path });
      inner.setMode(path, mode);
    },
    realPath: (path) => inner.realPath(path),
    freeBytes: (path) => {
      tell({ kind: "free-bytes", path });
      return inner.freeBytes(path);
    },
  };
}

function watchFile(file: OpenFile, watch: FileWatch, tell: (call: FileCall) => void): OpenFile {
  const { path } = file;
  return {
    path,
    readAt: (into, position) => {
      tell({ kind: "read", path, position, length: into.length });
      return file.readAt(into, position);
    },
    writeAt: (bytes, position) => {
      const call: FileCall = { kind: "write", path, position, length: bytes.length };
      tell(call);
      const taken = watch.take?.(call);
      return file.writeAt(taken === undefined ? bytes : bytes.subarray(0, taken), position);
    },
    sync: async () => {
      const call: FileCall = { kind: "sync", path };
      tell(call);
      await watch.hold?.(call);
      if (watch.skipSyncs !== true) await file.sync();
    },
    syncNow: () => {
      tell({ kind: "sync", path });
      if (watch.skipSyncs !== true) file.syncNow();
    },
    truncate: (length) => {
      tell({ kind: "truncate", path, position: length });
      file.truncate(length);
    },
    size: () => file.size(),
    isLinked: () => file.isLinked(),
    close: () => {
      tell({ kind: "close", path });
      file.close();
    },
  };
}

/** An error as the system gives it. For tests. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up for a test`), { code });
}
