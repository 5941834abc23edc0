import type { FilePort, FileStatus } from "../files/port.ts";
import { absolutePath, layout } from "../files/layout.ts";

/** A file of a vault that a backup looks at. */
export interface WalkedFile {
  /** Path inside the vault. */
  path: string;
  status: FileStatus;
}

/**
 * Left out at the top: the lock; the configuration and the log, which are not copied as they lie there; the catalog, which is
 * derived; and backups, which must not hold themselves.
 */
const leftOutAtTop = /^(?:lock\.sqlite|chatty\.db|catalog|backups|log)(?:-journal|-wal|-shm)?$/;
/** Pieces of uploads: nobody was told that they are imported. */
const stagingPattern = /^imports\/users\/[^/]+\/[^/]+\/staging$/;

/**
 * Every file of a vault that may belong into a backup, in the order of `comparePaths`. Links are never followed, and files
 * under way are passed over.
 */
export function* walkVault(files: FilePort, root: string): Generator<WalkedFile> {
  yield* walkFolder(files, root, "");
}

function* walkFolder(files: FilePort, root: string, folder: string): Generator<WalkedFile> {
  const absolute = folder === "" ? root : absolutePath(root, folder);
  for (const { name, kind } of files.list(absolute)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (folder === "" && leftOutAtTop.test(name)) continue;
    if (kind === "directory") {
      if (!stagingPattern.test(path)) yield* walkFolder(files, root, path);
      continue;
    }
    if (kind !== "file" || isUnderWay(name)) continue;
    const status = files.status(absolutePath(root, path));
    if (status?.kind === "file") yield { path, status };
  }
}

function isUnderWay(name: string): boolean {
  return name.startsWith(".") && /\.tmp(?:\.bak)?$/.test(name);
}

/** Journals of native sessions; one that was begun anew after a fault has more than one file. */
export function sessionOfJournal(path: string): string | undefined {
  return /^vvault\/users\/[^/]+\/[^/]+\/instances\/[^/]+\/sessions\/([^/]+)\/messages(?:\.\d+)?\.jsonl$/.exec(
    path,
  )?.[1];
}

/** The journal of the session in whose folder a file lies; undefined for files elsewhere and for journals. */
export function journalBeside(path: string): string | undefined {
  const folder = /^(vvault\/users\/[^/]+\/[^/]+\/instances\/[^/]+\/sessions\/[^/]+)\//.exec(path)?.[1];
  return folder === undefined || sessionOfJournal(path) !== undefined
    ? undefined
    : `${folder}/messages.jsonl`;
}

/** Files besides journals that the commit log feeds: events of a user, and the audit of the vault. */
export function isEventFile(path: string): boolean {
  const isEvents = path.startsWith("continuity/") && path.endsWith(".jsonl") && path.includes("/events/");
  return isEvents || path === layout.audit;
}

/** The hash that a file carries in its name, where names are hashes. */
export function hashInName(path: string): string | undefined {
  return /\/(?:archives|files|staged)\/([0-9a-f]{64})(?:\.[a-z0-9]{1,8})?$/.exec(path)?.[1];
}

/** Relative path of the configuration. */
export const configurationPath = layout.configuration;
