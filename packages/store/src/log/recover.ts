import { dirname } from "node:path";
import { ChattyError } from "@chatty/model";
import type { FileMark } from "../files/append-files.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { quarantineBytes, quarantineFile } from "../files/quarantine.ts";
import { readUpTo, writeAll } from "../files/write-all.ts";
import { openLine } from "./chained-line.ts";
import type { LoggedGroup, SegmentContent } from "./segment.ts";
import { listSegments, readSegment } from "./segment.ts";

/** What recovery found in the log. */
export interface RecoveredLog {
  groups: LoggedGroup[];
  lastSeq: number;
  lastHash: string;
  /** Number of the newest log file. */
  lastNumber: number;
  numbers: number[];
}

/** A thing that recovery did or found, for the log of events and for `doctor`. */
export interface RecoveryNote {
  code:
    | "LOG_TAIL_CUT"
    | "LOG_TAIL_LOST"
    | "LOG_FILE_UNFINISHED"
    | "FILE_TAIL_CUT"
    | "FILE_BYTES_REPLACED"
    | "FILE_TRUNCATED";
  path: string;
  /** Bytes; with LOG_TAIL_LOST numbers of groups. */
  from: number;
  to: number;
  quarantined?: string;
}

export interface RecoverLogOptions {
  files: FilePort;
  root: string;
  vaultId: string;
  /** Every group up to this one is covered by a checkpoint: applied and synced. -1 for none. */
  covered: number;
  /** Integer milliseconds UTC. */
  at: number;
  notes: RecoveryNote[];
}

/**
 * Reads the log, quarantines and cuts a tail that was never acknowledged, and changes nothing when acknowledged bytes are
 * damaged. Gives the groups that no checkpoint covers.
 * @throws {ChattyError} LOG_MISSING, LOG_DAMAGED
 */
export function recoverLog({ files, root, vaultId, covered, at, notes }: RecoverLogOptions): RecoveredLog {
  const directory = absolutePath(root, layout.log);
  const all = listSegments(files, directory).map((number) => readSegment(files, directory, number));
  const contents = setUnfinishedAside(files, root, all, at, notes);
  const needed = neededContents(contents, covered);
  cutFailedWrites(files, root, needed, at, notes);
  checkContents(needed, vaultId);
  const newest = needed.at(-1);
  if (newest === undefined) throw logMissing(directory);
  checkCovered(needed, newest, covered);
  if (newest.tail === "torn") cutTail(files, root, newest, at, notes);
  return {
    groups: needed.flatMap((content) => content.groups).filter((group) => group.seq > covered),
    lastSeq: lastSeqOf(newest),
    lastHash: newest.lastHash,
    lastNumber: Math.max(...all.map((content) => content.number)),
    numbers: contents.map((content) => content.number),
  };
}

/**
 * A crash, or a disk that failed, while the next log file was being made leaves one without groups that the log did not go on in.
 * Nothing is ever written to a log file before its header is synced and it has become the present one.
 */
function setUnfinishedAside(
  files: FilePort,
  root: string,
  all: readonly SegmentContent[],
  at: number,
  notes: RecoveryNote[],
): SegmentContent[] {
  const last = all.at(-1);
  const before = all.at(-2);
  if (last === undefined || before === undefined || last.groups.length > 0 || last.tail === "corrupt") {
    return [...all];
  }
  // A header that is ahead of the file before it means that groups between them are missing: that is damage, not a leftover.
  const isLeftOver = last.header === undefined || last.header.first <= lastSeqOf(before);
  if (!isLeftOver) return [...all];
  const path = `${layout.log}/${last.number}.jsonl`;
  const range = { path, from: 0, to: last.size };
  const quarantined = quarantineFile(files, root, { ...range, reason: "unfinished log file", at });
  notes.push({ code: "LOG_FILE_UNFINISHED", ...range, quarantined });
  return all.slice(0, -1);
}

/**
 * The newest files without a gap between them, as far as they are needed: a power cut may bring back files that a checkpoint
 * covered and removed, and may bring back some of them only.
 */
function neededContents(contents: readonly SegmentContent[], covered: number): SegmentContent[] {
  let from = contents.length;
  while (from > 0) {
    const after = contents[from];
    const isCovered = after?.header !== undefined && after.header.first <= covered + 1;
    if (isCovered) break;
    from -= 1;
  }
  return contents.slice(from);
}

/**
 * A write that failed and could not be cut back leaves a tail in a file that the log then left for the next one. The next header
 * says where the acknowledged part ends: when that is the good part, all of it is there.
 */
function cutFailedWrites(
  files: FilePort,
  root: string,
  contents: readonly SegmentContent[],
  at: number,
  notes: RecoveryNote[],
): void {
  for (const [index, content] of contents.entries()) {
    const next = contents[index + 1]?.header;
    if (content.tail !== "torn" || next === undefined) continue;
    if (next.prev !== content.lastHash || next.first !== lastSeqOf(content) + 1) continue;
    cutTail(files, root, content, at, notes);
    content.tail = "clean";
  }
}

/** Log and configuration must come from the same vault at the same time: a file put back from elsewhere leaves a gap. */
function checkCovered(contents: readonly SegmentContent[], newest: SegmentContent, covered: number): void {
  const first = contents[0]?.header?.first ?? 1;
  if (first <= Math.max(covered, 0) + 1 && lastSeqOf(newest) >= covered) return;
  throw new ChattyError(
    "LOG_GAP",
    `The log has changes ${first} to ${lastSeqOf(newest)}, but the configuration knows all up to ${covered}.`,
    {
      hint: "One of them was put back from another time. Nothing was changed: put both back from the same backup.",
      where: { path: newest.path },
    },
  );
}

function lastSeqOf(content: SegmentContent): number {
  return content.groups.at(-1)?.seq ?? (content.header?.first ?? 1) - 1;
}

/**
 * Writes every append of the log again where it belongs. Bytes are written even where the file already seems to hold them: after
 * a failed sync the page cache may show what the disk does not have. Doing it twice changes nothing.
 * @returns how each file now stands, synced.
 */
export function replayAppends(
  files: FilePort,
  root: string,
  groups: readonly LoggedGroup[],
  at: number,
  notes: RecoveryNote[],
): FileMark[] {
  const made = new Set<string>();
  const marks: FileMark[] = [];
  try {
    // One file after the other: there may be more of them than a process may have open.
    for (const [relative, lines] of linesByFile(groups)) {
      const path = absolutePath(root, relative);
      for (const folder of files.makeDirectory(dirname(path))) made.add(dirname(folder));
      made.add(dirname(path));
      const file = files.open(path, "update");
      const target: ReplayedFile = { path: relative, file, end: undefined, mark: undefined, lost: [] };
      try {
        for (const { offset, bytes } of lines) replayLine(files, root, target, offset, bytes, at, notes);
        finishFile(files, root, target, at, notes);
      } finally {
        file.close();
      }
      if (target.mark !== undefined) marks.push(target.mark);
    }
    for (const folder of made) files.syncDirectory(folder);
  } catch (error) {
    throw storageError(error, "recover the files of", root);
  }
  return marks;
}

interface LoggedLine {
  offset: number;
  bytes: Buffer;
}

function linesByFile(groups: readonly LoggedGroup[]): Map<string, LoggedLine[]> {
  const byFile = new Map<string, LoggedLine[]>();
  for (const { ops, lines } of groups) {
    for (const [index, op] of ops.entries()) {
      if (!("append" in op)) continue;
      const bytes = lines[index];
      if (bytes === undefined) throw lineDamaged(op.append, op.offset);
      const known = byFile.get(op.append);
      if (known === undefined) byFile.set(op.append, [{ offset: op.offset, bytes }]);
      else known.push({ offset: op.offset, bytes });
    }
  }
  return byFile;
}

function lineDamaged(path: string, offset: number): ChattyError {
  return new ChattyError("LOG_DAMAGED", `A line of the log for ${path} is not the line that was sealed.`, {
    hint: "Nothing was changed. Restore a backup; keep this folder, since every whole line of the log can still be read.",
    where: { path, offset },
  });
}

interface ReplayedFile {
  path: string;
  file: OpenFile;
  /** Where the next line belongs; undefined before the first, and for good when the file lost bytes before it. */
  end: number | undefined;
  mark: FileMark | undefined;
  /** Lines that have no place because synced bytes before them are gone. */
  lost: Buffer[];
}

function replayLine(
  files: FilePort,
  root: string,
  target: ReplayedFile,
  offset: number,
  bytes: Buffer,
  at: number,
  notes: RecoveryNote[],
): void {
  const size = target.file.size();
  if (target.lost.length > 0 || (target.end === undefined && size < offset)) {
    if (target.lost.length === 0) {
      notes.push({ code: "FILE_TRUNCATED", path: target.path, from: size, to: offset });
    }
    target.lost.push(bytes);
    return;
  }
  const there = readUpTo(target.file, offset, bytes.length);
  // NULs are what a file system shows for blocks that never reached the disk: there is nothing in them to keep.
  const isBlank = there.every((byte) => byte === 0);
  if (!isBlank && !there.equals(bytes.subarray(0, there.length))) {
    const to = offset + there.length;
    const quarantined = quarantineBytes(
      files,
      root,
      { path: target.path, from: offset, to, reason: "unsynced bytes", at },
      there,
    );
    notes.push({ code: "FILE_BYTES_REPLACED", path: target.path, from: offset, to, quarantined });
  }
  writeAll(target.file, bytes, offset);
  const opened = openLine<{ seq?: number }>(bytes);
  if (opened.kind === "fault") throw lineDamaged(target.path, offset);
  target.end = offset + bytes.length;
  target.mark = { path: target.path, length: target.end, seq: opened.body.seq ?? 0, hash: opened.body.hash };
}

function finishFile(
  files: FilePort,
  root: string,
  target: ReplayedFile,
  at: number,
  notes: RecoveryNote[],
): void {
  if (target.lost.length > 0) {
    const bytes = Buffer.concat(target.lost);
    const note = { path: target.path, from: 0, to: bytes.length, reason: "lines without a place", at };
    quarantineBytes(files, root, note, bytes);
    target.mark = undefined;
    return;
  }
  const size = target.file.size();
  if (target.end !== undefined && size > target.end) {
    const tail = readUpTo(target.file, target.end, size - target.end);
    const note = { path: target.path, from: target.end, to: size, reason: "torn tail", at };
    const quarantined = quarantineBytes(files, root, note, tail);
    target.file.truncate(target.end);
    notes.push({ code: "FILE_TAIL_CUT", path: target.path, from: target.end, to: size, quarantined });
  }
  target.file.syncNow();
}

function cutTail(
  files: FilePort,
  root: string,
  content: SegmentContent,
  at: number,
  notes: RecoveryNote[],
): void {
  const path = `${layout.log}/${content.number}.jsonl`;
  const file = files.open(content.path, "update");
  try {
    const tail = readUpTo(file, content.goodLength, content.size - content.goodLength);
    const range = { path, from: content.goodLength, to: content.size };
    const quarantined = quarantineBytes(files, root, { ...range, reason: "torn tail", at }, tail);
    file.truncate(content.goodLength);
    file.syncNow();
    notes.push({ code: "LOG_TAIL_CUT", ...range, quarantined });
  } finally {
    file.close();
  }
}

function checkContents(contents: readonly SegmentContent[], vaultId: string): void {
  for (const [index, content] of contents.entries()) {
    const isLast = index === contents.length - 1;
    if (content.header === undefined || content.tail === "corrupt" || (content.tail === "torn" && !isLast)) {
      throw logDamaged(content, content.goodLength, "synced bytes are damaged");
    }
    if (content.header.vaultId !== vaultId) throw logDamaged(content, 0, "it belongs to another vault");
    const before = contents[index - 1];
    if (before === undefined) continue;
    const expected = lastSeqOf(before);
    if (content.number !== before.number + 1) throw logDamaged(content, 0, "the file before it is missing");
    if (content.header.prev !== before.lastHash || content.header.first !== expected + 1) {
      throw logDamaged(content, 0, "it does not continue the file before it");
    }
  }
}

function logDamaged(content: SegmentContent, offset: number, why: string): ChattyError {
  return new ChattyError(
    "LOG_DAMAGED",
    `The commit log ${content.path} cannot be read from byte ${offset}: ${why}.`,
    {
      hint: "Nothing was changed. Restore a backup; keep this folder, since every whole line of the log can still be read.",
      where: { path: content.path, offset },
    },
  );
}

function logMissing(directory: string): ChattyError {
  return new ChattyError("LOG_MISSING", `The commit log in ${directory} is missing.`, {
    hint: "Nothing was changed. Restore the folder from a backup.",
    where: { path: directory },
  });
}
