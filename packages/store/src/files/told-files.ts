import { storageError } from "./error-code.ts";
import type { FilePort, OpenFile } from "./port.ts";

/**
 * A file system whose refusals come as `ChattyError` with the path and what was tried, so that no way through the store can hand a
 * person the system's own words. The one place that sees to that; whoever knows better what was meant says so first.
 */
export function toldFiles(inner: FilePort): FilePort {
  return {
    open: (path, mode) => toldFile(told("open", path, () => inner.open(path, mode))),
    makeDirectory: (path) => told("make the folder", path, () => inner.makeDirectory(path)),
    rename: (from, to) => told("move a file to", to, () => inner.rename(from, to)),
    remove: (path) => told("remove", path, () => inner.remove(path)),
    removeDirectory: (path) => told("remove the folder", path, () => inner.removeDirectory(path)),
    list: (path) => told("list", path, () => inner.list(path)),
    status: (path) => told("look at", path, () => inner.status(path)),
    realPath: (path) => told("look at", path, () => inner.realPath(path)),
    syncDirectory: (path) => told("sync the folder", path, () => inner.syncDirectory(path)),
    setMode: (path, mode) => told("set the mode of", path, () => inner.setMode(path, mode)),
    freeBytes: (path) => told("look for room at", path, () => inner.freeBytes(path)),
  };
}

function toldFile(file: OpenFile): OpenFile {
  const { path } = file;
  return {
    path,
    readAt: (into, position) => told("read", path, () => file.readAt(into, position)),
    writeAt: (bytes, position) => told("write to", path, () => file.writeAt(bytes, position)),
    sync: async () => {
      try {
        await file.sync();
      } catch (error) {
        throw storageError(error, "sync", path);
      }
    },
    syncNow: () => told("sync", path, () => file.syncNow()),
    truncate: (length) => told("shorten", path, () => file.truncate(length)),
    size: () => told("look at", path, () => file.size()),
    isLinked: () => told("look at", path, () => file.isLinked()),
    close: () => told("close", path, () => file.close()),
  };
}

function told<Result>(action: string, path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storageError(error, action, path);
  }
}
