import { dirname } from "node:path";
import { createUuid } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { logFiles } from "../files/file-log.ts";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import { isTemporaryName } from "../files/replace-file.ts";
import { toldFiles } from "../files/told-files.ts";
import { acquireVaultLock } from "../files/vault-lock.ts";
import type { VaultLock } from "../files/vault-lock.ts";
import { listSegments, readSegment } from "../log/segment.ts";
import type { OpenVaultOptions, Vault } from "../user-vault.ts";
import { openConfiguration } from "../workspace/database.ts";
import type { Configuration, OlderConfiguration } from "../workspace/database.ts";
import { keepBeforeMigration } from "./before-migration.ts";
import { OwnedVault } from "./owned-vault.ts";
import { readVaultFile, vaultFormat, writeVaultFile } from "./vault-file.ts";
import type { VaultFile } from "./vault-file.ts";
import { tellRoom } from "./room-to-open.ts";
import { checkVaultPlace, vaultRoot } from "./vault-place.ts";
import { VaultStorage } from "./vault-storage.ts";
import type { VaultStorageOptions } from "./vault-storage.ts";

/** For tests and harnesses: another file system, another clock. */
export interface VaultDrivers {
  files?: FilePort;
  now?: () => number;
}

/**
 * Opens a vault as its one owner, recovers what a crash left behind, and makes the vault when it is absent.
 * @throws {ChattyError} VAULT_BUSY, VAULT_NOT_FOUND, ENVIRONMENT_UNKNOWN, ENVIRONMENT_MISMATCH, VAULT_FORMAT_UNKNOWN,
 * HOME_IN_VERSION_CONTROL, HOME_NOT_PRIVATE, HOME_NOT_A_FOLDER, CONFIGURATION_…, LOG_…, DISK_FULL, NOT_WRITABLE; nothing that
 * was acknowledged is touched then.
 */
export async function openVault(options: OpenVaultOptions, drivers: VaultDrivers = {}): Promise<Vault> {
  return await openOwnedVault(options, drivers);
}

/** As {@link openVault}, for code of the store that needs what the public interface does not show. */
export async function openOwnedVault(
  options: OpenVaultOptions,
  drivers: VaultDrivers = {},
): Promise<OwnedVault> {
  const root = vaultRoot(options.home, options.environment);
  try {
    return await openAt(root, options, drivers);
  } catch (error) {
    throw tellRoom(openingError(error, root), drivers.files ?? nodeFiles(), root);
  }
}

async function openAt(root: string, options: OpenVaultOptions, drivers: VaultDrivers): Promise<OwnedVault> {
  const port = drivers.files ?? nodeFiles();
  const files = toldFiles(options.fileLog === undefined ? port : logFiles(port, options.fileLog));
  const now = drivers.now ?? Date.now;
  const vaultPath = absolutePath(root, layout.vaultFile);
  checkVaultPlace(files, root);
  const described = readVaultFile(files, vaultPath, options.environment);
  if (described === undefined && options.create === false) throw vaultNotFound(root);
  const lock = takeLock(files, root);
  let configuration: Configuration | undefined;
  let storage: VaultStorage | undefined;
  let owned: OwnedVault | undefined;
  try {
    // Read again under the lock: another process may have made the vault in between.
    const vault = described ?? readVaultFile(files, vaultPath, options.environment);
    const path = absolutePath(root, layout.configuration);
    if (vault !== undefined && files.status(path) === undefined) throw configurationMissing(path);
    configuration = openPrivateConfiguration(files, path, (older) => {
      keepBeforeMigration(files, root, older, now());
    });
    removeTemporaryFiles(files, root);
    const opened = vault ?? beginVaultFile(options.environment, now());
    const storageOptions = { files, root, vaultId: opened.vaultId, configuration, now };
    storage =
      vault === undefined
        ? await beginStorage(storageOptions, vaultPath, opened)
        : VaultStorage.recover(storageOptions);
    const isNew = vault === undefined;
    const { exports: reader, searchThread, meaning } = options;
    owned = new OwnedVault({ lock, storage, vault: opened, isNew, reader, searchThread, meaning, now });
    await owned.start();
    return owned;
  } catch (error) {
    await letGo(owned ?? storage, configuration, lock);
    throw error;
  }
}

/** Lets go of what a vault holds that could not start. Why it could not is the error to tell; each part is let go of whatever the others say. */
async function letGo(
  opened: { abandon: () => Promise<void> } | undefined,
  configuration: Configuration | undefined,
  lock: VaultLock,
): Promise<void> {
  try {
    await opened?.abandon();
  } catch {
    // A disk that failed the start may fail the closing of its files, too.
  } finally {
    try {
      configuration?.close();
    } finally {
      lock.release();
    }
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const sqliteRefusals = [8, 14];

/** Says of whatever the system or SQLite refused on the way what that means for a person. */
function openingError(error: unknown, root: string): unknown {
  if (!(error instanceof Error)) return error;
  if ("syscall" in error) {
    const path = "path" in error && typeof error.path === "string" ? error.path : root;
    return storageError(error, "use", path);
  }
  const isRefused =
    "errcode" in error && typeof error.errcode === "number" && sqliteRefusals.includes(error.errcode % 256);
  if (!isRefused) return error;
  return storageError(
    Object.assign(new Error(error.message, { cause: error }), { code: "EACCES" }),
    "use",
    root,
  );
}

function takeLock(files: FilePort, root: string): VaultLock {
  const path = absolutePath(root, layout.lockFile);
  try {
    makeDurableFolder(files, root);
    // SQLite would make it readable by others.
    if (files.status(path) === undefined) files.open(path, "update").close();
  } catch (error) {
    throw storageError(error, "make the vault in", root);
  }
  return acquireVaultLock(path);
}

function openPrivateConfiguration(
  files: FilePort,
  path: string,
  beforeMigration: (older: OlderConfiguration) => void,
): Configuration {
  try {
    // SQLite would make it readable by others, and of one that is read-only it says no more than that it cannot be opened.
    files.open(path, files.status(path) === undefined ? "create" : "update").close();
  } catch (error) {
    throw storageError(error, "open", path);
  }
  return openConfiguration(path, { beforeMigration });
}

function beginVaultFile(environment: string, createdAt: number): VaultFile {
  return { format: vaultFormat, vaultId: createUuid(createdAt), environment, createdAt };
}

/** Makes a vault. A crash before its description is written leaves a folder that is begun again. */
async function beginStorage(
  options: VaultStorageOptions,
  vaultPath: string,
  vault: VaultFile,
): Promise<VaultStorage> {
  const { files, root, configuration } = options;
  const log = absolutePath(root, layout.log);
  // Only what a creation that was cut short leaves may be begun again.
  const holdsData = ["vvault", "imports", "continuity"].some(
    (folder) => files.status(absolutePath(root, folder)) !== undefined,
  );
  const holdsGroups = listSegments(files, log).some(
    (number) => readSegment(files, log, number).groups.length > 0,
  );
  if (configuration.appliedSeq() > 0 || holdsData || holdsGroups) {
    throw new ChattyError("VAULT_FILE_MISSING", `${vaultPath} is missing, but the folder holds data.`, {
      hint: "Nothing was changed. Put the file back from a backup.",
      where: { path: vaultPath },
    });
  }
  for (const entry of files.list(log)) files.remove(absolutePath(log, entry.name));
  const storage = VaultStorage.begin(options);
  try {
    writeVaultFile(files, vaultPath, vault);
    // Whoever made these folders may have died before their names were synced.
    files.syncDirectory(dirname(root));
    files.syncDirectory(dirname(dirname(root)));
  } catch (error) {
    await storage.abandon();
    throw error;
  }
  return storage;
}

function removeTemporaryFiles(files: FilePort, root: string): void {
  for (const entry of files.list(root)) {
    if (entry.kind === "file" && isTemporaryName(entry.name)) files.remove(absolutePath(root, entry.name));
  }
}

function vaultNotFound(root: string): ChattyError {
  return new ChattyError("VAULT_NOT_FOUND", `There is no vault in ${root}.`, {
    hint: "Import something, or name the right home with --home and the environment with --env.",
    where: { path: root },
  });
}

function configurationMissing(path: string): ChattyError {
  return new ChattyError("CONFIGURATION_MISSING", `The vault's configuration ${path} is missing.`, {
    hint: "Nothing was changed. Put the file back from a backup.",
    where: { path },
  });
}
