import type { UserVault, Vault } from "@chatty/store";
import type { BackupCare } from "../backups/backup-care.ts";
import type { JobBoard, JobPatch } from "../jobs/job-board.ts";

/**
 * What is done to a vault without anybody asking while its server runs: it is verified, a little at a time, its backups are tested again when
 * that is long ago, and its trash is emptied.
 */
export interface IdleCare {
  watch(): void;
  /** Ends what is under way and waits for it. */
  stop(): Promise<void>;
}

export interface IdleCareParts {
  vault: Pick<Vault, "verifyInBackground">;
  user: Pick<UserVault, "settings" | "setSettings" | "emptyTrash">;
  board: JobBoard;
  backups: Pick<BackupCare, "testOldest">;
  /** Integer milliseconds UTC. */
  now: () => number;
  /** Milliseconds from the start to the first look, and between two looks. */
  lookEveryMs?: number;
}

/** Setting under which the time of the last whole verification is kept. */
export const verifiedAtKey = "care.verifiedAt";
const dayMs = 24 * 60 * 60_000;
const weekMs = 7 * dayMs;
const tenMinutesMs = 10 * 60_000;

export function createIdleCare(parts: IdleCareParts): IdleCare {
  const { vault, user, board, backups, now, lookEveryMs = tenMinutesMs } = parts;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let emptiedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    if (now() - emptiedAt >= dayMs) {
      emptiedAt = now();
      await user.emptyTrash();
    }
    const verifiedAt = user.settings()[verifiedAtKey];
    const isDue = typeof verifiedAt !== "number" || now() - verifiedAt >= weekMs || verifiedAt > now();
    // What somebody waits for comes first: the next look is soon.
    const isBusy = board.list().some(({ jobId }) => board.isRunning(jobId));
    if (isBusy) return;
    if (isDue) await verify();
    else await backups.testOldest();
  };
  const verify = async (): Promise<void> => {
    const report = await vault.verifyInBackground({ signal: stopping.signal });
    await user.setSettings({ [verifiedAtKey]: now() });
    tell(() => ({ report }));
  };
  /** Shows among the jobs what was found, as if somebody had asked for it. */
  const tell = (outcome: () => JobPatch): void => {
    const start = { kind: "verify" as const, name: "Verify by itself", canCancel: false };
    board.run(start, async () => await Promise.resolve(outcome()));
  };
  const begin = (): void => {
    running ??= look()
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return;
        tell(() => {
          throw error;
        });
      })
      .finally(() => {
        running = undefined;
      });
  };
  return {
    watch() {
      timer ??= setInterval(begin, lookEveryMs).unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
