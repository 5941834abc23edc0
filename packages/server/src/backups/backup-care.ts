import { isAbsolute } from "node:path";
import { ChattyError } from "@chatty/model";
import { backupVault, defaultBackupFolder, listBackups, restoreBackup } from "@chatty/store";
import type { BackupView, RestoreReport, UserVault, Vault } from "@chatty/store";
import type { Backup, BackupList } from "../api/backups.ts";
import type { Job } from "../api/imports.ts";
import type { JobBoard, JobTask } from "../jobs/job-board.ts";
import { settingsOf } from "../routes/settings/settings-routes.ts";

/** Takes backups when they are due or asked for, and restores them elsewhere. */
export interface BackupCare {
  list(): BackupList;
  /** Takes one now; one that runs is not begun a second time. */
  start(): Job;
  /** What restoring would put where; changes nothing. @throws {ChattyError} as `restoreBackup` */
  preview(backupId: string, home: string): Promise<RestoreReport>;
  /** Restores into a home that holds no vault yet, as a job. */
  restore(backupId: string, home: string): Job;
  /** Begins to take one a day, as the settings want it. */
  watch(): void;
  /** Takes none any more; one that runs is called off, and leaves nothing half done. */
  stop(): void;
}

export interface BackupCareParts {
  vault: Vault;
  user: UserVault;
  board: JobBoard;
  /** Integer milliseconds UTC. */
  now: () => number;
}

const dayMs = 24 * 60 * 60_000;
/** A vault that has no backup gets its first one when the server has run for so long. */
const firstAfterMs = 10 * 60_000;
const lookEveryMs = 5 * 60_000;

export function createBackupCare({ vault, user, board, now }: BackupCareParts): BackupCare {
  const startedAt = now();
  let timer: NodeJS.Timeout | undefined;
  const folder = (): string => settingsOf(user).backupFolder ?? defaultBackupFolder(vault);
  const running = (kind: Job["kind"]): Job | undefined =>
    board.list().find((job) => job.kind === kind && board.isRunning(job.jobId));

  const nextAt = (): number | null => {
    if (!settingsOf(user).backupDaily) return null;
    const newest = listBackups(folder()).backups.at(-1);
    return newest === undefined ? startedAt + firstAfterMs : newest.at + dayMs;
  };
  const start = (): Job => {
    const there = running("backup");
    if (there !== undefined) return there;
    return board.run({ kind: "backup", name: "Backup", canCancel: true }, async (task) => {
      task.update({ state: "running" });
      const {
        backupKeepHourly: hourly,
        backupKeepDaily: daily,
        backupKeepMonthly: monthly,
      } = settingsOf(user);
      const made = await backupVault(vault, folder(), {
        ...following(task),
        keep: { hourly, daily, monthly },
      });
      return { report: backupOf(made) };
    }).job;
  };
  const look = (): void => {
    // An import makes the disk busy and the vault another one in a minute: the backup waits for it.
    if (running("import") !== undefined || running("backup") !== undefined) return;
    const due = dueOrNothing(nextAt);
    if (due !== undefined && due <= now()) start();
  };
  return {
    list: () => {
      const { path, backups, unreadable } = listBackups(folder());
      return { folder: path, backups: backups.toReversed().map(backupOf), unreadable, nextAt: nextAt() };
    },
    start,
    preview: async (backupId, home) =>
      await restoreBackup({ from: folder(), backupId, home: absolute(home), dryRun: true }),
    restore(backupId, home) {
      const from = folder();
      const to = absolute(home);
      return board.run({ kind: "restore", name: `Restore into ${to}`, canCancel: true }, async (task) => {
        task.update({ state: "running" });
        return { report: await restoreBackup({ from, backupId, home: to, ...following(task) }) };
      }).job;
    },
    watch() {
      timer ??= setInterval(look, lookEveryMs).unref();
    },
    stop() {
      clearInterval(timer);
      for (const kind of ["backup", "restore"] as const) {
        const job = running(kind);
        // One that ended meanwhile cannot be called off, and need not be.
        if (job !== undefined) board.cancel(job.jobId).catch(() => undefined);
      }
    },
  };
}

/** A folder of backups that cannot be read now, such as a disk that is not there, is looked at again later. */
function dueOrNothing(nextAt: () => number | null): number | undefined {
  try {
    return nextAt() ?? undefined;
  } catch {
    return undefined;
  }
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
    {
      hint: "Write the whole path, from the root of the disk on.",
    },
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
