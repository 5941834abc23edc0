import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readUpTo, writeAll } from "../files/write-all.ts";
import { openLine, sealLine } from "./chained-line.ts";
import type { LogOperation } from "./group.ts";

/** First line of a log file. */
export interface SegmentHeader {
  format: 1;
  /** Number of the file. */
  log: number;
  vaultId: string;
  /** Sequence number of the first group in it. */
  first: number;
  at: number;
  prev: string;
  hash: string;
}

/** One atomic group as it stands in the log. */
export interface LoggedGroup {
  seq: number;
  at: number;
  /** Bytes of this file that were known to be synced when the group was written. */
  durable: number;
  ops: LogOperation[];
  /** For each operation that appends, the exact bytes of its line with the newline; undefined for the others. */
  lines: (Buffer | undefined)[];
  prev: string;
  hash: string;
}

/** A log file that is being written. Owned by the commit log. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly file: OpenFile;
  /** Bytes written and synced. */
  length: number;
}

/** What a log file holds. */
export interface SegmentContent {
  number: number;
  path: string;
  header: SegmentHeader | undefined;
  groups: LoggedGroup[];
  /** Bytes up to the end of the last good line. */
  goodLength: number;
  size: number;
  /** Hash of the last good line. */
  lastHash: string;
  /**
   * `clean`: every byte is a good line. `torn`: what follows the good part was never acknowledged. `corrupt`: bytes that
   * were synced are damaged, so acknowledged groups may lie behind them.
   */
  tail: "clean" | "torn" | "corrupt";
}

const newline = 0x0a;
const newlineByte = Buffer.from([newline]);

/** Name of a log file. */
export function segmentName(number: number): string {
  return `${number}.jsonl`;
}

/** Numbers of the log files in a directory, ascending. */
export function listSegments(files: FilePort, directory: string): number[] {
  return files
    .list(directory)
    .map((entry) => /^(\d+)\.jsonl$/.exec(entry.name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((left, right) => left - right);
}

/** Makes a new log file whose header survives a power cut before anything is written behind it. */
export function createSegment(
  files: FilePort,
  directory: string,
  header: Omit<SegmentHeader, "prev" | "hash" | "format">,
  prev: string,
): { segment: Segment; hash: string } {
  const path = `${directory}/${segmentName(header.log)}`;
  const sealed = sealLine({ format: 1, ...header }, prev);
  try {
    // One that could not be finished before and could not be removed then holds nothing but a header.
    files.remove(path);
    const file = files.open(path, "create");
    try {
      writeAll(file, sealed.bytes, 0);
      file.syncNow();
      files.syncDirectory(directory);
    } catch (error) {
      letGo(files, file);
      throw error;
    }
    return { segment: { number: header.log, path, file, length: sealed.bytes.length }, hash: sealed.hash };
  } catch (error) {
    throw storageError(error, "make the log file", path);
  }
}

/** Lets go of a log file that could not be finished. One that cannot be removed is set aside by the next start. */
function letGo(files: FilePort, file: OpenFile): void {
  try {
    file.close();
    files.remove(file.path);
  } catch {
    // Why it could not be finished is the error to tell.
    return;
  }
}

/** Reads a log file and tells its good part from its tail. Changes nothing. */
export function readSegment(files: FilePort, directory: string, number: number): SegmentContent {
  const path = `${directory}/${segmentName(number)}`;
  const file = files.open(path, "read");
  let bytes: Buffer;
  try {
    bytes = readUpTo(file, 0, file.size());
  } finally {
    file.close();
  }
  const content: SegmentContent = {
    number,
    path,
    header: undefined,
    groups: [],
    goodLength: 0,
    size: bytes.length,
    lastHash: "",
    tail: "clean",
  };
  for (const line of linesOf(bytes, 0)) {
    if (!takeLine(content, line.bytes)) break;
    content.goodLength = line.end;
  }
  if (content.goodLength < bytes.length) {
    content.tail = wasSynced(bytes, content.goodLength) ? "corrupt" : "torn";
  }
  return content;
}

/** @throws {ChattyError} LOG_FORMAT_UNKNOWN for a log that a newer version wrote. */
function takeLine(content: SegmentContent, bytes: Buffer): boolean {
  if (content.header === undefined) {
    const opened = openLine<Omit<SegmentHeader, "prev" | "hash">>(bytes);
    if (opened.kind === "fault" || opened.body.log !== content.number) return false;
    if ((opened.body.format as number) !== 1) {
      throw new ChattyError(
        "LOG_FORMAT_UNKNOWN",
        `${content.path} has format ${String(opened.body.format)}.`,
        {
          hint: "A newer Chatty wrote it: open the vault with that version.",
          where: { path: content.path },
        },
      );
    }
    content.header = opened.body;
    content.lastHash = opened.body.hash;
    return true;
  }
  const opened = openLine<Omit<LoggedGroup, "prev" | "hash" | "lines">>(bytes);
  if (opened.kind === "fault" || opened.body.prev !== content.lastHash) return false;
  const expected = content.groups.at(-1)?.seq ?? content.header.first - 1;
  if (opened.body.seq !== expected + 1) return false;
  content.groups.push({ ...opened.body, lines: appendedLines(bytes, opened.body.ops) });
  content.lastHash = opened.body.hash;
  return true;
}

/** JSON of an operation that appends a sealed line, up to that line. */
export function appendHead(path: string, offset: number): string {
  return `{"append":${JSON.stringify(path)},"offset":${offset},"line":`;
}

/** JSON of an operation that appends a sealed line, behind that line. @param length its bytes with the newline. */
export function appendTail(length: number): string {
  return `,"length":${length}}`;
}

/**
 * Cuts the appended lines out of a group's line as they stand there. Parsing them and writing them again would not be safe: some
 * versions of V8 read an escaped key wrongly when an earlier object had a key that is a backslash.
 */
export function appendedLines(bytes: Buffer, ops: readonly LogOperation[]): (Buffer | undefined)[] {
  let at = 0;
  return ops.map((op) => {
    if (!("append" in op)) return undefined;
    const head = Buffer.from(appendHead(op.append, op.offset));
    const start = bytes.indexOf(head, at);
    if (start === -1) return undefined;
    const from = start + head.length;
    at = from + op.length - 1;
    return Buffer.concat([bytes.subarray(from, at), newlineByte]);
  });
}

/**
 * A damaged place was synced if any later group that is whole says that the file was durable beyond it. Sectors of one
 * unsynced batch reach the disk in any order, so a good line behind a bad one proves nothing by itself.
 */
function wasSynced(bytes: Buffer, damagedAt: number): boolean {
  for (const line of linesOf(bytes, damagedAt)) {
    const opened = openLine<Pick<LoggedGroup, "durable">>(line.bytes);
    if (opened.kind === "sealed" && opened.body.durable > damagedAt) return true;
  }
  return false;
}

/** Lines with their newline; the last one may lack it. */
export function* linesOf(
  bytes: Buffer,
  from: number,
): Generator<{ bytes: Buffer; start: number; end: number }> {
  let start = from;
  while (start < bytes.length) {
    const at = bytes.indexOf(newline, start);
    const end = at === -1 ? bytes.length : at + 1;
    yield { bytes: bytes.subarray(start, end), start, end };
    start = end;
  }
}
