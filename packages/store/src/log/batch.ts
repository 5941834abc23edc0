import { ChattyError } from "@chatty/model";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { coveredText, sealWritten } from "./chained-line.ts";
import type { AppendedLine, FileHead, Group } from "./group.ts";
import { LineBytes } from "./line-bytes.ts";
import { appendHead, appendTail } from "./segment.ts";

/** A line that a durable group appends to a file, and how the file then stands. */
export interface DurableAppend {
  path: string;
  /** The sealed line without its newline; shared and never changed. */
  line: Uint8Array;
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
  /**
   * Told when something that follows from a durable group could not be brought up to date. Without it the log stands still, since it
   * cannot know what is missing.
   */
  followUpFailed?(error: unknown): void;
}

/** Somebody who asked for a group. */
export interface Waiting {
  prepare: (group: Group) => unknown;
  resolve: (value: never) => void;
  reject: (reason: unknown) => void;
}

/** A group that was taken into a batch. */
export interface Prepared {
  waiting: Waiting;
  value: unknown;
  /** Absent when nothing had to be written: the answer then waits for the groups it may have looked at. */
  group?: DurableGroup;
}

/** Where the first group of a batch stands. */
export interface BatchStart {
  /** Of the last group before it. */
  seq: number;
  hash: string;
  /** Byte offset in the log file; everything before it is synced. */
  offset: number;
  /** Integer milliseconds UTC. */
  at: number;
  /** Bytes that its lines will probably have. */
  expected: number;
}

/** Groups written and synced together at most; keeps one sync's latency bounded. */
const batchGroups = 1024;
const batchBytes = 8 * 1024 * 1024;
/** Bytes of one group at most: far below the longest string of V8, in which a line is put together. */
const groupBytes = 256 * 1024 * 1024;

/** Groups that are written and synced together, as they are prepared. */
export class Batch {
  readonly prepared: Prepared[] = [];
  readonly heads = new Map<string, FileHead>();
  readonly facts = new Map<string, unknown>();
  readonly target: LogTarget;
  readonly lines: LineBytes;
  readonly start: BatchStart;
  #seq: number;
  #hash: string;
  #changes = false;

  constructor(start: BatchStart, target: LogTarget) {
    this.start = start;
    this.target = target;
    this.lines = new LineBytes(Math.min(start.expected, batchBytes));
    this.#seq = start.seq;
    this.#hash = start.hash;
  }

  /** Of the last group in it. */
  get seq(): number {
    return this.#seq;
  }

  get hash(): string {
    return this.#hash;
  }

  /** One that changes rows ends its batch: the next group may look at them, and they are there only once it is applied. */
  get isFull(): boolean {
    return this.#changes || this.prepared.length >= batchGroups || this.lines.length >= batchBytes;
  }

  /** Prepares one more group. One that refuses is told at once, and nothing of it is left. */
  add(waiting: Waiting): void {
    const start = this.lines.length;
    const draft = new GroupDraft(this);
    let value: unknown;
    let hash: string | undefined;
    try {
      value = waiting.prepare(draft);
      if (draft.changes.length > 0) this.target.check(draft.changes);
      hash = draft.seal(this.#hash);
    } catch (error) {
      this.lines.cutTo(start);
      waiting.reject(error);
      return;
    }
    if (hash === undefined) {
      this.prepared.push({ waiting, value });
      return;
    }
    draft.keep();
    this.#seq += 1;
    this.#hash = hash;
    if (draft.changes.length > 0) this.#changes = true;
    const { seq, at, appends, changes, effects } = draft;
    this.prepared.push({ waiting, value, group: { seq, at, appends, changes, effects } });
  }

  /** Tells everybody in it that it failed. */
  refuse(reason: ChattyError): void {
    for (const { waiting } of this.prepared) waiting.reject(reason);
  }
}

/**
 * One group while `prepare` runs. Its line is written as it grows; effects on heads are kept aside until the group is taken.
 * The keys of the line are those of `LoggedGroup`.
 */
class GroupDraft implements Group {
  readonly seq: number;
  readonly at: number;
  readonly appends: DurableAppend[] = [];
  readonly changes: ConfigurationChange[] = [];
  readonly effects: (() => void)[] = [];
  readonly #batch: Batch;
  readonly #heads = new Map<string, FileHead>();
  readonly #facts = new Map<string, unknown>();
  readonly #lines: LineBytes;
  readonly #start: number;

  constructor(batch: Batch) {
    this.seq = batch.seq + 1;
    this.at = batch.start.at;
    this.#batch = batch;
    this.#lines = batch.lines;
    this.#start = batch.lines.length;
  }

  head(path: string): FileHead {
    return this.#heads.get(path) ?? this.#batch.heads.get(path) ?? this.#batch.target.head(path);
  }

  recall(key: string): unknown {
    return this.#facts.has(key) ? this.#facts.get(key) : this.#batch.facts.get(key);
  }

  remember(key: string, fact: unknown): void {
    this.#facts.set(key, fact);
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
    return this.#add(path, coveredText(undefined, header, ""), { length: 0, seq: -1, hash: "" });
  }

  append(path: string, body: object): AppendedLine {
    if ("seq" in body) throw new TypeError("The log numbers its lines itself.");
    const head = this.head(path);
    return this.#add(path, coveredText(head.seq + 1, body, head.hash), head);
  }

  change(change: ConfigurationChange): void {
    this.#write(this.#nextOperation(JSON.stringify(change)));
    this.changes.push(change);
  }

  /**
   * Ends the group's line.
   * @returns its hash; undefined when nothing was put into the group.
   * @throws {ChattyError} CHANGE_TOO_LARGE
   */
  seal(prev: string): string | undefined {
    if (this.#isEmpty) return undefined;
    this.#write(`],"prev":"${prev}"`);
    const hash = sealWritten(this.#lines, this.#start);
    this.#write("\n");
    return hash;
  }

  /** Lets the groups behind it see its effects. */
  keep(): void {
    for (const [path, head] of this.#heads) this.#batch.heads.set(path, head);
    for (const [key, fact] of this.#facts) this.#batch.facts.set(key, fact);
  }

  get #isEmpty(): boolean {
    return this.#lines.length === this.#start;
  }

  #add(path: string, covered: string, head: FileHead): AppendedLine {
    this.#write(this.#nextOperation(appendHead(path, head.length)));
    const start = this.#lines.length;
    this.#write(covered);
    const hash = sealWritten(this.#lines, start);
    // The log's own bytes of the line are those of the file: they are not made a second time.
    const line = this.#lines.since(start);
    const length = line.length + 1;
    this.#write(appendTail(length));
    const next: FileHead = { length: head.length + length, seq: head.seq + 1, hash };
    this.#heads.set(path, next);
    this.appends.push({ path, line, head: next });
    return { seq: next.seq, hash, offset: head.length, length };
  }

  #nextOperation(text: string): string {
    return this.#isEmpty
      ? `{"seq":${this.seq},"at":${this.at},"durable":${this.#batch.start.offset},"ops":[${text}`
      : `,${text}`;
  }

  #write(text: string): void {
    const length = this.#lines.length - this.#start;
    // Only what may be too much is counted.
    if (length + text.length * 3 > groupBytes) {
      const bytes = length + Buffer.byteLength(text, "utf8");
      if (bytes > groupBytes) throw tooLarge(bytes);
    }
    this.#lines.write(text);
  }
}

function tooLarge(bytes: number): ChattyError {
  return new ChattyError(
    "CHANGE_TOO_LARGE",
    `A change of ${bytes} bytes or more is too much for the log to take at once.`,
    { hint: "Give it in smaller pieces, or attach long text as a file." },
  );
}
