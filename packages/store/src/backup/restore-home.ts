import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { ChattyError, isChattyError } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import { layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { acquireVaultLock } from "../files/vault-lock.ts";
import { checkVaultPlace, vaultRoot } from "../vault/vault-place.ts";
import type { VerifyReport } from "../views.ts";
import { backupDamaged } from "./backup-manifest.ts";
import type { BackupProblem, SealedManifest } from "./backup-manifest.ts";
import { BackupPlace } from "./backup-place.ts";
import { readFileList } from "./file-list.ts";
import type { BackupSurroundings } from "./open-scratch.ts";
import { removeTree } from "./remove-tree.ts";
import { restoreFiles, restoringFolder } from "./restore-files.ts";
import type { BackupProgress } from "./take-backup.ts";

export interface RestoreOptions {
  /** Folder of the backups, absolute. */
  from: string;
  /** The newest one that can be read when absent. */
  backupId?: string;
  /** Data home to restore into, absolute. */
  home: string;
  /** Tells what would be there, and changes nothing. */
  dryRun?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: BackupProgress) => void;
}

/** What a restoring did, or would do. */
export interface RestoreReport {
  /** Folder of the vault. */
  path: string;
  backupId: string;
  environment: string;
  /** Moment that the vault shows; integer milliseconds UTC. */
  at: number;
  files: number;
  /** Bytes of these files. */
  bytes: number;
  sessions: number;
  manifestHash: string;
  /** True when every hash was proven and the vault was opened and found sound. Never in a dry run. */
  verified: boolean;
  /** What the backup found when it was taken, and what a verification finds now. */
  problems: BackupProblem[];
}

const leftOverPattern = /^\.restoring-[0-9a-f]{16}$/;

/**
 * Restores a backup into a home that has no such vault yet: everything is put together and verified in a folder beside it, opened
 * as a vault, and moved into its place by one rename. A crash at any point leaves nothing in that place, or all.
 * @throws {ChattyError} RESTORE_TARGET_NOT_EMPTY, BACKUP_NOT_FOUND, BACKUP_DAMAGED, those of opening a vault, storage errors
 */
export async function restoreHome(
  options: RestoreOptions,
  surroundings: BackupSurroundings,
): Promise<RestoreReport> {
  const { files } = surroundings;
  const place = BackupPlace.forReading(files, options.from);
  const manifest = place.choose(options.backupId);
  const root = vaultRoot(options.home, manifest.environment);
  checkVaultPlace(files, root);
  // Also behind one that was killed right after it had put the vault into its place.
  if (options.dryRun !== true) removeLeftOvers(files, options.home);
  refuseFilled(files, root);
  if (options.dryRun === true) return await describe(place, manifest, root);
  const free = freeBytesOf(files, options.home);
  if (free < manifest.bytes) throw noRoom(options.home, manifest.bytes, free);
  const { home } = options;
  try {
    makeDurableFolder(files, home);
    return await restoreBeside(place, manifest, root, options, surroundings);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw storageError(error, "restore into", home);
  }
}

async function restoreBeside(
  place: BackupPlace,
  manifest: SealedManifest,
  root: string,
  options: RestoreOptions,
  surroundings: BackupSurroundings,
): Promise<RestoreReport> {
  const { files } = surroundings;
  const beside = restoringFolder(options.home, randomBytes(8).toString("hex"));
  makeDurableFolder(files, beside);
  // Whoever finds the folder can tell by this whether its process still lives.
  const lock = acquireVaultLock(join(beside, layout.lockFile));
  try {
    const made = vaultRoot(beside, manifest.environment);
    await restoreFiles(files, place.objects, manifest, made, options);
    const report = await verifyRestored(beside, manifest, surroundings, options);
    options.signal?.throwIfAborted();
    // Somebody may have made a vault there meanwhile.
    refuseFilled(files, root);
    files.removeDirectory(root);
    // The one moment: before it there is nothing in the place, behind it there is all.
    files.rename(made, root);
    files.syncDirectory(dirname(root));
    return {
      ...describedBy(manifest, root),
      verified: report.ok,
      problems: [...manifest.problems, ...report.problems.map(problemFrom)],
    };
  } finally {
    lock.release();
    removeTree(files, beside);
  }
}

/** Opens what was restored as what it is to be, and verifies every byte of it. The vault is closed again. */
export async function verifyRestored(
  home: string,
  manifest: SealedManifest,
  surroundings: BackupSurroundings,
  options: {
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: BackupProgress) => void) | undefined;
  },
): Promise<VerifyReport> {
  options.onProgress?.({ phase: "verify", bytesDone: 0, bytesTotal: manifest.bytes });
  const vault = await surroundings.openOther(home, manifest.environment);
  try {
    if (vault.vaultId !== manifest.vaultId) {
      throw backupDamaged(manifest.backupId, "it is the backup of another vault than it says");
    }
    await vault.settle();
    return await vault.verify();
  } finally {
    await vault.close();
  }
}

export function problemFrom({ code, path, message }: VerifyReport["problems"][number]): BackupProblem {
  return { code, path, message };
}

/** What would be there; looks whether every object is, without reading them. */
async function describe(place: BackupPlace, manifest: SealedManifest, root: string): Promise<RestoreReport> {
  const problems = [...manifest.problems];
  for await (const { path, pieces } of readFileList(place.objects, manifest.list)) {
    const missing = pieces.find((piece) => !place.objects.has(piece));
    if (missing === undefined) continue;
    problems.push({ code: "BACKUP_DAMAGED", path, message: `the object ${missing.sha256} is missing` });
  }
  return { ...describedBy(manifest, root), verified: false, problems };
}

function describedBy(manifest: SealedManifest, path: string): Omit<RestoreReport, "verified" | "problems"> {
  const { backupId, environment, at, files, bytes, sessions, hash } = manifest;
  return { path, backupId, environment, at, files, bytes, sessions, manifestHash: `sha256:${hash}` };
}

function refuseFilled(files: FilePort, root: string): void {
  if (files.status(root) === undefined || files.list(root).length === 0) return;
  throw new ChattyError("RESTORE_TARGET_NOT_EMPTY", `${root} is not empty.`, {
    hint: "Name a new home with --to, or add --merge to bring in what is missing there. Nothing was changed.",
    where: { path: root },
  });
}

/** Removes what a restoring that was killed left behind; one that still runs holds the lock in it. */
export function removeLeftOvers(files: FilePort, home: string): void {
  for (const { name, kind } of files.list(home)) {
    if (kind !== "directory" || !leftOverPattern.test(name)) continue;
    const folder = join(home, name);
    try {
      acquireVaultLock(join(folder, layout.lockFile)).release();
    } catch (error) {
      if (isChattyError(error, "VAULT_BUSY")) continue;
      throw error;
    }
    removeTree(files, folder);
  }
}

function freeBytesOf(files: FilePort, path: string): number {
  let at = path;
  while (files.status(at) === undefined && dirname(at) !== at) at = dirname(at);
  return files.freeBytes(at);
}

function noRoom(home: string, bytes: number, free: number): ChattyError {
  return new ChattyError("DISK_FULL", `${home} has room for ${free} bytes, and the backup has ${bytes}.`, {
    hint: "Free some space, or name a home on another disk with --to. Nothing was changed.",
    where: { path: home },
  });
}
