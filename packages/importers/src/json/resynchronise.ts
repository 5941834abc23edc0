import type { SplitElement } from "./array-splitter.ts";
import type { ByteWindow } from "./byte-window.ts";
import { ValueScanner } from "./value-scanner.ts";

/** How much looking for the next element may cost: this many times the bytes looked at, and some for small texts. */
const effortFactor = 16;
const effortFloor = 64 * 2 ** 20;
/** Enough for a comma, white space and a key that lie across two chunks. */
const overlapBytes = 512;

interface ResyncOptions {
  /** The key that conversations of this file begin with. */
  key: string | undefined;
  /** Without it nothing is looked for. */
  accepts: ((bytes: Buffer) => boolean) | undefined;
  maxElementBytes: number;
}

interface ResyncResult {
  damaged: { length: number; bytes?: Buffer };
  element?: SplitElement;
}

/**
 * Looks behind a damaged element for the next one that is whole, so that the damage costs only what it touched. A
 * boundary is a comma and an object; what begins there must be complete and accepted. Without one the damage reaches to
 * the end.
 */
export async function resynchronise(
  window: ByteWindow,
  damaged: Buffer,
  offset: number,
  options: ResyncOptions,
): Promise<ResyncResult> {
  window.rewind(damaged, offset);
  if (options.accepts === undefined) return giveUp(window, offset, options.maxElementBytes);
  // Any object may be the next element. Where that leads too far, only those that begin like the others are tried.
  for (const key of options.key === undefined ? [undefined] : [undefined, options.key]) {
    let effort = 0;
    for (let from = 1; ;) {
      const start = findBoundary(window.bytes, from, key);
      if (start === -1) {
        from = Math.max(1, window.bytes.length - overlapBytes);
        if (window.bytes.length <= options.maxElementBytes && (await window.extend())) continue;
        break;
      }
      const scanner = new ValueScanner();
      let end = scanner.scan(window.bytes, start);
      while (
        scanner.outcome === "more" &&
        end - start <= options.maxElementBytes &&
        (await window.extend())
      ) {
        end = scanner.scan(window.bytes, end);
      }
      const bytes = window.bytes.subarray(start, end);
      if (scanner.outcome === "done" && options.accepts(bytes)) {
        const { deepest, hasBigIntegers } = scanner;
        const length = lengthWithoutSeparator(window.bytes, start);
        window.at = end;
        return {
          damaged: { length, bytes: window.bytes.subarray(0, length) },
          element: { kind: "element", offset: offset + start, bytes, deepest, hasBigIntegers },
        };
      }
      effort += end - start;
      if (effort > window.bytes.length * effortFactor + effortFloor) break;
      from = start + 1;
    }
  }
  return giveUp(window, offset, options.maxElementBytes);
}

async function giveUp(window: ByteWindow, offset: number, maxElementBytes: number): Promise<ResyncResult> {
  while (window.bytes.length <= maxElementBytes && (await window.extend()));
  const bytes = window.bytes;
  window.at = bytes.length;
  if (bytes.length <= maxElementBytes) return { damaged: { length: bytes.length, bytes } };
  return { damaged: { length: (await window.drain()) - offset } };
}

/** Position of a `{` behind a comma, before the key (or, without one, before any key); -1 when there is none. */
function findBoundary(bytes: Buffer, from: number, key: string | undefined): number {
  const needle = key === undefined ? Buffer.from("{") : Buffer.from(`"${key}"`, "latin1");
  for (let at = bytes.indexOf(needle, from); at !== -1; at = bytes.indexOf(needle, at + 1)) {
    const brace = key === undefined ? at : skipSpaceBack(bytes, at - 1);
    if (brace < from || bytes[brace] !== 0x7b) continue;
    if (bytes[skipSpaceBack(bytes, brace - 1)] !== 0x2c) continue;
    if (key === undefined && bytes[skipSpace(bytes, brace + 1)] !== 0x22) continue;
    return brace;
  }
  return -1;
}

function lengthWithoutSeparator(bytes: Buffer, start: number): number {
  const comma = skipSpaceBack(bytes, start - 1);
  return skipSpaceBack(bytes, comma - 1) + 1;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at])) at += 1;
  return at;
}

function skipSpaceBack(bytes: Buffer, from: number): number {
  let at = from;
  while (at >= 0 && isSpace(bytes[at])) at -= 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
