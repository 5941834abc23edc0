import { errorCodeOf } from "./error-code.ts";
import type { FilePort, OpenFile } from "./port.ts";

/** `changes`: what changes files or makes them durable. `all`: reading and looking, too. */
export type FileLogLevel = "changes" | "all";

/** One thing that was done to a file or folder. Never a byte of its content. */
export interface FileLogEntry {
  /** When it began; integer milliseconds UTC. */
  at: number;
  operation:
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
    | "real-path"
    | "sync-directory"
    | "set-mode"
    | "free-bytes";
  path: string;
  /** Where a rename goes. */
  to?: string;
  /** Bytes that were read or written, or the length that a file was cut to. */
  bytes?: number;
  /** Microseconds. */
  durationUs: number;
  /** `ok`, or the system's code such as `ENOSPC`. */
  result: string;
}

export interface FileLogOptions {
  level: FileLogLevel;
  /** Called after every operation, in order of their ends. What it throws is the caller's mistake and reaches the store. */
  tell: (entry: FileLogEntry) => void;
}

/** Operations that change nothing and make nothing durable. */
const looks = new Set<FileLogEntry["operation"]>([
  "open",
  "read",
  "close",
  "list",
  "status",
  "real-path",
  "free-bytes",
]);

/** A file system that tells what is done through it. It changes nothing of what is done. */
export function logFiles(inner: FilePort, options: FileLogOptions): FilePort {
  const log = new FileLog(options);
  return {
    open: (path, mode) => {
      // One that makes a file changes something; one that only reads does not.
      const file = log.run(mode === "read" ? "open" : { operation: "open", isChange: true }, { path }, () =>
        inner.open(path, mode),
      );
      return logFile(file, log);
    },
    makeDirectory: (path) => log.run("make-directory", { path }, () => inner.makeDirectory(path)),
    rename: (from, to) => log.run("rename", { path: from, to }, () => inner.rename(from, to)),
    remove: (path) => log.run("remove", { path }, () => inner.remove(path)),
    removeDirectory: (path) => log.run("remove-directory", { path }, () => inner.removeDirectory(path)),
    list: (path) => log.run("list", { path }, () => inner.list(path)),
    status: (path) => log.run("status", { path }, () => inner.status(path)),
    realPath: (path) => log.run("real-path", { path }, () => inner.realPath(path)),
    syncDirectory: (path) => log.run("sync-directory", { path }, () => inner.syncDirectory(path)),
    setMode: (path, mode) => log.run("set-mode", { path }, () => inner.setMode(path, mode)),
    freeBytes: (path) => log.run("free-bytes", { path }, () => inner.freeBytes(path)),
  };
}

function logFile(file: OpenFile, log: FileLog): OpenFile {
  const { path } = file;
  return {
    path,
    readAt: (into, position) =>
      log.run(
        "read",
        { path },
        () => file.readAt(into, position),
        (count) => count,
      ),
    writeAt: (bytes, position) =>
      log.run(
        "write",
        { path },
        () => file.writeAt(bytes, position),
        (count) => count,
      ),
    sync: () => log.wait("sync", { path }, () => file.sync()),
    syncNow: () => log.run("sync", { path }, () => file.syncNow()),
    truncate: (length) => log.run("truncate", { path, bytes: length }, () => file.truncate(length)),
    size: () => file.size(),
    isLinked: () => file.isLinked(),
    close: () => log.run("close", { path }, () => file.close()),
  };
}

type Operation = FileLogEntry["operation"];
type Place = Pick<FileLogEntry, "path" | "to" | "bytes">;

class FileLog {
  readonly #options: FileLogOptions;

  constructor(options: FileLogOptions) {
    this.#options = options;
  }

  run<Value>(
    what: Operation | { operation: Operation; isChange: true },
    place: Place,
    act: () => Value,
    bytesOf?: (value: Value) => number,
  ): Value {
    const isChange = typeof what !== "string" || !looks.has(what);
    if (!isChange && this.#options.level !== "all") return act();
    const operation = typeof what === "string" ? what : what.operation;
    const start = this.#begin();
    let value: Value;
    try {
      value = act();
    } catch (error) {
      this.#tell(operation, place, start, codeOf(error));
      throw error;
    }
    const bytes = bytesOf?.(value);
    this.#tell(operation, bytes === undefined ? place : { ...place, bytes }, start, "ok");
    return value;
  }

  async wait(operation: Operation, place: Place, act: () => Promise<void>): Promise<void> {
    const start = this.#begin();
    try {
      await act();
    } catch (error) {
      this.#tell(operation, place, start, codeOf(error));
      throw error;
    }
    this.#tell(operation, place, start, "ok");
  }

  #begin(): { at: number; clock: number } {
    return { at: Date.now(), clock: performance.now() };
  }

  #tell(operation: Operation, place: Place, start: { at: number; clock: number }, result: string): void {
    const durationUs = Math.round((performance.now() - start.clock) * 1000);
    this.#options.tell({ at: start.at, operation, ...place, durationUs, result });
  }
}

function codeOf(error: unknown): string {
  return errorCodeOf(error) ?? "failed";
}
