import { hash } from "node:crypto";
import { openLine } from "../log/chained-line.ts";
import type { ByteRange } from "./byte-range.ts";

/** A sealed line that was found whole, wherever it stood. */
export interface FoundLine {
  /** Byte offset of its first byte. */
  start: number;
  /** Byte offset behind its last byte, its newline included where it has one. */
  end: number;
  /** The line without its newline. */
  text: Buffer;
  body: Record<string, unknown> & { prev: string; hash: string };
}

/** What a damaged file of sealed lines still holds. */
export interface FoundLines {
  /** In the order of the file. A line that stands there twice is listed twice. */
  lines: FoundLine[];
  /** Bytes that belong to no whole line, in order and merged. */
  unreadable: ByteRange[];
}

const newline = 0x0a;
const sealMark = Buffer.from(',"hash":"');
const sealLength = sealMark.length + 64 + 2;
/** How lines of the store's files begin. Inside of a text the quotes would be escaped. */
const beginnings = ['{"seq":', '{"version":', '{"format":'].map((text) => Buffer.from(text));
/** Beginnings that are tried for one seal: a nested object may look like one. */
const beginningsTried = 24;

/**
 * Finds every line whose seal fits, in bytes of which anything may be damaged. It takes up again behind each newline, and inside of
 * what is no line at each place that ends like a seal: so a lost newline, a run of NULs in front of a line, or what is left of
 * another line costs no more than itself. A line counts only when its hash does, so nothing can be found that was not written.
 */
export function findSealedLines(bytes: Buffer): FoundLines {
  const found: FoundLines = { lines: [], unreadable: [] };
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(newline, start);
    const end = at === -1 ? bytes.length : at + 1;
    const opened = openLine<Record<string, unknown>>(bytes.subarray(start, end));
    if (opened.kind === "sealed") {
      found.lines.push({ start, end, text: bytes.subarray(start, end - 1), body: opened.body });
    } else {
      findInside(bytes, start, end, found);
    }
    start = end;
  }
  return found;
}

function findInside(bytes: Buffer, start: number, end: number, found: FoundLines): void {
  const hasNewline = bytes[end - 1] === newline;
  const textEnd = hasNewline ? end - 1 : end;
  let from = start;
  for (let at = bytes.indexOf(sealMark, start); at !== -1; at = bytes.indexOf(sealMark, at + 1)) {
    const sealEnd = at + sealLength;
    if (sealEnd > textEnd) break;
    const line = lineEndingAt(bytes, from, at, sealEnd);
    if (line === undefined) continue;
    addUnreadable(found, from, line.start);
    line.end = sealEnd === textEnd ? end : sealEnd;
    found.lines.push(line);
    from = line.end;
  }
  addUnreadable(found, from, end);
}

function lineEndingAt(bytes: Buffer, from: number, sealAt: number, sealEnd: number): FoundLine | undefined {
  if (bytes[sealEnd - 2] !== 0x22 || bytes[sealEnd - 1] !== 0x7d) return undefined;
  const written = bytes.toString("latin1", sealAt + sealMark.length, sealEnd - 2);
  if (!/^[0-9a-f]{64}$/.test(written)) return undefined;
  for (const begin of beginningsBefore(bytes, from, sealAt)) {
    if (hash("sha256", bytes.subarray(begin, sealAt), "hex") !== written) continue;
    const text = bytes.subarray(begin, sealEnd);
    try {
      const body = JSON.parse(text.toString("utf8")) as FoundLine["body"];
      return { start: begin, end: sealEnd, text, body };
    } catch {
      // Sealed, and no JSON: then it was never a line of ours.
      return undefined;
    }
  }
  return undefined;
}

/** Places where the line may begin, the nearest first. */
function beginningsBefore(bytes: Buffer, from: number, before: number): number[] {
  const places: number[] = [];
  for (const text of beginnings) {
    for (let at = bytes.lastIndexOf(text, before); at >= from && places.length < beginningsTried;) {
      places.push(at);
      if (at === 0) break;
      at = bytes.lastIndexOf(text, at - 1);
    }
  }
  return places.sort((left, right) => right - left);
}

function addUnreadable(found: FoundLines, from: number, to: number): void {
  if (from >= to) return;
  const last = found.unreadable.at(-1);
  if (last?.to === from) last.to = to;
  else found.unreadable.push({ from, to });
}
