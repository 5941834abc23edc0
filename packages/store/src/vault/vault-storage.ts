import { join } from "node:path";
import { isChattyError } from "@chatty/model";
import type { ChattyError } from "@chatty/model";
import { AppendFiles } from "../files/append-files.ts";
import type { FileMark } from "../files/append-files.ts";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { CommitLog } from "../log/commit-log.ts";
import type { DurableGroup, LogTarget } from "../log/batch.ts";
import type { RotatedLog } from "../log/commit-log.ts";
import type { FileHead } from "../log/group.ts";
import { recoverLog, replayAppends } from "../log/recover.ts";
import type { RecoveryNote } from "../log/recover.ts";
import { createSegment, segmentName } from "../log/segment.ts";
import type { LoggedGroup } from "../log/segment.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import type { Configuration } from "../workspace/database.ts";

export interface VaultStorageOptions {
  files: FilePort;
  /** Absolute path of the vault's folder. */
  root: string;
  vaultId: string;
  configuration: Configuration;
  now: () => number;
}

/** A log file is let go of when it has this many bytes. */
const segmentBytes = 32 * 1024 * 1024;

/**
 * Log, appended files and configuration of an open vault, and the checkpoints that keep them together.
 * The one place that knows in which order they reach the disk.
 */
export class VaultStorage implements LogTarget {
  readonly files: FilePort;
  readonly root: string;
  readonly configuration: Configuration;
  readonly appended: AppendFiles;
  readonly log: CommitLog;
  /** What recovery did when the vault was opened. */
  readonly notes: readonly RecoveryNote[];
  /** Groups that recovery replayed; derived data may lack them. */
  readonly replayed: readonly LoggedGroup[];
  readonly #now: () => number;
  #checkpoint: Promise<void> | undefined;
  #applyFault: ChattyError | undefined;
  #beforeCheckpoint: () => void = () => undefined;
  #onFollowUpFailed: () => void = () => undefined;

  private constructor(
    options: VaultStorageOptions,
    opened: {
      appended: AppendFiles;
      notes: RecoveryNote[];
      groups: LoggedGroup[];
      seq: number;
      hash: string;
      number: number;
    },
  ) {
    this.files = options.files;
    this.root = options.root;
    this.configuration = options.configuration;
    this.#now = options.now;
    this.appended = opened.appended;
    this.notes = opened.notes;
    this.replayed = opened.groups;
    const directory = absolutePath(options.root, layout.log);
    const next = createSegment(
      options.files,
      directory,
      { log: opened.number, vaultId: options.vaultId, first: opened.seq + 1, at: options.now() },
      opened.hash,
    );
    this.log = new CommitLog({
      files: options.files,
      directory,
      vaultId: options.vaultId,
      target: this,
      segment: next.segment,
      lastSeq: opened.seq,
      lastHash: next.hash,
      now: options.now,
    });
  }

  /** Begins the log of a new vault. */
  static begin(options: VaultStorageOptions): VaultStorage {
    makeDurableFolder(options.files, absolutePath(options.root, layout.log));
    const appended = appendFilesOf(options);
    return new VaultStorage(options, { appended, notes: [], groups: [], seq: 0, hash: "", number: 1 });
  }

  /**
   * Recovers: reads the log, replays it into files and configuration, syncs them, and goes on in a new log file. A crash at any
   * point of it leaves a vault that recovers again to the same state.
   * @throws {ChattyError} LOG_MISSING, LOG_DAMAGED, LOG_FORMAT_UNKNOWN, and storage errors; nothing acknowledged is then touched
   */
  static recover(options: VaultStorageOptions): VaultStorage {
    const { files, root, configuration } = options;
    const notes: RecoveryNote[] = [];
    const at = options.now();
    const covered = configuration.checkpointSeq();
    const log = recoverLog({ files, root, vaultId: options.vaultId, covered, at, notes });
    const applied = configuration.appliedSeq();
    if (applied > log.lastSeq) {
      // The disk said that these groups were synced and lost them: their rows are there, their lines are not. Their numbers must not be
      // given again, or new groups would be taken for applied.
      notes.push({ code: "LOG_TAIL_LOST", path: layout.log, from: log.lastSeq + 1, to: applied });
      log.lastSeq = applied;
    }
    const marks = replayAppends(files, root, log.groups, at, notes);
    for (const group of log.groups) {
      const changes = group.ops.filter((op): op is ConfigurationChange => !("append" in op));
      if (changes.length > 0) configuration.applyGroup(group.seq, changes);
    }
    configuration.setCheckpoint(log.lastSeq, withTime(marks, at));
    const appended = appendFilesOf(options);
    const storage = new VaultStorage(options, {
      appended,
      notes,
      groups: log.groups,
      seq: log.lastSeq,
      hash: log.lastHash,
      number: log.lastNumber + 1,
    });
    try {
      // Only now, with every effect of them synced and a new log file in place, may the old ones go.
      storage.#removeSegments(log.numbers);
    } catch (error) {
      // The next checkpoint or start removes them: until then they cost room and nothing else.
      if (!isChattyError(error)) throw error;
    }
    return storage;
  }

  head(path: string): FileHead {
    return this.appended.head(path);
  }

  check(changes: readonly ConfigurationChange[]): void {
    this.configuration.rehearse(changes);
  }

  apply(group: DurableGroup): void {
    for (const { path, line, head } of group.appends) this.appended.append(path, line, head);
    if (group.changes.length > 0) this.#applyChanges(group);
    if (this.log.segmentLength > segmentBytes) this.#checkpointSoon();
  }

  /** Called before each checkpoint, to bring derived data up to what the log is about to forget. */
  onCheckpoint(before: () => void): void {
    this.#beforeCheckpoint = before;
  }

  followUpFailed(): void {
    this.#onFollowUpFailed();
  }

  /** Called when derived data could not follow a durable change, to have it made again. */
  onFollowUpFailed(again: () => void): void {
    this.#onFollowUpFailed = again;
  }

  /** Why nothing can be written any more, if so. */
  get fault(): ChattyError | undefined {
    return this.log.fault ?? this.#applyFault;
  }

  /**
   * Syncs everything that the log has fed and lets go of the log files behind. Appends go on meanwhile, in a new log file.
   * @throws {ChattyError} DISK_FULL, STORAGE_FAULT; the log then keeps what it has.
   */
  async checkpoint(): Promise<void> {
    while (this.#checkpoint !== undefined) await this.#checkpoint;
    this.#checkpoint = this.#runCheckpoint().finally(() => {
      this.#checkpoint = undefined;
    });
    await this.#checkpoint;
  }

  /**
   * Puts another file in the place of one that the log feeds. Nothing is written to the log meanwhile, so that nothing of the old
   * file is left in the log or in memory.
   * @param replace puts it there, durably, and says how it stands; undefined when it left everything as it is.
   */
  async replaceAppended(path: string, replace: () => FileMark | undefined): Promise<void> {
    while (this.#checkpoint !== undefined) await this.#checkpoint;
    this.#checkpoint = this.log
      .hold(async (rotateNow) => {
        await this.#cover(rotateNow());
        this.appended.forget(path);
        const seq = this.configuration.checkpointSeq();
        const before = this.configuration.mark(path);
        // From here until it is marked anew the old or the new file may be there, whole: the old mark must not judge the new one.
        this.configuration.setCheckpoint(seq, [], [path]);
        const mark = replace();
        if (mark !== undefined) this.configuration.setCheckpoint(seq, withTime([mark], this.#now()));
        else if (before !== undefined) this.configuration.setCheckpoint(seq, [before]);
      })
      .finally(() => {
        this.#checkpoint = undefined;
      });
    await this.#checkpoint;
  }

  /**
   * Runs `work` while nothing is written: everything acknowledged is in the files and synced, and the log holds nothing but where
   * to go on. Who appends meanwhile waits, so `work` must be short; make a checkpoint before, which takes the longest of it.
   * @param work gets the sequence number of the last commit.
   */
  async standStill<Value>(work: (seq: number) => Value): Promise<Value> {
    while (this.#checkpoint !== undefined) await this.#checkpoint;
    const standing = this.log.hold(async (rotateNow) => {
      await this.#cover(rotateNow());
      return work(this.log.seq);
    });
    this.#checkpoint = standing
      .then(() => undefined)
      .finally(() => {
        this.#checkpoint = undefined;
      });
    // Whoever waits for the checkpoint is told by `standing`, too.
    this.#checkpoint.catch(() => undefined);
    return await standing;
  }

  /** Waits for what is under way, makes a last checkpoint and closes log and files. The configuration stays open. */
  async close(): Promise<void> {
    this.log.refuse();
    try {
      await this.log.idle();
      if (this.fault === undefined && this.configuration.checkpointSeq() < this.log.seq)
        await this.checkpoint();
    } finally {
      await this.abandon();
    }
  }

  /** Closes log and files as they are, without a checkpoint. */
  async abandon(): Promise<void> {
    try {
      await this.log.close();
    } finally {
      this.appended.close();
    }
  }

  #applyChanges(group: DurableGroup): void {
    try {
      this.configuration.applyGroup(group.seq, group.changes);
    } catch (error) {
      // The group is durable and will be applied at the next start; until then nothing may build on half of it.
      this.#applyFault = storageError(error, "apply a change to", this.configuration.path);
      this.log.stop(this.#applyFault);
    }
  }

  #checkpointSoon(): void {
    if (this.#checkpoint !== undefined) return;
    // A checkpoint that fails leaves the log as it is; the next one tries again.
    this.checkpoint().catch(() => undefined);
  }

  async #runCheckpoint(): Promise<void> {
    await this.#cover(await this.log.rotate());
  }

  async #cover(covered: RotatedLog): Promise<void> {
    this.#beforeCheckpoint();
    const marks = await this.appended.sync();
    this.configuration.setCheckpoint(covered.seq, withTime(marks, this.#now()));
    this.#removeSegments(covered.numbers);
  }

  #removeSegments(numbers: readonly number[]): void {
    const directory = absolutePath(this.root, layout.log);
    try {
      for (const number of numbers) this.files.remove(join(directory, segmentName(number)));
      if (numbers.length > 0) this.files.syncDirectory(directory);
    } catch (error) {
      throw storageError(error, "remove log files that are no longer needed in", directory);
    }
  }
}

function appendFilesOf(options: VaultStorageOptions): AppendFiles {
  return new AppendFiles(options.files, options.root, (path) => options.configuration.mark(path));
}

function withTime(marks: FileMark[], markedAt: number): (FileMark & { markedAt: number })[] {
  return marks.map((mark) => ({ ...mark, markedAt }));
}
