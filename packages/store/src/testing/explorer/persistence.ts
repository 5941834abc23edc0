import type { EntryChange, SimulatedDirectory, SimulatedFile, SimulatedNode } from "../simulated-disk.ts";
import type { ConfigurationState } from "./simulated-configuration.ts";
import { contentChoices, contentOf, lostContent } from "./file-contents.ts";
import type { Content, FileChange } from "./file-contents.ts";
import type { PersistenceModel, StartingPoint, TraceStep } from "./trace.ts";

/** A change of names that no sync has made durable yet. */
export interface PendingEntries {
  changes: readonly EntryChange[];
  /** Nothing of it may be there without this one: the half of a rename that takes the old name away. */
  needs?: PendingEntries;
}

interface FileHistory {
  /** What is on disk for good. */
  durable: Content;
  /** What was done since, in order. */
  changes: FileChange[];
  /** What a crash may leave of it; made when it is asked for. The last is all of it. */
  choices: Content[] | undefined;
  /** Choices that the last change brought begin here. */
  newFrom: number;
}

/** Where a crash state may differ from the others behind the same step. */
export interface OpenQuestions {
  files: { file: SimulatedFile; choices: readonly Content[]; from: number }[];
  entries: readonly PendingEntries[];
  /** The last of them has to be among what survived, when this is true. */
  lastEntryIsNew: boolean;
  configurations: readonly ConfigurationState[];
  /** Those before this one were told of behind an earlier step. */
  configurationsFrom: number;
  acknowledged: number;
}

/**
 * What of a run has reached the disk for good and what has not, step by step. The rules of the models are those of
 * "All File Systems Are Not Created Equal" (ALICE, OSDI 2014): names and bytes reach the disk on their own unless synced.
 */
export class Persistence {
  readonly root: SimulatedDirectory;
  readonly #model: PersistenceModel;
  readonly #directories = new Map<SimulatedDirectory, Map<string, SimulatedNode>>();
  readonly #files = new Map<SimulatedFile, FileHistory>();
  #entries: PendingEntries[] = [];
  #configurations: ConfigurationState[];
  #acknowledged: number;

  constructor(model: PersistenceModel, start: StartingPoint) {
    this.#model = model;
    this.root = start.root;
    this.#configurations = [start.configuration];
    this.#acknowledged = start.acknowledged;
    for (const [directory, entries] of start.directories) this.#directories.set(directory, new Map(entries));
    for (const [file, bytes] of start.files) this.#files.set(file, historyOf(contentOf(bytes)));
  }

  durableEntries(directory: SimulatedDirectory): ReadonlyMap<string, SimulatedNode> {
    return this.#directories.get(directory) ?? noEntries;
  }

  /** What is there of a file when no question about it is open. */
  content(file: SimulatedFile): Content {
    const history = this.#files.get(file);
    return history === undefined ? emptyContent : (history.choices?.at(-1) ?? history.durable);
  }

  /** Takes a step. @returns what is open behind it; undefined when nothing new can come of a crash there. */
  take(step: TraceStep): OpenQuestions | undefined {
    switch (step.kind) {
      case "entries":
        for (const { node } of step.changes) {
          if (node?.kind === "file" && !this.#files.has(node)) this.#files.set(node, historyOf(emptyContent));
        }
        this.#addEntries(step.changes);
        return this.#questions({ lastEntryIsNew: true });
      case "write":
        return this.#change(step.file, { kind: "write", position: step.position, bytes: step.bytes });
      case "truncate":
        return this.#change(step.file, { kind: "truncate", length: step.length });
      case "sync":
        this.#syncFile(step.file);
        return undefined;
      case "sync-failed": {
        const history = this.#files.get(step.file);
        // To a process that goes on, or to the next one, the page cache still shows what was written.
        if (history === undefined || this.#model === "prefix") return undefined;
        this.#files.set(step.file, historyOf(lostContent(history.durable, history.changes)));
        return this.#questions({});
      }
      case "sync-directory":
        this.#syncDirectory(step.directory);
        return undefined;
      case "settled":
        this.#files.set(step.file, historyOf(contentOf(step.bytes)));
        this.#directories.get(step.directory)?.set(step.name, step.file);
        return this.#questions({});
      case "configuration":
        if (step.durable) this.#configurations = [step.state];
        else this.#configurations.push(step.state);
        return this.#questions({ configurationsFrom: this.#configurations.length - 1 });
      case "acknowledge":
        this.#acknowledged = step.truth;
        return this.#questions({});
    }
  }

  #change(file: SimulatedFile, change: FileChange): OpenQuestions | undefined {
    const history = this.#files.get(file);
    if (history === undefined) return undefined;
    history.changes.push(change);
    if (history.choices === undefined) history.choices = [history.durable];
    history.newFrom = history.choices.length;
    const before = history.choices.at(-1) ?? history.durable;
    history.choices.push(...contentChoices(before, change, this.#model === "prefix"));
    return this.#questions({ changed: file });
  }

  #questions(
    fresh: { changed?: SimulatedFile } & Partial<
      Pick<OpenQuestions, "lastEntryIsNew" | "configurationsFrom">
    >,
  ): OpenQuestions {
    const { changed } = fresh;
    const common = {
      lastEntryIsNew: fresh.lastEntryIsNew === true,
      acknowledged: this.#acknowledged,
      entries: this.#entries,
    };
    if (this.#model === "prefix") {
      // A process that is killed leaves everything it did; of its last write perhaps only a part.
      const history = changed === undefined ? undefined : this.#files.get(changed);
      const files =
        changed === undefined || history?.choices === undefined
          ? []
          : [{ file: changed, choices: history.choices, from: history.newFrom }];
      return { ...common, files, configurations: this.#configurations.slice(-1), configurationsFrom: 0 };
    }
    const named = this.#named();
    const files: OpenQuestions["files"] = [];
    for (const file of named) {
      const history = this.#files.get(file);
      if (history?.choices === undefined) continue;
      files.push({ file, choices: history.choices, from: file === changed ? history.newFrom : 0 });
    }
    return {
      ...common,
      files,
      configurations: this.#configurations,
      configurationsFrom: fresh.configurationsFrom ?? 0,
    };
  }

  /** Files that a crash could leave a name of. */
  #named(): Set<SimulatedFile> {
    const named = new Set<SimulatedFile>();
    for (const entries of this.#directories.values()) {
      for (const node of entries.values()) if (node.kind === "file") named.add(node);
    }
    for (const { changes } of this.#entries) {
      for (const { node } of changes) if (node?.kind === "file") named.add(node);
    }
    return named;
  }

  #addEntries(changes: readonly EntryChange[]): void {
    const [first, second] = changes;
    if (first === undefined) return;
    for (const { node } of changes) {
      if (node?.kind === "directory" && !this.#directories.has(node)) this.#directories.set(node, new Map());
    }
    if (this.#model === "prefix") {
      this.#apply({ changes });
      return;
    }
    // A rename between folders changes two of them, and the new name may be durable before the old one is gone.
    if (this.#model === "posix" && second !== undefined && second.directory !== first.directory) {
      const arrives: PendingEntries = { changes: [first] };
      this.#entries = [...this.#entries, arrives, { changes: [second], needs: arrives }];
      return;
    }
    this.#entries = [...this.#entries, { changes }];
  }

  #syncFile(file: SimulatedFile): void {
    const history = this.#files.get(file);
    if (history?.choices !== undefined) {
      this.#files.set(file, historyOf(history.choices.at(-1) ?? history.durable));
    }
    if (this.#model !== "ext4") return;
    // The journal has one order: with the name of the file everything before it is there.
    this.#makeDurable(
      this.#entries.findLastIndex(({ changes }) => changes.some(({ node }) => node === file)) + 1,
    );
  }

  #syncDirectory(directory: SimulatedDirectory): void {
    const touches = ({ changes }: PendingEntries): boolean =>
      changes.some((change) => change.directory === directory);
    if (this.#model !== "posix") {
      this.#makeDurable(this.#entries.findLastIndex(touches) + 1);
      return;
    }
    const durable = new Set(this.#entries.filter(touches));
    for (const entry of durable) if (entry.needs !== undefined) durable.add(entry.needs);
    for (const entry of this.#entries) if (durable.has(entry)) this.#apply(entry);
    this.#entries = this.#entries.filter((entry) => !durable.has(entry));
  }

  /** Makes the first so many changes of names durable. */
  #makeDurable(count: number): void {
    for (const entry of this.#entries.slice(0, count)) this.#apply(entry);
    this.#entries = this.#entries.slice(count);
  }

  #apply({ changes }: PendingEntries): void {
    for (const { directory, name, node } of changes) {
      const entries = this.#directories.get(directory);
      if (node === undefined) entries?.delete(name);
      else entries?.set(name, node);
    }
  }
}

const noEntries: ReadonlyMap<string, SimulatedNode> = new Map();
const emptyContent = contentOf(Buffer.alloc(0));

function historyOf(durable: Content): FileHistory {
  return { durable, changes: [], choices: undefined, newFrom: 0 };
}
