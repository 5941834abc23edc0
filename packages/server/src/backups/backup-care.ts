import { isAbsolute } from "node:path";
import { ChattyError } from "@chatty/model";
import {
  backupVault,
  defaultBackupFolder,
  listBackups,
  mergeBackup,
  restoreBackup,
  startBackupSchedule,
  testBackupOf,
} from "@chatty/store";
import type {
  BackupSchedule,
  BackupView,
  KeepBackups,
  MergeReport,
  RestoreReport,
  UserVault,
  Vault,
} from "@chatty/store";
import type { Backup, BackupList } from "../api/backups.ts";
import type { Job } from "../api/imports.ts";
import type { JobBoard, JobPatch, JobTask } from "../jobs/job-board.ts";
import { settingsOf } from "../routes/settings/settings-routes.ts";

/** Where a backup is restored to: a home that holds no vault yet, or, when absent, into this vault what it lacks. */
export interface RestorePlace {
  /** Absolute path. */
  home?: string | undefined;
}

/** Takes backups when they are due or asked for, and restores them. */
export interface BackupCare {
  list(): BackupList;
  /** Takes one now; one that runs is not begun a second time. */
  start(): Job;
  /** Restores one on trial and reads it back; one that runs is not begun a second time. */
  test(backupId: string): Job;
  /**
   * Tests the backup whose last test is longest ago, when that is more than `staleTestMs`: a disk can forget what it once kept.
   * @returns undefined when none is that old, or something else is being done with backups.
   */
  testOldest(): Promise<void> | undefined;
  /** What restoring would put where; changes nothing. @throws {ChattyError} as `restoreBackup` and `mergeBackup` */
  preview(backupId: string, place: RestorePlace): Promise<RestoreReport | MergeReport>;
  /** Restores as a job. */
  restore(backupId: string, place: RestorePlace): Job;
  /** Takes one a day from now on, as the settings want it; call it again when they were changed. */
  watch(): void;
  /** Takes none any more. One that runs is called off, and is gone without a trace when this resolves. */
  stop(): Promise<void>;
}

export interface BackupCareParts {
  vault: Vault;
  user: UserVault;
  board: JobBoard;
  /** Integer milliseconds UTC. */
  now: () => number;
}

/** A backup that was not tested for so long is tested again. */
export const staleTestMs = 30 * 24 * 60 * 60_000;
const dayMs = 24 * 60 * 60_000;

export function createBackupCare({ vault, user, board, now }: BackupCareParts): BackupCare {
  let triedAt = Number.NEGATIVE_INFINITY;
  let schedule: { key: string; running: BackupSchedule } | undefined;
  const folder = (): string => settingsOf(user).backupFolder ?? defaultBackupFolder(vault);
  const keep = (): KeepBackups => {
    const settings = settingsOf(user);
    return {
      hourly: settings.backupKeepHourly,
      daily: settings.backupKeepDaily,
      monthly: settings.backupKeepMonthly,
    };
  };
  const running = (kind: Job["kind"]): Job | undefined =>
    board.list().find((job) => job.kind === kind && board.isRunning(job.jobId));
  /** Shows among the jobs what was done without anybody asking. */
  const tell = (outcome: () => JobPatch): void => {
    board.run(
      { kind: "backup", name: "Backup", canCancel: false },
      async () => await Promise.resolve(outcome()),
    );
  };
  const endSchedule = async (): Promise<void> => {
    const ending = schedule?.running;
    schedule = undefined;
    await ending?.stop();
  };
  const work = async (
    backupId: string,
    { home }: RestorePlace,
    options: ReturnType<typeof following> | { dryRun: true },
  ): Promise<RestoreReport | MergeReport> => {
    const from = folder();
    if (home === undefined) return await mergeBackup(vault, from, { backupId, ...options });
    return await restoreBackup({ from, backupId, home: absolute(home), ...options });
  };

  const test = (backupId: string): Job => {
    const there = running("backup");
    if (there !== undefined) return there;
    return board.run({ kind: "backup", name: "Test of a backup", canCancel: true }, async (task) => {
      task.update({ state: "running" });
      return { report: backupOf(await testBackupOf(vault, folder(), { backupId, ...following(task) })) };
    }).job;
  };

  const watch = (): void => {
    const { backupDaily } = settingsOf(user);
    const key = JSON.stringify([backupDaily, folder(), keep()]);
    if (schedule?.key === key) return;
    // What the former one still does is called off; the new one goes on from what lies there then.
    endSchedule().catch(() => undefined);
    if (!backupDaily) return;
    const begun = startBackupSchedule(vault, {
      folder: folder(),
      keep: keep(),
      onBackup: (made) => tell(() => ({ report: backupOf(made) })),
      onFailure: (error) =>
        tell(() => {
          throw error;
        }),
    });
    schedule = { key, running: begun };
  };

  return {
    list: () => {
      const { path, backups, unreadable } = listBackups(folder());
      const nextAt = schedule?.running.nextDueAt ?? null;
      return { folder: path, backups: backups.toReversed().map(backupOf), unreadable, nextAt };
    },
    start() {
      const there = running("backup");
      if (there !== undefined) return there;
      return board.run({ kind: "backup", name: "Backup", canCancel: true }, async (task) => {
        task.update({ state: "running" });
        // None goes for one that somebody asked for; thinning is left to those that are taken without asking.
        const made = await backupVault(vault, folder(), following(task));
        // The next one is due a day after this one.
        if (schedule !== undefined) {
          await endSchedule();
          watch();
        }
        return { report: backupOf(made) };
      }).job;
    },
    test,
    testOldest() {
      if (running("backup") !== undefined || running("restore") !== undefined) return undefined;
      const [oldest] = listBackups(folder())
        .backups.map(({ backupId, at, test: tested }) => ({ backupId, testedAt: tested?.at ?? at }))
        .sort((left, right) => left.testedAt - right.testedAt);
      if (oldest === undefined || now() - oldest.testedAt < staleTestMs) return undefined;
      // One that cannot be tested now, for want of space say, is not tried again all day long.
      if (now() - triedAt < dayMs) return undefined;
      triedAt = now();
      return board.settled(test(oldest.backupId).jobId);
    },
    preview: async (backupId, place) => await work(backupId, place, { dryRun: true }),
    restore(backupId, place) {
      const name = place.home === undefined ? "Bring back what is missing" : `Restore into ${place.home}`;
      return board.run({ kind: "restore", name, canCancel: true }, async (task) => {
        task.update({ state: "running" });
        return { report: await work(backupId, place, following(task)) };
      }).job;
    },
    watch,
    async stop() {
      for (const kind of ["backup", "restore"] as const) {
        const job = running(kind);
        // One that ended meanwhile cannot be called off, and need not be.
        if (job !== undefined) board.cancel(job.jobId).catch(() => undefined);
      }
      await endSchedule();
    },
  };
}

function following(task: JobTask) {
  return {
    signal: task.signal,
    onProgress: (progress: { phase: string; bytesDone: number; bytesTotal: number }) =>
      task.update({
        phase: progress.phase,
        bytesDone: progress.bytesDone,
        bytesTotal: progress.bytesTotal === 0 ? null : progress.bytesTotal,
      }),
  };
}

/** @throws {ChattyError} PATH_NOT_ABSOLUTE */
function absolute(path: string): string {
  if (isAbsolute(path)) return path;
  throw new ChattyError(
    "PATH_NOT_ABSOLUTE",
    `${JSON.stringify(path.slice(0, 200))} does not name a place on its own.`,
    { hint: "Write the whole path, from the root of the disk on." },
  );
}

function backupOf(view: BackupView): Backup {
  const { backupId, at, files, bytes, newBytes, sessions, manifestHash, verified, test } = view;
  const problems = [...view.problems, ...(test?.problems ?? [])];
  return {
    backupId,
    at,
    files,
    bytes,
    newBytes,
    sessions,
    manifestHash,
    verified,
    problems: problems.map(({ code, path, message }) => ({ code, path, message })),
    ...(test === undefined ? {} : { testedAt: test.at }),
  };
}
