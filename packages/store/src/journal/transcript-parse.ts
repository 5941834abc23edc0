import { isJsonObject } from "@chatty/model";
import { sealLine } from "../log/chained-line.ts";
import type { JournalRecord, SealedHeader } from "./record.ts";
import { framedField, leadIn, recordLineEnd, recordLineStart, renderBlock } from "./transcript-block.ts";
import { headerLineEnd, headerLineStart, renderHead } from "./transcript-head.ts";
import { isTextFrame, readFramedText } from "./transcript-text.ts";

/**
 * Why bytes are not what the journal renders to: the head or a block is not as rendered, a hash does not fit the record, or a
 * record does not follow the one before it.
 */
export type TranscriptFault = "head" | "block" | "hash" | "chain";

/** What a transcript holds. */
export type ParsedTranscript =
  | { kind: "intact"; header: SealedHeader; records: JournalRecord[] }
  | {
      /** Edited, damaged or cut off in the middle of a block. */
      kind: "altered";
      /** Bytes up to which everything is verified; the block that starts here is the first that is not. */
      offset: number;
      fault: TranscriptFault;
      /** Absent when the head itself does not match. */
      header?: SealedHeader;
      /** The records before `offset`. */
      records: JournalRecord[];
    };

/**
 * Reads a transcript back. Never throws: whatever was done to the bytes is told as a result. Every record that comes back has
 * been sealed again and rendered again, so it is the journal's, byte for byte. A transcript cut at the end of a block is
 * intact; whether it is whole is for its stored length to say.
 */
export function parseTranscript(bytes: Uint8Array): ParsedTranscript {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: JournalRecord[] = [];
  const head = readHead(text);
  if (typeof head === "string") return { kind: "altered", offset: 0, fault: head, records };
  const { header } = head;
  let offset = head.length;
  let { hash } = header as { hash: string };
  while (offset < text.length) {
    const block = readBlock(text, offset);
    if (typeof block === "string") return { kind: "altered", offset, fault: block, header, records };
    if (block.record.prev !== hash) return { kind: "altered", offset, fault: "chain", header, records };
    records.push(block.record);
    offset += block.length;
    ({ hash } = block.record);
  }
  return { kind: "intact", header, records };
}

/** The journal file that a header and its records stand for: the exact bytes they were read from. */
export function journalBytes(header: SealedHeader, records: readonly JournalRecord[]): Buffer {
  return Buffer.concat([sealedBytes(header), ...records.map(sealedBytes)]);
}

function readHead(text: Buffer): { header: SealedHeader; length: number } | TranscriptFault {
  // The front matter before it is made of short `key: value` lines, none of which can begin with a comment.
  const at = text.indexOf(`\n${headerLineStart}`);
  const end = at === -1 ? -1 : text.indexOf(`${headerLineEnd}\n`, at);
  if (end === -1) return "head";
  try {
    const header: unknown = JSON.parse(text.toString("utf8", at + 1 + headerLineStart.length, end));
    if (!isHeader(header)) return "head";
    const rendered = renderHead(header);
    if (!rendered.equals(text.subarray(0, rendered.length))) return "head";
    return isSealed(header) ? { header, length: rendered.length } : "hash";
  } catch {
    return "head";
  }
}

function readBlock(text: Buffer, start: number): { record: JournalRecord; length: number } | TranscriptFault {
  const end = text.indexOf("\n", start);
  if (end === -1) return "block";
  const line = text.toString("utf8", start, end);
  if (!line.startsWith(recordLineStart) || !line.endsWith(recordLineEnd)) return "block";
  try {
    const value: unknown = JSON.parse(line.slice(recordLineStart.length, -recordLineEnd.length));
    if (!isJsonObject(value) || typeof value["kind"] !== "string") return "block";
    const record = value as unknown as JournalRecord;
    const field = framedField(value["kind"]);
    if (field !== undefined) {
      const frame: unknown = value[field];
      if (!isTextFrame(frame)) return "block";
      const from = end + 1 + Buffer.byteLength(leadIn(record), "utf8");
      value[field] = readFramedText(text.subarray(from, from + frame.bytes), frame);
    }
    const rendered = renderBlock(record);
    if (!rendered.equals(text.subarray(start, start + rendered.length))) return "block";
    return isSealed(record) ? { record, length: rendered.length } : "hash";
  } catch {
    // Only bytes that were not rendered here get this far: not JSON, or fields of other types than a record has.
    return "block";
  }
}

function isHeader(value: unknown): value is SealedHeader {
  return isJsonObject(value) && isJsonObject(value["metadata"]) && typeof value["hash"] === "string";
}

/** True when the hash is right and the keys stand in the order that sealing gives them. */
function isSealed(line: SealedHeader | JournalRecord): boolean {
  return sealedBytes(line).toString("utf8", 0) === `${JSON.stringify(line)}\n`;
}

function sealedBytes(line: SealedHeader | JournalRecord): Buffer {
  const { prev, hash: _, ...body } = line;
  return sealLine(body, prev).bytes;
}
