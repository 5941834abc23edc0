import { ChattyError } from "@chatty/model";
import { openLine } from "../log/chained-line.ts";
import type { JournalRecord, SealedHeader } from "./record.ts";

/** Bytes of a file that lines are appended to, up to its published length and never beyond. */
export interface PublishedBytes {
  /** Relative path, for messages. */
  readonly path: string;
  /** Published length in bytes. */
  readonly length: number;
  read(position: number, length: number): Buffer;
}

/** One line of such a file and where it lies. */
export interface PublishedLine {
  bytes: Buffer;
  /** Byte offset. */
  start: number;
}

/** A journal line that was checked. */
export interface ReadRecord {
  record: JournalRecord;
  start: number;
  /** Bytes with the newline. */
  length: number;
}

const chunkBytes = 256 * 1024;

/** Lines from `from` on, in order, in bounded memory but for the longest line. The last may lack its newline. */
export function* scanLines(source: PublishedBytes, from = 0): Generator<PublishedLine> {
  let held: Buffer[] = [];
  let start = from;
  for (let position = from; position < source.length;) {
    const chunk = source.read(position, chunkBytes);
    if (chunk.length === 0) break;
    position += chunk.length;
    let begin = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, begin)) {
      const bytes = Buffer.concat([...held, chunk.subarray(begin, at + 1)]);
      yield { bytes, start };
      start += bytes.length;
      held = [];
      begin = at + 1;
    }
    if (begin < chunk.length) held.push(chunk.subarray(begin));
  }
  const rest = Buffer.concat(held);
  if (rest.length > 0) yield { bytes: rest, start };
}

/** The last `count` lines in order; reads from the end, so that cost does not grow with the file. */
export function tailLines(source: PublishedBytes, count: number): PublishedLine[] {
  const lines: PublishedLine[] = [];
  let carry: Buffer = Buffer.alloc(0);
  let position = source.length;
  while (position > 0 && lines.length < count) {
    const from = Math.max(0, position - chunkBytes);
    const bytes = Buffer.concat([source.read(from, position - from), carry]);
    position = from;
    let end = bytes.length;
    while (lines.length < count && end > 0) {
      const at = bytes.lastIndexOf(0x0a, end - 2);
      if (end < 2 || at === -1) break;
      lines.push({ bytes: bytes.subarray(at + 1, end), start: from + at + 1 });
      end = at + 1;
    }
    carry = bytes.subarray(0, end);
  }
  if (position === 0 && carry.length > 0 && lines.length < count) lines.push({ bytes: carry, start: 0 });
  return lines.reverse();
}

/** Reads the first line. @param sessionId whose it must be, if given. @throws {ChattyError} FILE_DAMAGED */
export function readHeader(source: PublishedBytes, sessionId?: string): SealedHeader {
  for (const line of scanLines(source)) {
    const opened = openLine<Omit<SealedHeader, "prev" | "hash">>(line.bytes);
    if (opened.kind === "fault")
      throw fileDamaged(source.path, 0, `the header is not a sealed line (${opened.fault})`);
    if (typeof opened.body.chat_id !== "string")
      throw fileDamaged(source.path, 0, "the first line is no header");
    if (sessionId !== undefined && opened.body.chat_id !== sessionId)
      throw fileDamaged(source.path, 0, `it is the journal of session ${opened.body.chat_id}`);
    return opened.body as SealedHeader;
  }
  throw fileDamaged(source.path, 0, "the header is missing");
}

/**
 * Reads records from a byte offset on and checks every hash and link.
 * @param prev hash of the line before `from`; undefined checks the links from the second line on.
 * @throws {ChattyError} FILE_DAMAGED at the first line that does not fit
 */
export function* scanRecords(source: PublishedBytes, from: number, prev?: string): Generator<ReadRecord> {
  let last = prev;
  for (const line of scanLines(source, from)) {
    const record = openRecord(source.path, line);
    if (last !== undefined && record.prev !== last) {
      throw fileDamaged(source.path, line.start, "it does not continue the line before it");
    }
    last = record.hash;
    // Line 0 is the header; it has no place among the records.
    if (line.start > 0) yield { record, start: line.start, length: line.bytes.length };
  }
}

/** A stretch of a journal that cannot be read; byte offsets. */
export interface UnreadableRange {
  from: number;
  to: number;
}

/**
 * Every record that can be read, for showing: goes on behind damage and tells of it, where {@link scanRecords} stops.
 * @param onDamage called for each stretch that is passed over.
 */
export function* readableRecords(
  source: PublishedBytes,
  onDamage: (range: UnreadableRange) => void,
): Generator<JournalRecord> {
  for (const line of scanLines(source)) {
    if (line.start === 0) continue;
    const opened = openLine<Omit<JournalRecord, "prev" | "hash">>(line.bytes);
    if (opened.kind === "fault") onDamage({ from: line.start, to: line.start + line.bytes.length });
    else yield opened.body as JournalRecord;
  }
}

/** Records from the last to the first, read as they are asked for. @throws {ChattyError} FILE_DAMAGED */
export function* recordsFromEnd(source: PublishedBytes): Generator<JournalRecord> {
  let end = source.length;
  for (let count = 64; end > 0; count *= 2) {
    // A shorter file has the same last lines.
    const rest: PublishedBytes = {
      path: source.path,
      length: end,
      read: (at, length) => source.read(at, length),
    };
    const lines = tailLines(rest, count);
    for (const line of lines.toReversed()) {
      if (line.start > 0) yield openRecord(source.path, line);
    }
    end = lines[0]?.start ?? 0;
  }
}

/** The last `count` records in order. @throws {ChattyError} FILE_DAMAGED */
export function tailRecords(source: PublishedBytes, count: number): ReadRecord[] {
  return tailLines(source, count)
    .filter((line) => line.start > 0)
    .map((line) => ({
      record: openRecord(source.path, line),
      start: line.start,
      length: line.bytes.length,
    }));
}

function openRecord(path: string, line: PublishedLine): JournalRecord {
  const opened = openLine<Omit<JournalRecord, "prev" | "hash">>(line.bytes);
  if (opened.kind === "fault")
    throw fileDamaged(path, line.start, `the line there is not sealed (${opened.fault})`);
  return opened.body as JournalRecord;
}

/** The error for a file whose lines do not fit together. */
export function fileDamaged(path: string, offset: number, why: string): ChattyError {
  return new ChattyError("FILE_DAMAGED", `${path} is damaged at byte ${offset}: ${why}.`, {
    hint: "Nothing was changed. Run `chatty verify` for every place and `chatty repair` to save what can be read.",
    where: { path, offset },
  });
}
