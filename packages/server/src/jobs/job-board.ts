import { ChattyError, createUuid, isChattyError } from "@chatty/model";
import type { Job } from "../api/imports.ts";
import { answerOfError } from "../errors/error-answer.ts";

/** The running side of a job. */
export interface JobTask {
  readonly jobId: string;
  /** Aborted by a cancel. */
  readonly signal: AbortSignal;
  /** Tells progress; told on a few times a second, whatever the pace. */
  update(patch: JobPatch): void;
}

export type JobPatch = Partial<Omit<Job, "jobId" | "kind" | "startedAt">>;

export interface JobStart {
  /** The job's id where something else gives it one. */
  jobId?: string;
  kind: Job["kind"];
  name: string;
  state?: Job["state"];
  bytesTotal?: number | null;
  /** What a cancel does beside aborting the signal; absent together with `work` that minds no signal: cannot be cancelled. */
  canCancel: boolean;
}

/** Background work of this process, newest first. */
export interface JobBoard {
  list(): Job[];
  find(jobId: string): Job | undefined;
  /** True from the start of a job until its work came to an end. */
  isRunning(jobId: string): boolean;
  /** Puts a job on the board that waits for somebody: an upload whose bytes are still to come. */
  add(start: JobStart): Job;
  update(jobId: string, patch: JobPatch): void;
  /**
   * Runs the work of a job, one that was added or a new one. What `work` resolves to is kept as the job's outcome; what it rejects with
   * makes it `failed`, or `cancelled` when it was cancelled. Never rejects.
   */
  run(start: JobStart, work: (task: JobTask) => Promise<JobPatch>): { job: Job; ended: Promise<void> };
  /** Resolves when the work of a job came to an end, however it went. */
  settled(jobId: string): Promise<void>;
  /** Asks a job to stop and resolves when it has. @throws {ChattyError} JOB_NOT_FOUND, JOB_ENDED, JOB_CANNOT_STOP */
  cancel(jobId: string): Promise<Job>;
  /** Takes a job off the board that never ran. */
  remove(jobId: string): void;
  /** Waits for all that runs. */
  settle(): Promise<void>;
}

interface Entry {
  job: Job;
  canCancel: boolean;
  stop: AbortController;
  running?: Promise<void>;
  tellTimer?: NodeJS.Timeout | undefined;
}

const tellEveryMs = 200;
const mostEnded = 200;

/** @param now integer milliseconds UTC */
export function createJobBoard(tell: (job: Job) => void, now: () => number): JobBoard {
  const entries = new Map<string, Entry>();

  const tellNow = (entry: Entry): void => {
    clearTimeout(entry.tellTimer);
    entry.tellTimer = undefined;
    tell(entry.job);
  };
  const change = (entry: Entry, patch: JobPatch): void => {
    const isTurn = patch.state !== undefined && patch.state !== entry.job.state;
    entry.job = { ...entry.job, ...patch };
    if (isTurn) tellNow(entry);
    else entry.tellTimer ??= setTimeout(() => tellNow(entry), tellEveryMs).unref();
  };
  const add = (start: JobStart): Entry => {
    const jobId = start.jobId ?? createUuid(now());
    const known = entries.get(jobId);
    if (known !== undefined) return known;
    const job: Job = {
      jobId,
      kind: start.kind,
      name: start.name,
      state: start.state ?? "waiting",
      bytesDone: 0,
      bytesTotal: start.bytesTotal ?? null,
      conversations: 0,
      startedAt: now(),
    };
    const entry: Entry = { job, canCancel: start.canCancel, stop: new AbortController() };
    entries.set(jobId, entry);
    forgetOldest(entries);
    tellNow(entry);
    return entry;
  };
  const finish = (entry: Entry, error: unknown): void => {
    const isCancelled = entry.stop.signal.aborted && !isChattyError(entry.stop.signal.reason);
    const state = isCancelled ? "cancelled" : "failed";
    const { code, message, hint } = answerOfError(error).body.error;
    const told = { code, message, ...(hint === undefined ? {} : { hint }) };
    change(entry, { state, endedAt: now(), ...(isCancelled ? {} : { error: told }) });
  };
  const requireEntry = (jobId: string): Entry => {
    const entry = entries.get(jobId);
    if (entry !== undefined) return entry;
    throw new ChattyError("JOB_NOT_FOUND", "There is no such job.", {
      hint: "Jobs are kept until the server ends; finished imports are under /api/imports.",
    });
  };
  return {
    list: () => [...entries.values()].map(({ job }) => job).reverse(),
    find: (jobId) => entries.get(jobId)?.job,
    isRunning: (jobId) => entries.get(jobId)?.running !== undefined,
    add: (start) => add(start).job,
    update(jobId, patch) {
      const entry = entries.get(jobId);
      if (entry !== undefined) change(entry, patch);
    },
    run(start, work) {
      const entry = add(start);
      // A job that failed may be run again under its id.
      if (entry.stop.signal.aborted) entry.stop = new AbortController();
      const task: JobTask = {
        jobId: entry.job.jobId,
        signal: entry.stop.signal,
        update: (patch) => change(entry, patch),
      };
      const ended = work(task)
        .then(
          (outcome) => change(entry, { ...outcome, state: "done", endedAt: now() }),
          (error: unknown) => finish(entry, error),
        )
        .finally(() => delete entry.running);
      entry.running = ended;
      return { job: entry.job, ended };
    },
    settled: async (jobId) => await entries.get(jobId)?.running,
    async cancel(jobId) {
      const entry = requireEntry(jobId);
      const { state } = entry.job;
      if (state === "done" || state === "failed" || state === "cancelled") {
        throw new ChattyError("JOB_ENDED", "This job has ended already.", {
          hint: "Nothing is left to stop.",
        });
      }
      if (!entry.canCancel) {
        throw new ChattyError("JOB_CANNOT_STOP", "This job cannot be stopped in the middle.", {
          hint: "It only reads or makes again what is derived; let it end.",
        });
      }
      entry.stop.abort();
      if (entry.running === undefined) change(entry, { state: "cancelled", endedAt: now() });
      else await entry.running;
      return entry.job;
    },
    remove(jobId) {
      const entry = entries.get(jobId);
      clearTimeout(entry?.tellTimer);
      entries.delete(jobId);
    },
    async settle() {
      for (const { running } of entries.values()) if (running !== undefined) await running;
      for (const { tellTimer } of entries.values()) clearTimeout(tellTimer);
    },
  };
}

function forgetOldest(entries: Map<string, Entry>): void {
  const ended = [...entries].filter(([, { job }]) => job.endedAt !== undefined);
  for (const [jobId] of ended.slice(0, Math.max(0, ended.length - mostEnded))) entries.delete(jobId);
}
