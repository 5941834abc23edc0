import { findSealedLines } from "./find-sealed-lines.ts";
import type { FoundLine } from "./find-sealed-lines.ts";
import type { ByteRange } from "./byte-range.ts";

/** Bytes of a file that are no whole line. */
export interface Fragment {
  path: string;
  bytes: Buffer;
  /** Byte offset in the file. */
  start: number;
}

/** File systems put blocks of whole sectors into wrong places. */
export const sectorBytes = 512;
/** More halves than this are not tried with each other. */
const halvesTried = 96;
const newline = 0x0a;
const lineStart = /^\{"(?:seq|version)":/;
/** All that a border in the middle of the hash may have left of the end. */
const lineEnd = /"\}$/;

/** The fragments of the unreadable stretches of a file, line by line. */
export function fragmentsOf(path: string, bytes: Buffer, unreadable: readonly ByteRange[]): Fragment[] {
  const fragments: Fragment[] = [];
  for (const { from, to } of unreadable) {
    for (let start = from; start < to;) {
      const at = bytes.indexOf(newline, start);
      const end = at === -1 || at >= to ? to : at;
      if (end > start) fragments.push({ path, bytes: bytes.subarray(start, end), start });
      start = end + 1;
    }
  }
  return fragments;
}

/**
 * Finds lines that a misplaced block tore in two: the first half stands in front of the border of a sector, the second behind one,
 * perhaps in another file. Only halves whose hash fits together count.
 */
export function joinFragments(fragments: readonly Fragment[]): (FoundLine & { path: string })[] {
  const heads: Fragment[] = [];
  const tails: Buffer[] = [];
  for (const { path, bytes, start } of fragments) {
    const isHead = lineStart.test(bytes.toString("latin1", 0, 16));
    const isTail = lineEnd.test(bytes.toString("latin1", Math.max(0, bytes.length - 2)));
    const borders = [];
    for (let at = sectorBytes - (start % sectorBytes); at < bytes.length; at += sectorBytes) borders.push(at);
    if (isHead)
      for (const at of [...borders, bytes.length]) heads.push({ path, bytes: bytes.subarray(0, at), start });
    if (isTail) for (const at of [0, ...borders]) tails.push(bytes.subarray(at));
  }
  const joined: (FoundLine & { path: string })[] = [];
  if (heads.length > halvesTried || tails.length > halvesTried) return joined;
  for (const { path, bytes, start } of heads) {
    for (const tail of tails) {
      const [line] = findSealedLines(Buffer.concat([bytes, tail, Buffer.from("\n")])).lines;
      if (line === undefined || line.start !== 0) continue;
      joined.push({ ...line, path, start, end: start + bytes.length });
    }
  }
  return joined;
}
