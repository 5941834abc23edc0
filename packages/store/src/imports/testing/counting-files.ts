import type { FilePort, OpenFile } from "../../files/port.ts";

/** A file port that calls `before` before everything that changes the disk or makes a change last. */
export function countingFiles(files: FilePort, before: () => void): FilePort {
  const opened = (file: OpenFile): OpenFile => ({
    path: file.path,
    readAt: (into, position) => file.readAt(into, position),
    writeAt: (bytes, position) => {
      before();
      return file.writeAt(bytes, position);
    },
    sync: () => {
      before();
      return file.sync();
    },
    syncNow: () => {
      before();
      file.syncNow();
    },
    truncate: (length) => {
      before();
      file.truncate(length);
    },
    size: () => file.size(),
    isLinked: () => file.isLinked(),
    close: () => file.close(),
  });
  return {
    open: (path, mode) => {
      if (mode !== "read") before();
      return opened(files.open(path, mode));
    },
    makeDirectory: (path) => {
      before();
      return files.makeDirectory(path);
    },
    rename: (from, to) => {
      before();
      files.rename(from, to);
    },
    remove: (path) => {
      before();
      files.remove(path);
    },
    removeDirectory: (path) => {
      before();
      files.removeDirectory(path);
    },
    list: (path) => files.list(path),
    status: (path) => files.status(path),
    realPath: (path) => files.realPath(path),
    syncDirectory: (path) => {
      before();
      files.syncDirectory(path);
    },
    freeBytes: (path) => files.freeBytes(path),
    setMode: (path, mode) => {
      before();
      files.setMode(path, mode);
    },
  };
}
