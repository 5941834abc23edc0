import { limits } from "../limits.ts";
import { ByteWindow } from "./byte-window.ts";
import { resynchronise } from "./resynchronise.ts";
import { ValueScanner } from "./value-scanner.ts";

/** One complete element: its exact bytes and what has to be known before they are parsed. */
export interface SplitElement {
  kind: "element";
  offset: number;
  bytes: Buffer;
  deepest: number;
  hasBigIntegers: boolean;
}

/** A stretch that is no complete element. Without `bytes` it was too long to keep. */
export interface SplitDamage {
  kind: "damage";
  reason: "syntax" | "torn" | "oversized";
  offset: number;
  length: number;
  bytes?: Buffer;
}

/** Something about the frame around the elements. */
export interface SplitNotice {
  kind: "notice";
  notice: "unterminated" | "trailing-bytes" | "missing-comma";
  offset: number;
}

export type SplitEvent = SplitElement | SplitDamage | SplitNotice;

export interface SplitOptions {
  /** Confirms an element found behind a damaged one. Without it a damaged element costs all that follows. */
  accepts?: (bytes: Buffer) => boolean;
  /** Longest element that is kept, in bytes. */
  maxElementBytes?: number;
}

/**
 * Cuts a JSON text into the elements of its outermost array. Also takes a single object, objects one after another, and
 * `{"conversations": […]}`. A byte order mark is passed over. Memory: one chunk and one element.
 */
export async function* splitElements(
  chunks: AsyncIterable<Uint8Array>,
  options: SplitOptions = {},
): AsyncGenerator<SplitEvent> {
  const window = new ByteWindow(chunks);
  const frame: Frame = {
    state: "root",
    needsComma: false,
    isTrailing: false,
    isWrapped: false,
    hasTail: false,
  };
  const maxElementBytes = options.maxElementBytes ?? limits.recordBytes;
  let firstKey: string | undefined;
  try {
    do {
      while (window.at < window.bytes.length && !frame.isTrailing) {
        const step = stepFrame(frame, window);
        if (step === "next") continue;
        if (step !== "value") {
          yield step;
          continue;
        }
        const event = await readElement(window, frame, maxElementBytes);
        if (event === undefined) continue;
        if (event.kind === "element") {
          firstKey ??= readFirstKey(event.bytes);
          yield event;
        } else if (event.bytes === undefined) {
          yield event;
        } else {
          const key = firstKey ?? readFirstKey(event.bytes);
          const found = await resynchronise(window, event.bytes, event.offset, {
            key,
            accepts: options.accepts,
            maxElementBytes,
          });
          yield { kind: "damage", reason: event.reason, offset: event.offset, ...found.damaged };
          if (found.element === undefined) frame.hasTail = true;
          else frame.state = "array";
          if (found.element !== undefined) yield found.element;
        }
      }
    } while (await window.advance());
  } finally {
    await window.close();
  }
  if (frame.state === "array" && !frame.hasTail) {
    yield { kind: "notice", notice: "unterminated", offset: window.base };
  }
}

interface Frame {
  state: "root" | "array" | "after";
  needsComma: boolean;
  /** What follows is of no interest. */
  isTrailing: boolean;
  /** Inside `{"conversations": […]}`: what follows the array is the rest of the wrapper. */
  isWrapped: boolean;
  /** The text ends in a damaged element, which says already that it is unterminated. */
  hasTail: boolean;
}

/** Handles one byte between elements. */
function stepFrame(frame: Frame, window: ByteWindow): "next" | "value" | SplitNotice {
  const byte = window.bytes[window.at] as number;
  const offset = window.base + window.at;
  if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return skip(window);
  if (frame.state === "array") {
    if (byte === 0x2c) {
      frame.needsComma = false;
      return skip(window);
    }
    if (byte === 0x5d) {
      frame.state = "after";
      return skip(window);
    }
    if (!frame.needsComma) return "value";
    frame.needsComma = false;
    return { kind: "notice", notice: "missing-comma", offset };
  }
  const mark = [0xef, 0xbb, 0xbf][offset];
  if (frame.state === "root" && mark !== undefined && byte === mark) return skip(window);
  if (byte === 0x5b && !frame.isWrapped) {
    frame.state = "array";
    frame.needsComma = false;
    return skip(window);
  }
  // A list whose opening bracket was lost.
  if (byte === 0x2c && frame.state === "after" && !frame.isWrapped) {
    frame.state = "array";
    frame.needsComma = false;
    return skip(window);
  }
  if (frame.state === "root" || (byte === 0x7b && !frame.isWrapped)) return "value";
  frame.isTrailing = true;
  return frame.isWrapped ? "next" : { kind: "notice", notice: "trailing-bytes", offset };
}

function skip(window: ByteWindow): "next" {
  window.at += 1;
  return "next";
}

/** Reads one value; undefined when it turned out to be the wrapper of the elements. */
async function readElement(
  window: ByteWindow,
  frame: Frame,
  maxElementBytes: number,
): Promise<SplitElement | SplitDamage | undefined> {
  const isRoot = frame.state !== "array";
  const scanner = new ValueScanner(isRoot ? "conversations" : undefined);
  const offset = window.base + window.at;
  const pieces: Buffer[] = [];
  let length = 0;
  for (;;) {
    const start = window.at;
    window.at = scanner.scan(window.bytes, start);
    length += window.at - start;
    if (length <= maxElementBytes) pieces.push(window.bytes.subarray(start, window.at));
    else pieces.length = 0;
    if (scanner.outcome !== "more") break;
    if (!(await window.advance())) break;
  }
  scanner.finish();
  if (scanner.outcome === "entered") {
    frame.state = "array";
    frame.isWrapped = true;
    return undefined;
  }
  if (isRoot) frame.state = "after";
  else frame.needsComma = true;
  if (length > maxElementBytes) {
    if (scanner.outcome === "done") return { kind: "damage", reason: "oversized", offset, length };
    frame.hasTail = true;
    return { kind: "damage", reason: "oversized", offset, length: (await window.drain()) - offset };
  }
  const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length);
  if (scanner.outcome === "done") {
    return {
      kind: "element",
      offset,
      bytes,
      deepest: scanner.deepest,
      hasBigIntegers: scanner.hasBigIntegers,
    };
  }
  if (scanner.outcome === "more") return { kind: "damage", reason: "torn", offset, length, bytes };
  return { kind: "damage", reason: "syntax", offset, length, bytes };
}

/** The first key of an object: exports write every conversation's keys in the same order. */
function readFirstKey(bytes: Buffer): string | undefined {
  return /^\{\s*"([^"\\]{1,100})"/.exec(bytes.toString("latin1", 0, 200))?.[1];
}
