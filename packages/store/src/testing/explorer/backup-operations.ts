import { dirname, join } from "node:path";
import { backupFormat } from "../../backup/backup-manifest.ts";
import { BackupPlace } from "../../backup/backup-place.ts";
import { removeTree } from "../../backup/remove-tree.ts";
import { restoreFiles } from "../../backup/restore-files.ts";
import { takeBackup } from "../../backup/take-backup.ts";
import type { SnapshotSource, VaultSnapshot } from "../../backup/vault-snapshot.ts";
import { makeDurableFolder } from "../../files/durable-folder.ts";
import { absolutePath, layout } from "../../files/layout.ts";
import type { FilePort } from "../../files/port.ts";
import { replaceFile } from "../../files/replace-file.ts";
import { readWholeFile, writeAll } from "../../files/write-all.ts";
import { segmentName } from "../../log/segment.ts";
import type { VaultStorage } from "../../vault/vault-storage.ts";
import { simulatedHome, simulatedVaultId } from "./program.ts";
import { configurationText } from "./simulated-configuration.ts";
import type { SimulatedConfiguration } from "./simulated-configuration.ts";

/** Where backups of simulated vaults lie. */
export const simulatedBackups = `${simulatedHome}/backups`;
/** Restored vaults lie beside the vault, under this and a number. */
export const restoredPrefix = "restored-";

const vault = { vaultId: simulatedVaultId, environment: "test" };

/** Makes the folder of backups, as its first backup does. The lock of the real one is no file of ours. */
export function makeBackupPlace(files: FilePort): void {
  makeDurableFolder(files, simulatedBackups);
  const marker = JSON.stringify({ format: backupFormat, ...vault }, null, 2);
  replaceFile(files, join(simulatedBackups, "chatty-backups.json"), Buffer.from(`${marker}\n`));
  for (const name of ["objects", "manifests"]) makeDurableFolder(files, join(simulatedBackups, name));
}

/** Takes a backup with the real code; only the copy of the configuration is one of the simulated configuration. */
export async function backUp(storage: VaultStorage, now: () => number): Promise<void> {
  const place = BackupPlace.forReading(storage.files, simulatedBackups);
  place.objects.removeLeftOvers();
  removeTree(storage.files, join(simulatedBackups, "scratch"));
  await takeBackup(sourceOf(storage, now), place, vault);
}

/** Restores the newest backup into a folder beside and gives that its name when everything in it is synced. */
export async function restoreNewest({ files }: VaultStorage): Promise<void> {
  const place = BackupPlace.forReading(files, simulatedBackups);
  const manifest = place.choose();
  const count = files.list(simulatedHome).filter(({ name }) => name.startsWith(restoredPrefix)).length;
  const beside = join(simulatedHome, ".restoring");
  removeTree(files, beside);
  makeDurableFolder(files, beside);
  const made = join(beside, "vault");
  await restoreFiles(files, place.objects, manifest, made);
  const target = join(simulatedHome, `${restoredPrefix}${count + 1}`);
  files.rename(made, target);
  files.syncDirectory(dirname(target));
  removeTree(files, beside);
}

function sourceOf(storage: VaultStorage, now: () => number): SnapshotSource {
  const { files, root } = storage;
  return {
    files,
    root,
    snapshot: async () => {
      await storage.checkpoint();
      return await storage.standStill((seq) => snapshotOf(storage, seq, now()));
    },
  };
}

function snapshotOf(storage: VaultStorage, seq: number, at: number): VaultSnapshot {
  const { files, root } = storage;
  const configuration = storage.configuration as SimulatedConfiguration;
  const { state } = configuration;
  const path = `${layout.log}/${segmentName(storage.log.segmentNumber)}`;
  const bytes = readWholeFile(files, absolutePath(root, path)) ?? Buffer.alloc(0);
  return {
    at,
    seq,
    log: { path, bytes },
    mark: (wanted) => state.marks.get(wanted),
    marks: () => configuration.marks()[Symbol.iterator](),
    isDerivedText: () => false,
    copyConfiguration: (to) => {
      const file = files.open(to, "create");
      try {
        writeAll(file, Buffer.from(configurationText(state)), 0);
      } finally {
        file.close();
      }
      return Promise.resolve();
    },
    close: () => undefined,
  };
}
