import { DatabaseSync } from "node:sqlite";
import { backupDamaged } from "./backup-manifest.ts";
import type { SealedManifest } from "./backup-manifest.ts";
import type { BackupPlace, BackupTest } from "./backup-place.ts";
import { readFileList } from "./file-list.ts";
import { assertNotShrinking } from "./shrink-guard.ts";

/** How many backups stay: the newest of each of so many hours, days and months that have one. */
export interface KeepBackups {
  hourly: number;
  daily: number;
  monthly: number;
}

export const keepByDefault: KeepBackups = { hourly: 24, daily: 30, monthly: 12 };

/** A backup as thinning looks at it. */
export interface ThinnedBackup {
  manifest: SealedManifest;
  test: BackupTest | undefined;
}

/**
 * The backups that stay: the newest one, the newest one that was tested and found good, and the newest of each hour, day and
 * month (UTC) as far as {@link KeepBackups} reaches.
 * @param backups oldest first.
 */
export function backupsToKeep(backups: readonly ThinnedBackup[], keep: KeepBackups): Set<string> {
  const newestFirst = backups.toReversed();
  const kept = new Set<string>();
  const add = (backup: ThinnedBackup | undefined): void => {
    if (backup !== undefined) kept.add(backup.manifest.backupId);
  };
  add(newestFirst[0]);
  add(newestFirst.find(({ test }) => test?.ok === true));
  // Letters of an ISO time up to the hour, the day, the month.
  const spans: [number, number][] = [
    [13, keep.hourly],
    [10, keep.daily],
    [7, keep.monthly],
  ];
  for (const [letters, count] of spans) {
    const seen = new Set<string>();
    for (const backup of newestFirst) {
      const span = new Date(backup.manifest.at).toISOString().slice(0, letters);
      if (seen.has(span) || seen.size >= count) continue;
      seen.add(span);
      add(backup);
    }
  }
  return kept;
}

export interface ThinReport {
  /** Ids of the backups that were taken away, oldest first. */
  removed: string[];
  /** Objects that no backup named any more. */
  removedObjects: number;
  /** Bytes of these. */
  freedBytes: number;
}

/**
 * Takes away the backups that {@link KeepBackups} does not keep, and then every object that no manifest names. While a manifest
 * cannot be read nothing is removed but backups: nobody knows what that one names.
 * @throws {ChattyError} VAULT_WOULD_SHRINK when the newest backup has less than half of one that would go, unless confirmed
 */
export async function thinBackups(
  place: BackupPlace,
  keep: KeepBackups,
  options: { confirmed?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<ThinReport> {
  const found = place.list();
  const readable = found.flatMap((each) => ("manifest" in each ? [each] : []));
  const kept = backupsToKeep(readable, keep);
  const going = readable.filter(({ backupId }) => !kept.has(backupId));
  const newest = readable.at(-1)?.manifest;
  for (const { manifest } of going) {
    if (newest === undefined) break;
    assertNotShrinking(sizeOf(manifest), sizeOf(newest), options.confirmed === true, "thin the backups of");
  }
  for (const { backupId } of going) place.removeManifest(backupId);
  const report: ThinReport = {
    removed: going.map(({ backupId }) => backupId),
    removedObjects: 0,
    freedBytes: 0,
  };
  if (found.length > readable.length) return report;
  const manifests = readable.filter(({ backupId }) => kept.has(backupId)).map(({ manifest }) => manifest);
  return { ...report, ...(await sweepObjects(place, manifests, options.signal)) };
}

/**
 * Takes away every backup that shows a moment before a purge, and with it what was purged; call it when a younger one was tested
 * and found good. A manifest that cannot be read goes, too: nobody knows what it holds.
 * @param purgedAt integer milliseconds UTC of the last purge.
 */
export async function forgetPurged(
  place: BackupPlace,
  purgedAt: number,
  signal?: AbortSignal,
): Promise<ThinReport> {
  const found = place.list();
  const isOlder = (each: (typeof found)[number]): boolean =>
    !("manifest" in each) || each.manifest.at <= purgedAt;
  const going = found.filter(isOlder).map(({ backupId }) => backupId);
  for (const backupId of going) place.removeManifest(backupId);
  place.objects.removeDamaged();
  const kept = place.list().flatMap((each) => ("manifest" in each ? [each.manifest] : []));
  return { removed: going, ...(await sweepObjects(place, kept, signal)) };
}

function sizeOf({ sessions, journalBytes }: SealedManifest): { sessions: number; bytes: number } {
  return { sessions, bytes: journalBytes };
}

/**
 * Removes every object that none of these manifests names. What they name is put down in a temporary database, which spills to
 * disk, so that memory does not grow with the number of objects.
 * @param manifests all there are in the place.
 * @throws {ChattyError} BACKUP_DAMAGED when a list cannot be read; nothing is removed then
 */
export async function sweepObjects(
  place: BackupPlace,
  manifests: readonly SealedManifest[],
  signal?: AbortSignal,
): Promise<Pick<ThinReport, "removedObjects" | "freedBytes">> {
  const database = new DatabaseSync("");
  try {
    database.exec("CREATE TABLE named (sha256 BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID; BEGIN");
    const put = database.prepare("INSERT OR IGNORE INTO named (sha256) VALUES (?)");
    const isNamed = database.prepare("SELECT 1 FROM named WHERE sha256 = ?");
    const name = (sha256: string): void => {
      put.run(Buffer.from(sha256, "hex"));
    };
    for (const { list, backupId } of manifests) {
      name(list.sha256);
      let files = 0;
      for await (const { pieces } of readFileList(place.objects, list)) {
        signal?.throwIfAborted();
        for (const { sha256 } of pieces) name(sha256);
        files += 1;
      }
      if (files === 0) throw backupDamaged(backupId, "its list is empty");
    }
    let removedObjects = 0;
    let freedBytes = 0;
    for (const { sha256, length } of place.objects.list()) {
      signal?.throwIfAborted();
      if (isNamed.get(Buffer.from(sha256, "hex")) !== undefined) continue;
      place.objects.remove(sha256);
      removedObjects += 1;
      freedBytes += length;
    }
    return { removedObjects, freedBytes };
  } finally {
    database.close();
  }
}
