import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import { Batch } from "./batch.ts";
import type { DurableGroup, LogTarget, Waiting } from "./batch.ts";
import type { Group } from "./group.ts";
import { createSegment, listSegments } from "./segment.ts";
import type { Segment } from "./segment.ts";

export interface CommitLogOptions {
  files: FilePort;
  /** Absolute path of the log directory. */
  directory: string;
  vaultId: string;
  target: LogTarget;
  segment: Segment;
  lastSeq: number;
  lastHash: string;
  now: () => number;
}

/** What the log files hold that the log has gone on from. */
export interface RotatedLog {
  /** Of every file before the present one. */
  numbers: number[];
  /** Of the last group in them. */
  seq: number;
}

/**
 * The only point of acknowledgement of a vault. A group is written from one buffer and synced once for all that wait;
 * its promise resolves after that and never before. Format: `docs/formats/commit-log.md`.
 */
export class CommitLog {
  readonly #files: FilePort;
  readonly #directory: string;
  readonly #vaultId: string;
  readonly #target: LogTarget;
  readonly #now: () => number;
  readonly #queue: Waiting[] = [];
  /** Work that must not run while a batch is being written. */
  readonly #between: (() => Promise<void>)[] = [];
  #segment: Segment;
  #lastBytes = 0;
  #seq: number;
  #hash: string;
  #running: Promise<void> | undefined;
  #fault: ChattyError | undefined;
  #closing = false;
  #closed = false;

  constructor(options: CommitLogOptions) {
    this.#files = options.files;
    this.#directory = options.directory;
    this.#vaultId = options.vaultId;
    this.#target = options.target;
    this.#now = options.now;
    this.#segment = options.segment;
    this.#seq = options.lastSeq;
    this.#hash = options.lastHash;
  }

  /** Sequence number of the last durable group. */
  get seq(): number {
    return this.#seq;
  }

  get segmentNumber(): number {
    return this.#segment.number;
  }

  /** Bytes in the present log file. */
  get segmentLength(): number {
    return this.#segment.length;
  }

  /** Why nothing can be written any more, if so. */
  get fault(): ChattyError | undefined {
    return this.#fault;
  }

  /**
   * Makes everything that `prepare` puts into its group durable, atomically; resolves with what `prepare` returned.
   * `prepare` runs when the group's turn comes, sees the state that all groups before it leave, and may throw to refuse:
   * then nothing of it is written.
   * @throws {ChattyError} DISK_FULL (nothing happened, may be repeated), STORAGE_IN_DOUBT (the sync failed: nothing was
   * acknowledged and the vault takes no more writes), VAULT_CLOSED.
   */
  commit<Value>(prepare: (group: Group) => Value): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      if (this.#closing || this.#fault !== undefined) {
        reject(this.#fault ?? closedError());
        return;
      }
      this.#queue.push({ prepare, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Takes no more writes, because something that follows from the log has failed. */
  stop(fault: ChattyError): void {
    this.#fault ??= fault;
  }

  /**
   * Goes on in a new log file, between two batches.
   * @returns what the files before it hold: their numbers, and the sequence number of their last group.
   */
  rotate(): Promise<RotatedLog> {
    return this.hold((rotateNow) => Promise.resolve(rotateNow()));
  }

  /** Runs `work` between two batches; until it is done nothing is written to the log, and who asks waits. */
  hold<Value>(work: (rotateNow: () => RotatedLog) => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#between.push(async () => {
        try {
          resolve(await work(() => this.#rotateNow()));
        } catch (error) {
          reject(error);
        }
      });
      this.#running ??= this.#run();
    });
  }

  #rotateNow(): RotatedLog {
    if (this.#closed || this.#fault !== undefined) throw this.#fault ?? closedError();
    const complete = this.#segment;
    const numbers = this.#segmentNumbers().filter((number) => number <= complete.number);
    const next = createSegment(
      this.#files,
      this.#directory,
      { log: complete.number + 1, vaultId: this.#vaultId, first: this.#seq + 1, at: this.#now() },
      this.#hash,
    );
    this.#segment = next.segment;
    this.#hash = next.hash;
    closeComplete(complete);
    return { numbers, seq: this.#seq };
  }

  /** Takes no more groups; what was asked for before is still written. */
  refuse(): void {
    this.#closing = true;
  }

  /** Refuses what comes from now on, waits for what is under way and lets go of the file. Safe to call twice. */
  async close(): Promise<void> {
    this.refuse();
    await this.idle();
    this.#closed = true;
    this.#segment.file.close();
  }

  async #run(): Promise<void> {
    // Lets everything that was asked for in the same turn share one sync.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0 || this.#between.length > 0) {
        for (const work of this.#between.splice(0)) await work();
        // After a fault nothing may be built on: who waits is refused, and nothing more is written.
        if (this.#fault !== undefined) this.#refuseAll(this.#fault);
        else await this.#writeBatch();
      }
    } catch (error) {
      // Nothing in here may throw; if something does, the log stands still and says so, rather than leaving anybody waiting.
      this.stop(storageError(error, "go on with", this.#segment.path));
      if (this.#fault !== undefined) this.#refuseAll(this.#fault);
    } finally {
      this.#running = undefined;
    }
  }

  #refuseAll(fault: ChattyError): void {
    for (const waiting of this.#queue.splice(0)) waiting.reject(fault);
  }

  async #writeBatch(): Promise<void> {
    // The next batch is mostly about as big as the last one.
    const expected = Math.ceil(this.#lastBytes * 1.125);
    const batch = new Batch(
      { seq: this.#seq, hash: this.#hash, offset: this.#segment.length, at: this.#now(), expected },
      this.#target,
    );
    while (!batch.isFull) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) break;
      batch.add(waiting);
    }
    this.#lastBytes = batch.lines.length;
    if (batch.lines.length > 0 && !(await this.#makeDurable(batch))) return;
    this.#finish(batch);
  }

  /** Applies what is durable and answers who asked. */
  #finish(batch: Batch): void {
    this.#seq = batch.seq;
    this.#hash = batch.hash;
    for (const { waiting, value, group } of batch.prepared) {
      if (group !== undefined) {
        this.#target.apply(group);
        if (this.#fault !== undefined) {
          // Durable, but not in force before the next start: neither a yes nor a no would be true.
          waiting.reject(this.#fault);
          continue;
        }
        this.#runEffects(group);
      }
      waiting.resolve(value as never);
    }
  }

  #segmentNumbers(): number[] {
    try {
      return listSegments(this.#files, this.#directory);
    } catch (error) {
      throw storageError(error, "list the log files of", this.#directory);
    }
  }

  #runEffects(group: DurableGroup): void {
    for (const effect of group.effects) {
      try {
        effect();
      } catch (error) {
        // The group is durable and stays acknowledged; what follows from it is derived, and is made again.
        if (this.#target.followUpFailed !== undefined) this.#target.followUpFailed(error);
        else this.stop(storageError(error, "follow up a change of", this.#directory));
      }
    }
  }

  /** @returns false when the disk failed; everybody in the batch was told. */
  async #makeDurable(batch: Batch): Promise<boolean> {
    const segment = this.#segment;
    try {
      writeAll(segment.file, batch.lines.since(0), segment.length);
    } catch (error) {
      this.#undoWrite(error);
      batch.refuse(this.#fault ?? storageError(error, "write to", segment.path));
      return false;
    }
    try {
      await segment.file.sync();
    } catch (error) {
      // The page cache may claim bytes that never reached the disk; no retry can tell. Only a new start, which reads what
      // is really there, may go on.
      this.#fault = inDoubt(segment.path, error);
      batch.refuse(this.#fault);
      this.#refuseAll(this.#fault);
      return false;
    }
    if (!segment.file.isLinked()) {
      // Somebody else has recovered this vault meanwhile: what was written went into a file that nobody will read.
      this.#fault = lockLost(segment.path);
      batch.refuse(this.#fault);
      return false;
    }
    segment.length += batch.lines.length;
    return true;
  }

  #undoWrite(cause: unknown): void {
    const segment = this.#segment;
    try {
      segment.file.truncate(segment.length);
      segment.file.syncNow();
    } catch {
      this.#fault = inDoubt(segment.path, cause);
    }
  }
}

/** Lets go of a log file of which every byte is synced: what closing it says changes nothing any more. */
function closeComplete(segment: Segment): void {
  try {
    segment.file.close();
  } catch {
    return;
  }
}

function closedError(): ChattyError {
  return new ChattyError("VAULT_CLOSED", "The vault is closed.");
}

function lockLost(path: string): ChattyError {
  return new ChattyError("LOCK_LOST", `Another process took the vault over: ${path} is no longer its log.`, {
    hint: "Stop this process. What it was answered before is safe; the last request was not taken.",
    where: { path },
  });
}

function inDoubt(path: string, cause: unknown): ChattyError {
  return new ChattyError("STORAGE_IN_DOUBT", `The disk failed while ${path} was being synced.`, {
    hint: "Nothing that was acknowledged is lost. Check the disk, then start Chatty again: it reads what is really there.",
    where: { path },
    cause,
  });
}
