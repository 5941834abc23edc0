import { hash } from "node:crypto";
import { bytesWithLength, bytesWithWrite } from "../simulated-disk.ts";

/** Bytes of a file with their hash. */
export interface Content {
  readonly bytes: Buffer;
  readonly key: string;
}

export type FileChange =
  | { kind: "write"; position: number; bytes: Buffer }
  | { kind: "truncate"; length: number };

const known = new WeakMap<Buffer, Content>();

/** The content of bytes that nobody changes any more. */
export function contentOf(bytes: Buffer): Content {
  let content = known.get(bytes);
  if (content === undefined) {
    content = { bytes, key: hash("sha1", bytes, "base64") };
    known.set(bytes, content);
  }
  return content;
}

/** Newlines at which a write is torn at most; lines of one write reach the disk on their own. */
const lineEnds = 3;

/**
 * What a crash may leave of one more change, all of it last.
 * @param killed only the process died: then a write is torn, but nothing is blank and nothing out of order.
 */
export function contentChoices(before: Content, change: FileChange, killed: boolean): Content[] {
  if (change.kind === "truncate") return [contentOf(bytesWithLength(before.bytes, change.length))];
  const { bytes, position } = change;
  const whole = bytesWithWrite(before.bytes, bytes, position);
  const choices: Buffer[] = [];
  for (const point of tearingPoints(bytes)) {
    choices.push(bytesWithWrite(before.bytes, bytes.subarray(0, point), position));
  }
  if (!killed) {
    const end = position + bytes.length;
    const half = position + (bytes.length >> 1);
    // The length is there, the blocks behind it are not.
    for (const from of [position, half]) choices.push(blanked(before.bytes, whole, from, end));
    // Blocks of one write reach the disk in any order.
    if (half > position) choices.push(blanked(before.bytes, whole, position, half));
  }
  return [...choices, whole].map((each) => contentOf(each));
}

/** What is on disk when the system took pages for clean that it could not write: the length, and what was there before. */
export function lostContent(durable: Content, changes: readonly FileChange[]): Content {
  let bytes = durable.bytes;
  for (const change of changes) {
    bytes =
      change.kind === "truncate"
        ? bytesWithLength(bytes, change.length)
        : bytesWithLength(bytes, Math.max(bytes.length, change.position + change.bytes.length));
  }
  return contentOf(bytes);
}

function tearingPoints(bytes: Buffer): number[] {
  const points = new Set<number>();
  for (const point of [1, bytes.length >> 1, bytes.length - 1]) points.add(point);
  for (
    let at = bytes.indexOf(0x0a), count = 0;
    at !== -1 && count < lineEnds;
    at = bytes.indexOf(0x0a, at + 1)
  ) {
    points.add(at + 1);
    count += 1;
  }
  return [...points].filter((point) => point > 0 && point < bytes.length).sort((one, other) => one - other);
}

/** The file with the write, but from `from` to `to` what was there before, NUL where nothing was. */
function blanked(before: Buffer, whole: Buffer, from: number, to: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes.fill(0, from, to);
  before.copy(bytes, from, Math.min(from, before.length), Math.min(to, before.length));
  return bytes;
}
