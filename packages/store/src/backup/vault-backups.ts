import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { ExportReader } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { Vault } from "../user-vault.ts";
import { openOwnedVault } from "../vault/open-vault.ts";
import { readAudit } from "../vault/audit.ts";
import { OwnedVault } from "../vault/owned-vault.ts";
import { vaultRoot } from "../vault/vault-place.ts";
import type { SealedManifest } from "./backup-manifest.ts";
import { BackupPlace, isEmptyPlace } from "./backup-place.ts";
import type { BackupTest, FoundBackup } from "./backup-place.ts";
import type { BackupSurroundings } from "./open-scratch.ts";
import { restoreHome } from "./restore-home.ts";
import type { RestoreOptions, RestoreReport } from "./restore-home.ts";
import type { VaultSize } from "./shrink-guard.ts";
import { takeBackup } from "./take-backup.ts";
import type { TakeBackupOptions } from "./take-backup.ts";
import { testBackup } from "./test-backup.ts";
import { forgetPurged, thinBackups } from "./thin-backups.ts";
import type { KeepBackups, ThinReport } from "./thin-backups.ts";
import { snapshotSource } from "./vault-snapshot.ts";

export interface BackupOptions extends TakeBackupOptions {
  /** Restores the backup into a scratch folder, opens and verifies it there. True when absent. */
  test?: boolean;
  /** Thins the folder afterwards; not at all when absent. */
  keep?: KeepBackups;
  /** Thins although the vault has become less than half of what it was. */
  confirmed?: boolean;
}

/** Folder in a vault, left out of what is backed up. */
const backupsName = "backups";

/** A backup as people and programs see it. Times are integer milliseconds UTC, sizes bytes. */
export interface BackupView {
  /** Folder of the backups. */
  path: string;
  backupId: string;
  environment: string;
  at: number;
  files: number;
  bytes: number;
  /** Of these, bytes that no earlier backup of the folder had. */
  newBytes: number;
  sessions: number;
  /** `sha256:…` */
  manifestHash: string;
  /** True when it was restored, opened and found sound. */
  verified: boolean;
  test?: BackupTest;
  /** What was wrong in the vault when it was taken. */
  problems: { code: string; path: string; message: string }[];
}

/** What is in a folder of backups. */
export interface BackupList {
  path: string;
  /** Oldest first. */
  backups: BackupView[];
  /** Manifests that cannot be read. */
  unreadable: { backupId: string; code: string; message: string }[];
}

/** True when there is a vault of this environment in a home. */
export function hasVault(home: string, environment: string, files: FilePort = nodeFiles()): boolean {
  return files.status(absolutePath(vaultRoot(home, environment), layout.vaultFile))?.kind === "file";
}

/** Folder, inside the vault, of the backups that are taken daily. */
export function defaultBackupFolder(vault: Vault): string {
  return absolutePath(vault.root, backupsName);
}

/** How much an open vault holds, for {@link assertNotShrinking}. */
export function sizeOfVault(vault: Vault): VaultSize {
  const size: VaultSize = { sessions: 0, bytes: 0 };
  for (const { catalog } of partsOf(vault).spaces.values()) {
    for (const row of catalog.natives()) {
      size.sessions += 1;
      size.bytes += row.journalLength;
    }
  }
  return size;
}

/**
 * Backs a vault up while work goes on, into a folder that may hold earlier backups of it: only what is new is written.
 * The format is `docs/formats/backup.md`.
 * @param folder absolute path; made when absent.
 * @throws {ChattyError} BACKUP_PLACE_FOREIGN, BACKUP_OF_OTHER_VAULT, BACKUP_BUSY, BACKUP_DISTURBED, BACKUP_INSIDE_VAULT,
 * HOME_IN_VERSION_CONTROL, DISK_FULL and its kind; the folder then has the backups that it had
 */
export async function backupVault(
  vault: Vault,
  folder: string,
  options: BackupOptions = {},
): Promise<BackupView & { thinned?: ThinReport }> {
  const { storage, vault: description, now } = partsOf(vault);
  refuseInside(storage.files, storage.root, folder);
  const { vaultId, environment } = description;
  const place = BackupPlace.forWriting(storage.files, folder, { vaultId, environment });
  try {
    const purgedAt = purgedSince(vault, place);
    const manifest = await takeBackup(snapshotSource(storage, now), place, { vaultId, environment }, options);
    // What takes the place of others must have been found good.
    const isTested = options.test !== false || purgedAt !== undefined;
    const test = isTested ? await testBackup(place, manifest, surroundingsOf(vault), options) : undefined;
    const view = viewOf(folder, manifest, test);
    if (purgedAt !== undefined && test?.ok === true) await forgetPurged(place, purgedAt, options.signal);
    if (options.keep === undefined) return view;
    return { ...view, thinned: await thinBackups(place, options.keep, options) };
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw storageError(error, "back up into", folder);
  } finally {
    place.close();
  }
}

/** Tests a backup that lies there: the newest one when none is named. @throws {ChattyError} as {@link backupVault}, BACKUP_NOT_FOUND */
export async function testBackupOf(
  vault: Vault,
  folder: string,
  options: TakeBackupOptions & { backupId?: string } = {},
): Promise<BackupView> {
  const { storage, vault: description } = partsOf(vault);
  const place = BackupPlace.forWriting(storage.files, folder, description);
  try {
    const manifest = place.choose(options.backupId);
    return viewOf(folder, manifest, await testBackup(place, manifest, surroundingsOf(vault), options));
  } finally {
    place.close();
  }
}

/** What is in a folder of backups. An absent or empty folder has none. @throws {ChattyError} BACKUP_PLACE_FOREIGN */
export function listBackups(folder: string, files: FilePort = nodeFiles()): BackupList {
  const list: BackupList = { path: folder, backups: [], unreadable: [] };
  if (isEmptyPlace(files, folder)) return list;
  for (const found of BackupPlace.forReading(files, folder).list()) take(list, folder, found);
  return list;
}

/**
 * When something was purged last, if the vault's own folder of backups still shows a moment before: nothing of what is purged is to
 * be left in the home. Folders elsewhere are the person's own affair, and keep what they have.
 */
export function purgedSince(vault: Vault, place: BackupPlace): number | undefined {
  const { storage } = partsOf(vault);
  const own = storage.files.realPath(defaultBackupFolder(vault));
  if (own === undefined || own !== storage.files.realPath(place.folder)) return undefined;
  const purgedAt = lastPurgeAt(vault);
  const holds = place.list().some((each) => !("manifest" in each) || each.manifest.at <= (purgedAt ?? -1));
  return holds ? purgedAt : undefined;
}

/** Integer milliseconds UTC of the last purge; undefined when nothing was ever purged. */
export function lastPurgeAt(vault: Vault): number | undefined {
  return readAudit(partsOf(vault).storage).at(-1)?.at;
}

function take(list: BackupList, folder: string, found: FoundBackup): void {
  if ("manifest" in found) list.backups.push(viewOf(folder, found.manifest, found.test));
  else {
    const { code, message } = found.error;
    list.unreadable.push({ backupId: found.backupId, code, message });
  }
}

/**
 * Restores a backup into a home that has no such vault yet; see {@link restoreHome}.
 * @param exports converts exports; without it readable views are written when the vault is next opened with one.
 */
export async function restoreBackup(
  options: RestoreOptions,
  exports?: ExportReader,
  files: FilePort = nodeFiles(),
): Promise<RestoreReport> {
  return await restoreHome(options, surroundings(files, Date.now, exports));
}

/** What a restored vault of this one is opened with. */
export function surroundingsOf(vault: Vault): BackupSurroundings {
  const { storage, reader, now } = partsOf(vault);
  return surroundings(storage.files, now, reader);
}

/** @throws {TypeError} for a vault that is not this package's own */
export function partsOf(vault: Vault): OwnedVault["parts"] {
  if (!(vault instanceof OwnedVault)) throw new TypeError("This vault was not opened by openVault.");
  return vault.parts;
}

function surroundings(
  files: FilePort,
  now: () => number,
  exports: ExportReader | undefined,
): BackupSurroundings {
  return {
    files,
    now,
    exports,
    openOther: (home, environment) =>
      openOwnedVault(
        { home, environment, create: false, ...(exports === undefined ? {} : { exports }) },
        { files, now },
      ),
  };
}

function viewOf(path: string, manifest: SealedManifest, test: BackupTest | undefined): BackupView {
  const { backupId, environment, at, files, bytes, newBytes, sessions, problems, hash } = manifest;
  // A result that was written for other bytes says nothing about these.
  const isOwn = test?.manifestHash === hash;
  return {
    path,
    backupId,
    environment,
    at,
    files,
    bytes,
    newBytes,
    sessions,
    manifestHash: `sha256:${hash}`,
    verified: isOwn && test.ok,
    ...(isOwn ? { test } : {}),
    problems,
  };
}

/** Anywhere in the vault but in its folder of backups, the next backup would hold this one. */
function refuseInside(files: FilePort, root: string, folder: string): void {
  const vault = files.realPath(root) ?? root;
  const below = relative(vault, nearestRealPath(files, folder));
  const isOutside = below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below);
  if (isOutside || below === backupsName || below.startsWith(`${backupsName}${sep}`)) return;
  throw new ChattyError("BACKUP_INSIDE_VAULT", `${folder} lies in the vault that is to be backed up.`, {
    hint: "Name a folder outside of it, best on another disk.",
    where: { path: folder },
  });
}

/** The path without links as far as it exists, with what is still to be made behind it. */
function nearestRealPath(files: FilePort, path: string): string {
  const real = files.realPath(path);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(nearestRealPath(files, dirname(path)), basename(path));
}
