import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ChattyError, isChattyError, isJsonObject } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { replaceFile } from "../files/replace-file.ts";
import { removeTree } from "./remove-tree.ts";
import { acquireVaultLock } from "../files/vault-lock.ts";
import type { VaultLock } from "../files/vault-lock.ts";
import { versionControlState } from "../files/version-control.ts";
import { readWholeFile } from "../files/write-all.ts";
import { backupDamaged, backupFormat, isBackupId, parseManifest, sealManifest } from "./backup-manifest.ts";
import type { BackupManifest, BackupProblem, SealedManifest } from "./backup-manifest.ts";
import { ObjectStore } from "./object-store.ts";

const markerName = "chatty-backups.json";
const lockName = "lock.sqlite";

/** What a test of a backup gave; lies beside the manifest. */
export interface BackupTest {
  /** Integer milliseconds UTC. */
  at: number;
  ok: boolean;
  /** Of the manifest that was tested. */
  manifestHash: string;
  sessions: number;
  records: number;
  archives: number;
  problems: BackupProblem[];
  durationMs: number;
}

/** A manifest that can be read, or why it cannot. */
export type FoundBackup =
  | { backupId: string; manifest: SealedManifest; test: BackupTest | undefined }
  | { backupId: string; error: ChattyError };

/** A folder of backups of one vault. */
export class BackupPlace {
  readonly files: FilePort;
  /** Absolute path. */
  readonly folder: string;
  readonly objects: ObjectStore;
  readonly #lock: VaultLock | undefined;

  private constructor(files: FilePort, folder: string, lock: VaultLock | undefined) {
    this.files = files;
    this.folder = folder;
    this.objects = new ObjectStore(files, join(folder, "objects"));
    this.#lock = lock;
  }

  /**
   * Opens a folder for writing, makes it when it is absent, and removes what a process that died left there. Nobody else writes
   * to it until it is closed.
   * @throws {ChattyError} BACKUP_PLACE_FOREIGN, BACKUP_OF_OTHER_VAULT, BACKUP_BUSY, HOME_IN_VERSION_CONTROL and storage errors
   */
  static forWriting(
    files: FilePort,
    folder: string,
    vault: { vaultId: string; environment: string },
  ): BackupPlace {
    refuseVersionControl(files, folder);
    const marker = readMarker(files, folder);
    if (marker === undefined) refuseForeign(files, folder);
    else if (marker.vaultId !== vault.vaultId) throw otherVault(folder);
    try {
      makeDurableFolder(files, folder);
      const lock = lockPlace(files, folder);
      try {
        if (marker === undefined) {
          const { vaultId, environment } = vault;
          const text = JSON.stringify({ format: backupFormat, vaultId, environment }, null, 2);
          replaceFile(files, join(folder, markerName), Buffer.from(`${text}\n`));
        }
        for (const name of ["objects", "manifests"]) makeDurableFolder(files, join(folder, name));
        const place = new BackupPlace(files, folder, lock);
        place.#removeLeftOvers();
        return place;
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      throw storageError(error, "keep backups in", folder);
    }
  }

  /** Opens a folder for reading alone. @throws {ChattyError} BACKUP_NOT_FOUND, BACKUP_PLACE_FOREIGN */
  static forReading(files: FilePort, folder: string): BackupPlace {
    if (files.status(folder)?.kind !== "directory") throw backupNotFound(folder);
    if (readMarker(files, folder) === undefined) {
      if (isEmptyPlace(files, folder)) throw backupNotFound(folder);
      throw foreignPlace(folder);
    }
    return new BackupPlace(files, folder, undefined);
  }

  /** Every manifest, oldest first, those that cannot be read included. */
  list(): FoundBackup[] {
    const ids = this.files
      .list(join(this.folder, "manifests"))
      .map(({ name }) => /^(.+)\.json$/.exec(name)?.[1] ?? "")
      .filter(isBackupId);
    return ids.map((backupId) => {
      try {
        return { backupId, manifest: this.manifest(backupId), test: this.#test(backupId) };
      } catch (error) {
        return { backupId, error: storageError(error, "read", this.#manifestPath(backupId)) };
      }
    });
  }

  /** @throws {ChattyError} BACKUP_NOT_FOUND, BACKUP_DAMAGED, BACKUP_FORMAT_UNKNOWN */
  manifest(backupId: string): SealedManifest {
    const path = this.#manifestPath(backupId);
    const bytes = isBackupId(backupId) ? readWholeFile(this.files, path) : undefined;
    if (bytes === undefined) throw backupNotFound(this.folder, backupId);
    const manifest = parseManifest(bytes, path);
    if (manifest.backupId !== backupId) throw backupDamaged(path, "it is the manifest of another backup");
    return manifest;
  }

  /** The newest backup whose manifest can be read; the named one if one is named. @throws {ChattyError} as {@link manifest} */
  choose(backupId?: string): SealedManifest {
    if (backupId !== undefined) return this.manifest(backupId);
    const newest = this.list().findLast((found) => "manifest" in found);
    if (newest === undefined || !("manifest" in newest)) throw backupNotFound(this.folder);
    return newest.manifest;
  }

  /** Makes a backup of what was kept: every object must be synced before. @returns the manifest's hash */
  writeManifest(manifest: BackupManifest): string {
    const { bytes, hash } = sealManifest(manifest);
    replaceFile(this.files, this.#manifestPath(manifest.backupId), bytes);
    return hash;
  }

  /** Keeps what a test gave. */
  writeTest(backupId: string, test: BackupTest): void {
    replaceFile(this.files, this.#testPath(backupId), Buffer.from(`${JSON.stringify(test)}\n`));
  }

  /** Takes a backup away. Its objects stay until {@link sweepObjects}. */
  removeManifest(backupId: string): void {
    this.files.remove(this.#manifestPath(backupId));
    this.files.remove(this.#testPath(backupId));
    this.files.syncDirectory(join(this.folder, "manifests"));
  }

  /** A folder for work on the way, gone at the latest when the place is opened for writing again. The caller removes it. */
  makeScratch(): string {
    const path = join(this.folder, "scratch", randomBytes(8).toString("hex"));
    makeDurableFolder(this.files, path);
    return path;
  }

  /** Safe to call twice. */
  close(): void {
    this.objects.abandon();
    this.#lock?.release();
  }

  #removeLeftOvers(): void {
    this.objects.removeLeftOvers();
    removeTree(this.files, join(this.folder, "scratch"));
    for (const { name } of this.files.list(join(this.folder, "manifests"))) {
      if (name.endsWith(".tmp")) this.files.remove(join(this.folder, "manifests", name));
    }
  }

  #test(backupId: string): BackupTest | undefined {
    const bytes = readWholeFile(this.files, this.#testPath(backupId));
    if (bytes === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(bytes.toString("utf8"));
      return isJsonObject(value) && typeof value["ok"] === "boolean"
        ? (value as unknown as BackupTest)
        : undefined;
    } catch {
      // A result that cannot be read is no result: the backup counts as untested.
      return undefined;
    }
  }

  #manifestPath(backupId: string): string {
    return join(this.folder, "manifests", `${backupId}.json`);
  }

  #testPath(backupId: string): string {
    return join(this.folder, "manifests", `${backupId}.tested`);
  }
}

function lockPlace(files: FilePort, folder: string): VaultLock {
  const path = join(folder, lockName);
  // SQLite would make it readable by others.
  if (files.status(path) === undefined) files.open(path, "update").close();
  try {
    return acquireVaultLock(path);
  } catch (error) {
    if (!isChattyError(error, "VAULT_BUSY")) throw error;
    throw new ChattyError("BACKUP_BUSY", `Another backup is being written to ${folder}.`, {
      hint: "Let it finish, then try again.",
      where: { path: folder },
      cause: error,
    });
  }
}

function readMarker(files: FilePort, folder: string): { vaultId: string } | undefined {
  const path = join(folder, markerName);
  const bytes = readWholeFile(files, path);
  if (bytes === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw backupDamaged(path, "it is not JSON");
  }
  if (!isJsonObject(value) || typeof value["vaultId"] !== "string") {
    throw backupDamaged(path, "it is not the description of a folder of backups");
  }
  return { vaultId: value["vaultId"] };
}

function refuseForeign(files: FilePort, folder: string): void {
  const status = files.status(folder);
  if (status === undefined) return;
  // A process that died before it wrote the description leaves no more than the lock.
  const others = status.kind === "directory" ? files.list(folder).filter(({ name }) => !isOwn(name)) : [];
  if (status.kind !== "directory" || others.length > 0) throw foreignPlace(folder);
}

/** True where there is nothing, or no more than what a first backup left that was cut short. */
export function isEmptyPlace(files: FilePort, folder: string): boolean {
  return (
    files.status(join(folder, markerName)) === undefined &&
    files.list(folder).every(({ name }) => isOwn(name))
  );
}

function isOwn(name: string): boolean {
  // Opening a vault of an older version keeps its configuration in the vault's own folder of backups.
  const isKept = name === "lost+found" || name.startsWith("before-migration-");
  return isKept || name.startsWith(lockName) || name.startsWith(`.${markerName}.`);
}

function refuseVersionControl(files: FilePort, folder: string): void {
  const control = versionControlState(files, folder);
  if (control.kind !== "tracked" && control.kind !== "unknown") return;
  throw new ChattyError(
    "HOME_IN_VERSION_CONTROL",
    `${folder} lies in the git work tree ${control.workTree}.`,
    {
      hint: "Name a folder outside of it: a backup holds everything that a person ever said.",
      where: { path: folder, workTree: control.workTree },
    },
  );
}

function foreignPlace(folder: string): ChattyError {
  return new ChattyError("BACKUP_PLACE_FOREIGN", `${folder} is not a folder of backups and is not empty.`, {
    hint: "Name an empty or new folder, or one that `chatty backup` made.",
    where: { path: folder },
  });
}

function otherVault(folder: string): ChattyError {
  return new ChattyError("BACKUP_OF_OTHER_VAULT", `${folder} holds backups of another vault.`, {
    hint: "Give every vault a folder of its own.",
    where: { path: folder },
  });
}

function backupNotFound(folder: string, backupId?: string): ChattyError {
  const what = backupId === undefined ? "no backup" : `no backup ${JSON.stringify(backupId)}`;
  return new ChattyError("BACKUP_NOT_FOUND", `There is ${what} in ${folder}.`, {
    hint: "`chatty backups DIR` lists what is there. A folder without a manifest is no backup: it was cut short.",
    where: { path: folder },
  });
}
