import { isUtf8 } from "node:buffer";
import { ChattyError } from "@chatty/model";
import type { JsonValue } from "@chatty/model";
import { limits } from "../limits.ts";
import { ValueScanner } from "./value-scanner.ts";

/** What is known about a record's bytes before they are parsed. */
export interface RecordFacts {
  deepest: number;
  hasBigIntegers: boolean;
}

/** A record's value, and whether its text had to be patched to be read. */
export interface ParsedRecord {
  value: JsonValue;
  isUtf8: boolean;
}

/** Goes over a record's bytes once. Bytes that are no single JSON value give facts too; parsing then refuses them. */
export function scanRecord(bytes: Uint8Array): RecordFacts {
  const scanner = new ValueScanner();
  scanner.scan(asBuffer(bytes), startsWithMark(bytes) ? 3 : 0);
  scanner.finish();
  return scanner;
}

/**
 * Parses one record. Integers that a double cannot hold become the text of their digits, so that ids stay whole.
 * @throws {ChattyError} RECORD_TOO_DEEP, RECORD_TOO_LARGE, RECORD_UNREADABLE
 */
export function parseRecord(bytes: Uint8Array, facts: RecordFacts = scanRecord(bytes)): ParsedRecord {
  if (bytes.length > limits.recordBytes) {
    throw new ChattyError("RECORD_TOO_LARGE", `A record of ${bytes.length} bytes is too long to be read.`);
  }
  if (facts.deepest > limits.depth) {
    throw new ChattyError(
      "RECORD_TOO_DEEP",
      `A record is nested ${facts.deepest} levels deep; ${limits.depth} are read.`,
    );
  }
  const buffer = asBuffer(startsWithMark(bytes) ? bytes.subarray(3) : bytes);
  try {
    const text = buffer.toString("utf8");
    const value: unknown = facts.hasBigIntegers ? JSON.parse(text, keepDigits) : JSON.parse(text);
    return { value: value as JsonValue, isUtf8: isUtf8(buffer) };
  } catch (error) {
    // The parser's own message quotes the text around the fault, which is the person's; only the position is told.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? "" : ` near character ${position}`;
    throw new ChattyError("RECORD_UNREADABLE", `A record is not valid JSON${where}.`);
  }
}

/** The source text of a primitive, which Node's `JSON.parse` hands to revivers. */
interface ReviverContext {
  source?: string;
}

function keepDigits(_key: string, value: unknown, context?: ReviverContext): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
