import type { ConfigurationChange } from "../workspace/changes.ts";

/** One effect of a group. */
export type LogOperation =
  | {
      /** Path inside the vault, with forward slashes; made from ids only. */
      append: string;
      /** Byte offset at which the line starts. */
      offset: number;
      /** The sealed line as JSON. Its exact bytes are those that stand in the log: `LoggedGroup.lines` has them. */
      line: object;
      /** Bytes of the line with its newline. */
      length: number;
    }
  | ConfigurationChange;

/** A file that sealed lines are appended to, as the log sees it. */
export interface FileHead {
  /** Bytes, all of them acknowledged. */
  length: number;
  /** Number of the last line, counted from 0; -1 for an empty file. A journal's header is line 0. */
  seq: number;
  /** Hash of the last line; empty for an empty file. */
  hash: string;
}

/** What an append inside a group gave. */
export interface AppendedLine {
  seq: number;
  hash: string;
  /** Byte offset of the line in its file. */
  offset: number;
  /** Bytes of the line with its newline. */
  length: number;
}

/**
 * A group under construction: everything put into it becomes durable together or not at all.
 * Lent to the callback of `CommitLog.commit`; using it afterwards is a programmer's mistake.
 */
export interface Group {
  /** Sequence number that the group gets in the commit log. */
  readonly seq: number;
  /** Integer milliseconds UTC; the same for everything in the group. */
  readonly at: number;
  /** Head of a file as it will be when this group is applied. */
  head(path: string): FileHead;
  /** Writes the first line of a file that does not exist yet, without `seq`. @throws {ChattyError} FILE_EXISTS */
  create(path: string, header: object): AppendedLine;
  /** Appends one line; `seq` and the chain are added by the log, in front of and behind `body`. */
  append(path: string, body: object): AppendedLine;
  /** Changes one row of the configuration. */
  change(change: ConfigurationChange): void;
  /** A fact that an earlier group of the same batch, or this one, left with {@link Group.remember}. */
  recall(key: string): unknown;
  /** Leaves a fact that groups behind this one must see before it is durable; forgotten when it is, or when it fails. */
  remember(key: string, fact: unknown): void;
  /** Runs once the group is durable and applied, before its promise resolves. Must not throw. */
  onDurable(effect: () => void): void;
}
