import { isJsonObject } from "@chatty/model";
import type { JsonObject } from "@chatty/model";
import { splitTextLines, textBetween } from "./text-lines.ts";

/** One line of a file of JSON lines: an object, an empty line, or bytes that are neither. Offsets are bytes. */
export type JsonLine =
  | { kind: "object"; from: number; to: number; value: JsonObject }
  | { kind: "blank"; from: number; to: number }
  | { kind: "unreadable"; from: number; to: number; isTorn: boolean };

/** Beginnings of objects that are tried inside one damaged line. */
const salvageTries = 400;

/**
 * Reads lines of JSON. A line that was torn off, and on which the next program went on writing, gives the torn bytes and then the
 * whole object behind them. Every byte belongs to exactly one entry.
 */
export function readJsonLines(bytes: Uint8Array): JsonLine[] {
  const lines: JsonLine[] = [];
  for (const { from, to } of splitTextLines(bytes)) {
    const text = textBetween(bytes, from, to);
    const value = parseObject(text.replace(/^\ufeff/, ""));
    if (text.trim() === "") lines.push({ kind: "blank", from, to });
    else if (value !== undefined) lines.push({ kind: "object", from, to, value });
    else lines.push(...salvage(bytes, from, to));
  }
  return lines;
}

function salvage(bytes: Uint8Array, from: number, to: number): JsonLine[] {
  const text = textBetween(bytes, from, to);
  const isTorn = to === bytes.length && bytes[to - 1] !== 0x0a;
  let at = text.indexOf('{"', 1);
  for (let tries = 0; at !== -1 && tries < salvageTries; tries += 1) {
    const value = parseObject(text.slice(at));
    // An object inside the torn one would parse as well; only what could stand on a line of its own counts.
    if (value !== undefined && isRecord(value)) {
      const begin = from + Buffer.byteLength(text.slice(0, at));
      if (textBetween(bytes, begin, to) !== text.slice(at)) break;
      return [
        { kind: "unreadable", from, to: begin, isTorn: true },
        { kind: "object", from: begin, to, value },
      ];
    }
    at = text.indexOf('{"', at + 1);
  }
  return [{ kind: "unreadable", from, to, isTorn }];
}

function isRecord(value: JsonObject): boolean {
  const hasText = ["mes", "content", "message", "text"].some((key) => typeof value[key] === "string");
  return hasText && ["role", "name", "is_user", "send_date", "message_id", "id"].some((key) => key in value);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Whoever asked keeps the bytes and lists them.
    return undefined;
  }
}
