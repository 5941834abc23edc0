import type { FilePort, OpenFile } from "../files/port.ts";
import { systemError } from "./watched-files.ts";
import type { FileCall } from "./watched-files.ts";

/**
 * What goes wrong with a file call. The codes fail it with nothing done. `short`: a write takes half of what it is given.
 * `short-full`: it takes half, and there is no room for the rest. `lie`: a sync says yes and has done nothing. `after`: the call is
 * done and then fails all the same.
 */
export type FaultKind =
  | "EIO"
  | "ENOSPC"
  | "EMFILE"
  | "EACCES"
  | "EROFS"
  | "short"
  | "short-full"
  | "lie"
  | "after";

export const faultKinds: readonly FaultKind[] = [
  "EIO",
  "ENOSPC",
  "EMFILE",
  "EACCES",
  "EROFS",
  "short",
  "short-full",
  "lie",
  "after",
];

export type CallKind = FileCall["kind"];

const makes: readonly CallKind[] = ["open", "make-directory", "rename"];
const changes: readonly CallKind[] = [
  ...makes,
  "write",
  "truncate",
  "remove",
  "remove-directory",
  "set-mode",
];
const looks: readonly CallKind[] = ["read", "list", "status", "free-bytes"];
const syncs: readonly CallKind[] = ["sync", "sync-directory"];

/** Calls that a fault can befall. */
const befalls: Readonly<Record<FaultKind, ReadonlySet<CallKind>>> = {
  EIO: new Set([...changes, ...looks, ...syncs, "close"]),
  ENOSPC: new Set([...makes, ...syncs, "write", "truncate", "remove"]),
  EMFILE: new Set(["open", "list", "sync-directory"]),
  EACCES: new Set([...makes, "remove", "remove-directory", "set-mode", "list", "status", "sync-directory"]),
  EROFS: new Set(changes),
  short: new Set(["write"]),
  "short-full": new Set(["write"]),
  lie: new Set(syncs),
  after: new Set([...changes, ...syncs]),
};

/** One fault among the file calls of a scenario. */
export interface FaultPlan {
  fault: FaultKind;
  /** The how many-th call that the fault can befall, counted from 1 while the driver is armed. */
  at: number;
  /** From there on every such call fails. */
  isLasting: boolean;
}

/** A file system with one fault in it, and what can be seen of it. */
export interface FaultyFiles {
  files: FilePort;
  /** Calls are counted, and fail, only while this is true. */
  isArmed: boolean;
  /** Calls so far that the fault can befall. */
  calls: number;
  /** Kinds of the calls that the fault befell. */
  readonly befallen: CallKind[];
  /** Files that are open. */
  readonly open: Set<string>;
}

/** A file system that does what `inner` does, but for one planned fault. For tests. */
export function faultyFiles(inner: FilePort, plan: FaultPlan | undefined): FaultyFiles {
  const state: FaultyFiles = { files: inner, isArmed: false, calls: 0, befallen: [], open: new Set() };
  let isFull = false;
  let opened = 0;

  function strikes(kind: CallKind): boolean {
    if (plan === undefined || !state.isArmed) return false;
    if (isFull && befalls.ENOSPC.has(kind)) {
      // The rest of a short write finds no room; afterwards there is room again unless the fault lasts.
      isFull = plan.isLasting;
      state.befallen.push(kind);
      throw systemError("ENOSPC");
    }
    if (!befalls[plan.fault].has(kind)) return false;
    state.calls += 1;
    if (state.calls < plan.at || (state.calls > plan.at && !plan.isLasting)) return false;
    state.befallen.push(kind);
    return true;
  }

  /** Does a call, or fails as planned. */
  function call<Result>(kind: CallKind, work: () => Result): Result {
    if (!strikes(kind)) return work();
    if (plan?.fault === "after") {
      work();
      throw systemError("EIO");
    }
    throw systemError(plan?.fault ?? "EIO");
  }

  function faultyFile(file: OpenFile): OpenFile {
    opened += 1;
    const name = `${opened} ${file.path}`;
    state.open.add(name);
    return {
      path: file.path,
      readAt: (into, position) => call("read", () => file.readAt(into, position)),
      writeAt: (bytes, position) => {
        if (plan?.fault !== "short" && plan?.fault !== "short-full") {
          return call("write", () => file.writeAt(bytes, position));
        }
        if (!strikes("write")) return file.writeAt(bytes, position);
        isFull = plan.fault === "short-full";
        const taken = Math.max(1, Math.floor(bytes.length / 2));
        return file.writeAt(bytes.subarray(0, taken), position);
      },
      sync: async () => {
        if (!strikes("sync")) await file.sync();
        else if (plan?.fault === "after") {
          await file.sync();
          throw systemError("EIO");
        } else if (plan?.fault !== "lie") throw systemError(plan?.fault ?? "EIO");
      },
      syncNow: () => {
        if (plan?.fault !== "lie") call("sync", () => file.syncNow());
        else if (!strikes("sync")) file.syncNow();
      },
      truncate: (length) => call("truncate", () => file.truncate(length)),
      size: () => file.size(),
      isLinked: () => file.isLinked(),
      close: () => {
        // A descriptor is gone whatever closing it says.
        state.open.delete(name);
        file.close();
        call("close", () => undefined);
      },
    };
  }

  state.files = {
    open: (path, mode) => {
      if (plan?.fault !== "after") return call("open", () => faultyFile(inner.open(path, mode)));
      if (!strikes("open")) return faultyFile(inner.open(path, mode));
      inner.open(path, mode).close();
      throw systemError("EIO");
    },
    makeDirectory: (path) => call("make-directory", () => inner.makeDirectory(path)),
    rename: (from, to) => call("rename", () => inner.rename(from, to)),
    remove: (path) => call("remove", () => inner.remove(path)),
    removeDirectory: (path) => call("remove-directory", () => inner.removeDirectory(path)),
    list: (path) => call("list", () => inner.list(path)),
    status: (path) => call("status", () => inner.status(path)),
    realPath: (path) => inner.realPath(path),
    syncDirectory: (path) => {
      if (plan?.fault !== "lie") call("sync-directory", () => inner.syncDirectory(path));
      else if (!strikes("sync-directory")) inner.syncDirectory(path);
    },
    setMode: (path, mode) => call("set-mode", () => inner.setMode(path, mode)),
    freeBytes: (path) => call("free-bytes", () => inner.freeBytes(path)),
  };
  return state;
}
