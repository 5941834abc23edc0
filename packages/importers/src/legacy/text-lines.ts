import { isUtf8 } from "node:buffer";

/** One line of a file, with its place. Offsets are bytes. */
export interface TextLine {
  from: number;
  /** Behind its line end. */
  to: number;
  /** Without its line end. Each character of a line that is not UTF-8 stands for one byte. */
  text: string;
  isUtf8: boolean;
}

/** Splits at line feeds. Every byte belongs to exactly one line. */
export function splitTextLines(bytes: Uint8Array): TextLine[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: TextLine[] = [];
  const isWholeSound = isUtf8(buffer);
  for (let from = 0; from < buffer.length;) {
    const found = buffer.indexOf(0x0a, from);
    const to = found === -1 ? buffer.length : found + 1;
    let end = found === -1 ? to : found;
    if (found !== -1 && end > from && buffer[end - 1] === 0x0d) end -= 1;
    const raw = buffer.subarray(from, end);
    const isSound = isWholeSound || isUtf8(raw);
    lines.push({ from, to, text: raw.toString(isSound ? "utf8" : "latin1"), isUtf8: isSound });
    from = to;
  }
  return lines;
}

/** Bytes of the first `length` characters of a line. */
export function bytesOfPrefix(line: TextLine, length: number): number {
  const prefix = line.text.slice(0, length);
  return line.isUtf8 ? Buffer.byteLength(prefix) : prefix.length;
}

/** The text between two offsets. Bytes that are not UTF-8 become replacement characters, as everywhere. */
export function textBetween(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, to - from)).toString("utf8");
}
