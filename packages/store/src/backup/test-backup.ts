import { isChattyError } from "@chatty/model";
import { vaultRoot } from "../vault/vault-place.ts";
import type { SealedManifest } from "./backup-manifest.ts";
import type { BackupPlace, BackupTest } from "./backup-place.ts";
import type { BackupSurroundings } from "./open-scratch.ts";
import { removeTree } from "./remove-tree.ts";
import { problemFrom, verifyRestored } from "./restore-home.ts";
import { restoreFiles } from "./restore-files.ts";
import type { TakeBackupOptions } from "./take-backup.ts";

/**
 * Restores a backup into a scratch folder of its place, proves every hash, opens it as a vault and verifies that. The result is
 * written beside the manifest, whatever it is. An object that is damaged is removed, so that the next backup copies it anew.
 * @throws storage errors of the scratch folder, and what the signal says; nothing is then known of the backup
 */
export async function testBackup(
  place: BackupPlace,
  manifest: SealedManifest,
  surroundings: BackupSurroundings,
  options: TakeBackupOptions = {},
): Promise<BackupTest> {
  const started = surroundings.now();
  const scratch = place.makeScratch();
  let test: BackupTest;
  const base = { at: started, manifestHash: manifest.hash, sessions: 0, records: 0, archives: 0 };
  try {
    await restoreFiles(
      place.files,
      place.objects,
      manifest,
      vaultRoot(scratch, manifest.environment),
      options,
    );
    const report = await verifyRestored(scratch, manifest, surroundings, options);
    const { sessions, records, archives } = report.checked;
    const durationMs = surroundings.now() - started;
    const problems = report.problems.map(problemFrom);
    test = { ...base, ok: report.ok, sessions, records, archives, problems, durationMs };
  } catch (error) {
    // A full disk says nothing about the backup; damage and a vault that does not open do.
    const isAboutBackup =
      isChattyError(error) && /^(?:BACKUP|VAULT|LOG|CONFIGURATION|FILE)_/.test(error.code);
    if (!isAboutBackup || options.signal?.aborted === true) throw error;
    const path = typeof error.where?.["path"] === "string" ? error.where["path"] : "";
    const problems = [{ code: error.code, path, message: error.message }];
    test = { ...base, ok: false, problems, durationMs: surroundings.now() - started };
    removeDamaged(place, path);
  } finally {
    removeTree(place.files, scratch);
  }
  place.writeTest(manifest.backupId, test);
  return test;
}

/** What is in the way under its hash would otherwise be taken for what it says. The bytes are worth nothing: they are in no order. */
function removeDamaged(place: BackupPlace, path: string): void {
  const sha256 = /([0-9a-f]{64})$/.exec(path)?.[1];
  if (sha256 === undefined || place.objects.pathOf(sha256) !== path) return;
  if (place.files.status(path)?.kind === "file") place.files.rename(path, `${path}.damaged`);
}
