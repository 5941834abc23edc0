import { isChattyError } from "@chatty/model";
import type { Vault } from "../user-vault.ts";
import { backupVault, defaultBackupFolder, lastPurgeAt, listBackups, partsOf } from "./vault-backups.ts";
import type { BackupView } from "./vault-backups.ts";
import { keepByDefault } from "./thin-backups.ts";
import type { KeepBackups } from "./thin-backups.ts";

/** Waits; given by tests. */
export interface ScheduleClock {
  /** Integer milliseconds UTC. */
  now(): number;
  /** Calls `work` once after so many milliseconds; returns how to stop that. */
  after(delayMs: number, work: () => void): () => void;
}

export interface BackupScheduleOptions {
  /** Absolute path; the vault's own folder of backups when absent. */
  folder?: string;
  /** Time from one backup to the next; a day when absent. */
  everyMs?: number;
  /** A backup is tested when none was tested and found good for so long; a week when absent, 0 for every one. */
  testEveryMs?: number;
  keep?: KeepBackups;
  clock?: ScheduleClock;
  onBackup?: (backup: BackupView) => void;
  /** Told of every failure; the next try comes after an hour. */
  onFailure?: (error: unknown) => void;
}

/** Backups that are taken by themselves while a vault is open. */
export interface BackupSchedule {
  /** Integer milliseconds UTC; in the past when it is about to begin. */
  readonly nextDueAt: number;
  /** Takes one now, or waits for the one that is under way. @throws what `backupVault` throws */
  runNow(): Promise<BackupView>;
  /** Calls off what is under way and waits for it. Call it before the vault is closed. */
  stop(): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;
const retryMs = 60 * 60 * 1000;
/** A vault that was just opened has other things to do first. */
const firstDelayMs = 60_000;
/** How long purged things may stay in the vault's own backups: often more than one is purged in a row. */
const purgeDelayMs = 60 * 60 * 1000;
/** After so long it is looked again when the next one is due: a purge may have come. */
const longestWaitMs = 15 * 60 * 1000;

/**
 * Takes backups of an open vault by itself. When the next one is due follows from the manifests that lie there, so that it does
 * not matter how often the program is started. A thinning that would keep less than half is left for a person to confirm.
 */
export function startBackupSchedule(vault: Vault, options: BackupScheduleOptions = {}): BackupSchedule {
  const { storage } = partsOf(vault);
  const folder = options.folder ?? defaultBackupFolder(vault);
  const everyMs = options.everyMs ?? dayMs;
  const testEveryMs = options.testEveryMs ?? 7 * dayMs;
  const clock = options.clock ?? systemClock();
  const stopping = new AbortController();
  let failedAt: number | undefined;
  let running: Promise<BackupView> | undefined;
  let cancel: () => void = () => undefined;
  const startedAt = clock.now();
  let nextDueAt = dueAt();
  schedule();

  return {
    get nextDueAt() {
      return nextDueAt;
    },
    runNow,
    async stop() {
      stopping.abort();
      cancel();
      // Whoever asked for it is told how it ended.
      await running?.catch(() => undefined);
    },
  };

  function dueAt(): number {
    if (failedAt !== undefined) return failedAt + retryMs;
    try {
      const { backups } = listBackups(folder, storage.files);
      const newest = backups.at(-1);
      const purgedAt = folder === defaultBackupFolder(vault) ? lastPurgeAt(vault) : undefined;
      // The vault's own backups are not to keep for long what somebody wanted gone.
      const isHeld = purgedAt !== undefined && backups.some(({ at }) => at <= purgedAt);
      const due = Math.min(
        newest === undefined ? startedAt : newest.at + everyMs,
        isHeld ? purgedAt + purgeDelayMs : Infinity,
      );
      if (newest !== undefined) return Math.max(due, startedAt + firstDelayMs);
    } catch (error) {
      // The attempt itself tells what is wrong with the folder.
      if (!isChattyError(error)) throw error;
    }
    return startedAt + firstDelayMs;
  }

  function schedule(): void {
    cancel();
    if (stopping.signal.aborted) return;
    const wait = Math.min(longestWaitMs, Math.max(0, nextDueAt - clock.now()));
    cancel = clock.after(wait, () => {
      nextDueAt = dueAt();
      if (clock.now() < nextDueAt) schedule();
      else runNow().catch(() => undefined);
    });
  }

  function runNow(): Promise<BackupView> {
    cancel();
    running ??= run().finally(() => {
      running = undefined;
      nextDueAt = dueAt();
      schedule();
    });
    return running;
  }

  async function run(): Promise<BackupView> {
    try {
      const backup = await backupUnlessShrunk();
      failedAt = undefined;
      options.onBackup?.(backup);
      return backup;
    } catch (error) {
      failedAt = clock.now();
      if (!stopping.signal.aborted) options.onFailure?.(error);
      throw error;
    }
  }

  async function backupUnlessShrunk(): Promise<BackupView> {
    const { signal } = stopping;
    const known = listBackups(folder, storage.files).backups;
    const testedAt = known.findLast(({ verified }) => verified)?.test?.at;
    const test = testedAt === undefined || clock.now() - testedAt >= testEveryMs;
    const keep = options.keep ?? keepByDefault;
    try {
      return await backupVault(vault, folder, { test, keep, signal });
    } catch (error) {
      if (!isChattyError(error, "VAULT_WOULD_SHRINK")) throw error;
      // The backup is there; only what would be taken away waits for somebody to say yes.
      options.onFailure?.(error);
      const newest = listBackups(folder, storage.files).backups.at(-1);
      if (newest === undefined) throw error;
      return newest;
    }
  }
}

function systemClock(): ScheduleClock {
  return {
    now: Date.now,
    after: (delayMs, work) => {
      const timer = setTimeout(work, delayMs).unref();
      return () => clearTimeout(timer);
    },
  };
}
