import { dirname } from "node:path";
import { absolutePath, layout } from "../../files/layout.ts";
import type { FilePort, OpenFile } from "../../files/port.ts";
import { isTemporaryName } from "../../files/replace-file.ts";
import { listSegments, readSegment } from "../../log/segment.ts";
import { VaultStorage } from "../../vault/vault-storage.ts";
import type { VaultStorageOptions } from "../../vault/vault-storage.ts";
import { simulatedBackups } from "./backup-operations.ts";
import { simulatedRoot } from "./program.ts";
import type { ExploredProgram } from "./program.ts";

const logFolder = absolutePath(simulatedRoot, layout.log);

function isLog(path: string): boolean {
  return path.startsWith(`${logFolder}/`);
}

/** The port with other open files, and with some of its own methods changed. */
export function withFiles(
  files: FilePort,
  change: (file: OpenFile) => OpenFile,
  more: Partial<FilePort> = {},
): FilePort {
  return {
    open: (path, mode) => change(files.open(path, mode)),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    removeDirectory: (path) => files.removeDirectory(path),
    list: (path) => files.list(path),
    status: (path) => files.status(path),
    realPath: (path) => files.realPath(path),
    syncDirectory: (path) => files.syncDirectory(path),
    setMode: (path, mode) => files.setMode(path, mode),
    freeBytes: (path) => files.freeBytes(path),
    ...more,
  };
}

/** The open file with some of its methods changed. */
export function withMethods(file: OpenFile, more: Partial<OpenFile>): OpenFile {
  return {
    path: file.path,
    readAt: (into, position) => file.readAt(into, position),
    writeAt: (bytes, position) => file.writeAt(bytes, position),
    sync: () => file.sync(),
    syncNow: () => file.syncNow(),
    truncate: (length) => file.truncate(length),
    size: () => file.size(),
    isLinked: () => file.isLinked(),
    close: () => file.close(),
    ...more,
  };
}

function withoutLogSync(files: FilePort): FilePort {
  return withFiles(files, (file) =>
    isLog(file.path) ? withMethods(file, { sync: () => Promise.resolve(), syncNow: () => undefined }) : file,
  );
}

function withoutObjectSync(files: FilePort): FilePort {
  return withFiles(files, (file) =>
    file.path.startsWith(`${simulatedBackups}/objects/`)
      ? withMethods(file, { sync: () => Promise.resolve() })
      : file,
  );
}

function withoutLogFolderSync(files: FilePort): FilePort {
  return withFiles(files, (file) => file, {
    syncDirectory: (path) => {
      if (path !== logFolder) files.syncDirectory(path);
    },
  });
}

/** Syncs, but only after those who asked were answered: before the next thing that is done to the file. */
function acknowledgingFirst(files: FilePort): FilePort {
  return withFiles(files, (file) => {
    if (!isLog(file.path)) return file;
    let isOwed = false;
    const pay = (): void => {
      if (isOwed) file.syncNow();
      isOwed = false;
    };
    return withMethods(file, {
      sync: () => {
        isOwed = true;
        return Promise.resolve();
      },
      writeAt: (bytes, position) => {
        pay();
        return file.writeAt(bytes, position);
      },
      close: () => {
        pay();
        file.close();
      },
    });
  });
}

/** The disk takes half of a write of a group now and then, as it does when it is nearly full. */
function takingHalf(): (path: string, length: number) => number | undefined {
  let writes = 0;
  return (path, length) => (isLog(path) && length > 1 && (writes += 1) % 3 === 0 ? length >> 1 : undefined);
}

function ignoringShortCounts(files: FilePort): FilePort {
  return withFiles(files, (file) =>
    withMethods(file, {
      writeAt: (bytes, position) => {
        file.writeAt(bytes, position);
        return bytes.length;
      },
    }),
  );
}

/** The sync of the first group fails, once. */
function failingOnce(): (path: string, how: "now" | "waiting") => boolean {
  let failed = false;
  return (path, how) => {
    if (failed || how !== "waiting" || !isLog(path)) return false;
    failed = true;
    return true;
  };
}

function retryingSync(files: FilePort): FilePort {
  return withFiles(files, (file) =>
    withMethods(file, {
      sync: async () => {
        try {
          await file.sync();
        } catch {
          // The fault: the system has forgotten what it could not write, and says so no second time.
          await file.sync();
        }
      },
    }),
  );
}

/** Cuts every log file where it cannot be read, as a recovery does that knows no durable mark. */
function recoverTruncating(options: VaultStorageOptions): VaultStorage {
  const { files, root } = options;
  const directory = absolutePath(root, layout.log);
  let isCut = false;
  for (const number of listSegments(files, directory)) {
    const content = readSegment(files, directory, number);
    if (isCut) {
      files.remove(content.path);
      continue;
    }
    if (content.goodLength === content.size || content.header === undefined) continue;
    const file = files.open(content.path, "update");
    file.truncate(content.goodLength);
    file.syncNow();
    file.close();
    isCut = true;
  }
  return VaultStorage.recover(options);
}

/** Gives a file its name first and syncs it then. */
function renamingFirst(files: FilePort): FilePort {
  return withFiles(
    files,
    (file) => {
      const isTemporary = isTemporaryName(file.path.slice(dirname(file.path).length + 1));
      return isTemporary ? withMethods(file, { syncNow: () => undefined }) : file;
    },
    {
      rename: (from, to) => {
        files.rename(from, to);
        if (!isTemporaryName(from.slice(dirname(from).length + 1))) return;
        const file = files.open(to, "update");
        file.syncNow();
        file.close();
      },
    },
  );
}

/** Moves a log file to the quarantine without making it durable that its old name is gone. */
function leavingOldNames(files: FilePort): FilePort {
  let isOwed = false;
  return withFiles(files, (file) => file, {
    rename: (from, to) => {
      files.rename(from, to);
      if (isLog(from)) isOwed = true;
    },
    syncDirectory: (path) => {
      if (path === logFolder && isOwed) isOwed = false;
      else files.syncDirectory(path);
    },
  });
}

/** Programs whose fault shows only when a second crash falls into the recovery from the first. */
export const plantedRecoveryFaults: readonly ExploredProgram[] = [
  { name: "leaves the old name of a quarantined log file to chance", files: leavingOldNames },
];

/** Programs with one fault each. All of them have to be found. */
export const plantedFaults: readonly ExploredProgram[] = [
  { name: "does not sync the log", files: withoutLogSync },
  { name: "does not sync the folder of a new log file", files: withoutLogFolderSync },
  { name: "acknowledges before it syncs", files: acknowledgingFirst },
  {
    name: "ignores short counts",
    files: ignoringShortCounts,
    disk: () => ({ take: takingHalf() }),
  },
  { name: "syncs again after a failed sync", files: retryingSync, disk: () => ({ failSync: failingOnce() }) },
  { name: "truncates at the first bad record", recover: recoverTruncating },
  { name: "renames before it syncs", files: renamingFirst },
  { name: "does not sync what the manifest of a backup names", files: withoutObjectSync },
  { name: "removes log files before the checkpoint is durable", durableCheckpoints: false },
];

/** The real code on disks that are as bad as those of the planted faults: it has to bear them. */
export const hardDisks: readonly ExploredProgram[] = [
  { name: "the real code on a disk that takes half of a write", disk: () => ({ take: takingHalf() }) },
  { name: "the real code on a disk whose sync fails once", disk: () => ({ failSync: failingOnce() }) },
];
