import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { sealLine, sealNumbered, sealText } from "./chained-line.ts";
import type { SealedLine } from "./chained-line.ts";
import type { AppendedLine, FileHead, Group } from "./group.ts";
import { appendText, createSegment, listSegments } from "./segment.ts";
import type { Segment } from "./segment.ts";

/** A line that a durable group appends to a file, and how the file then stands. */
export interface DurableAppend {
  path: string;
  line: SealedLine;
  head: FileHead;
}

/** A group that is durable and now has to be applied. */
export interface DurableGroup {
  seq: number;
  at: number;
  appends: DurableAppend[];
  changes: ConfigurationChange[];
  effects: (() => void)[];
}

/** What the commit log needs from the files and tables that it feeds. */
export interface LogTarget {
  /** Present head of a file; length 0 and seq -1 for one that is not there. */
  head(path: string): FileHead;
  /** Refuses changes that could not be applied, before they are logged. */
  check(changes: readonly ConfigurationChange[]): void;
  /**
   * Takes a durable group over. Must not fail for want of space: what cannot be written yet is kept in memory and the log
   * is not let go of until it has been written.
   */
  apply(group: DurableGroup): void;
}

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

interface Waiting {
  prepare: (group: Group) => unknown;
  resolve: (value: never) => void;
  reject: (reason: unknown) => void;
}

interface Prepared {
  waiting: Waiting;
  value: unknown;
  /** Absent when nothing had to be written: the answer then waits for the groups it may have looked at. */
  group?: DurableGroup;
}

/** What the groups of one batch leave for those behind them. */
interface BatchState {
  heads: Map<string, FileHead>;
  facts: Map<string, unknown>;
}

/** What the log files hold that the log has gone on from. */
export interface RotatedLog {
  /** Of every file before the present one. */
  numbers: number[];
  /** Of the last group in them. */
  seq: number;
}

/** Groups written and synced together at most; keeps one sync's latency bounded. */
const batchGroups = 1024;
const batchBytes = 8 * 1024 * 1024;
/** Bytes of one group at most: far below the longest string of V8, in which a line is put together. */
const groupBytes = 256 * 1024 * 1024;

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
    complete.file.close();
    this.#segment = next.segment;
    this.#hash = next.hash;
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
        else if (this.#queue.length > 0) await this.#writeBatch();
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
    const batch: BatchState = { heads: new Map(), facts: new Map() };
    const prepared: Prepared[] = [];
    const lines: SealedLine[] = [];
    let seq = this.#seq;
    let hash = this.#hash;
    let bytes = 0;
    const at = this.#now();
    while (prepared.length < batchGroups && bytes < batchBytes) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) break;
      const draft = new GroupDraft(seq + 1, at, batch, this.#target);
      let value: unknown;
      let line: SealedLine | undefined;
      try {
        value = waiting.prepare(draft);
        if (draft.changes.length > 0) this.#target.check(draft.changes);
        if (draft.ops.length > 0) line = this.#sealGroup(draft, hash);
      } catch (error) {
        waiting.reject(error);
        continue;
      }
      if (line === undefined) {
        prepared.push({ waiting, value });
        continue;
      }
      draft.keep();
      seq += 1;
      hash = line.hash;
      bytes += line.length;
      lines.push(line);
      const { appends, changes, effects } = draft;
      prepared.push({ waiting, value, group: { seq, at, appends, changes, effects } });
      // The next group may look at rows that this one changes, and those are there only once it is applied.
      if (changes.length > 0) break;
    }
    if (prepared.length === 0) return;
    const buffer = Buffer.concat(lines.map((line) => line.bytes));
    if (buffer.length > 0 && !(await this.#makeDurable(buffer, prepared))) return;
    this.#seq = seq;
    this.#hash = hash;
    for (const { waiting, value, group } of prepared) {
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

  #sealGroup(draft: GroupDraft, prev: string): SealedLine {
    const line = sealText(groupText(draft.seq, draft.at, this.#segment.length, draft.ops, prev));
    if (line.length <= groupBytes) return line;
    throw new ChattyError(
      "CHANGE_TOO_LARGE",
      `A change of ${line.length} bytes is more than the log takes at once.`,
      {
        hint: "Give it in smaller pieces, or attach long text as a file.",
      },
    );
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
        // The group is durable and stays acknowledged; what follows from it is made at the next start.
        this.stop(storageError(error, "follow up a change of", this.#directory));
      }
    }
  }

  async #makeDurable(buffer: Buffer, prepared: Prepared[]): Promise<boolean> {
    const segment = this.#segment;
    try {
      writeAll(segment.file, buffer, segment.length);
    } catch (error) {
      this.#undoWrite(error);
      const reason = this.#fault ?? storageError(error, "write to", segment.path);
      for (const { waiting } of prepared) waiting.reject(reason);
      return false;
    }
    try {
      await segment.file.sync();
    } catch (error) {
      // The page cache may claim bytes that never reached the disk; no retry can tell. Only a new start, which reads what
      // is really there, may go on.
      this.#fault = inDoubt(segment.path, error);
      for (const { waiting } of [...prepared, ...this.#queue.splice(0).map((waiting) => ({ waiting }))]) {
        waiting.reject(this.#fault);
      }
      return false;
    }
    if (!segment.file.isLinked()) {
      // Somebody else has recovered this vault meanwhile: what was written went into a file that nobody will read.
      this.#fault = lockLost(segment.path);
      for (const { waiting } of prepared) waiting.reject(this.#fault);
      return false;
    }
    segment.length += buffer.length;
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

/** One group while `prepare` runs. Effects on heads are kept aside until the group is taken. */
class GroupDraft implements Group {
  readonly seq: number;
  readonly at: number;
  /** JSON of each operation. */
  readonly ops: string[] = [];
  readonly appends: DurableAppend[] = [];
  readonly changes: ConfigurationChange[] = [];
  readonly effects: (() => void)[] = [];
  readonly #batch: BatchState;
  readonly #own: BatchState = { heads: new Map(), facts: new Map() };
  readonly #target: LogTarget;

  constructor(seq: number, at: number, batch: BatchState, target: LogTarget) {
    this.seq = seq;
    this.at = at;
    this.#batch = batch;
    this.#target = target;
  }

  head(path: string): FileHead {
    return this.#own.heads.get(path) ?? this.#batch.heads.get(path) ?? this.#target.head(path);
  }

  recall(key: string): unknown {
    return this.#own.facts.has(key) ? this.#own.facts.get(key) : this.#batch.facts.get(key);
  }

  remember(key: string, fact: unknown): void {
    this.#own.facts.set(key, fact);
  }

  onDurable(effect: () => void): void {
    this.effects.push(effect);
  }

  create(path: string, header: object): AppendedLine {
    if (this.head(path).length > 0) {
      throw new ChattyError("FILE_EXISTS", `${path} is there already; creating never overwrites.`, {
        where: { path },
      });
    }
    return this.#add(path, sealLine(header, ""), { length: 0, seq: -1, hash: "" });
  }

  append(path: string, body: object): AppendedLine {
    if ("seq" in body) throw new TypeError("The log numbers its lines itself.");
    const head = this.head(path);
    return this.#add(path, sealNumbered(head.seq + 1, body, head.hash), head);
  }

  change(change: ConfigurationChange): void {
    this.ops.push(JSON.stringify(change));
    this.changes.push(change);
  }

  /** Lets the groups behind it see its effects. */
  keep(): void {
    for (const [path, head] of this.#own.heads) this.#batch.heads.set(path, head);
    for (const [key, fact] of this.#own.facts) this.#batch.facts.set(key, fact);
  }

  #add(path: string, sealed: SealedLine, head: FileHead): AppendedLine {
    const next: FileHead = {
      length: head.length + sealed.length,
      seq: head.seq + 1,
      hash: sealed.hash,
    };
    this.#own.heads.set(path, next);
    // The sealed text itself goes into the log: it is not made a second time.
    this.ops.push(appendText(path, head.length, sealed.length, sealed.text));
    this.appends.push({ path, line: sealed, head: next });
    return { seq: next.seq, hash: next.hash, offset: head.length, length: sealed.length };
  }
}

/** A group's line up to its seal; see {@link LoggedGroup} for its keys. */
function groupText(seq: number, at: number, durable: number, ops: readonly string[], prev: string): string {
  return `{"seq":${seq},"at":${at},"durable":${durable},"ops":[${ops.join(",")}],"prev":"${prev}"`;
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
