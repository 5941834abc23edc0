import type { JsonObject, LegacyReading } from "@chatty/model";
import { readJsonLines } from "./json-line.ts";
import { isChatEvent, isChatHeader, isChatMessage, readChatFile, readEvents } from "./read-chat-lines.ts";
import { isCharacterHeader, isCharacterMessage, readCharacterChat } from "./read-character-chat.ts";
import { readChatJson } from "./read-chat-json.ts";
import { readMarkdown } from "./read-markdown.ts";

/** Objects that are looked at before the form of a file of JSON lines is decided. */
const sampleSize = 20;

/**
 * Reads one file that stands for itself, whatever it is. What is in it decides, not its name alone.
 * @returns undefined when no older program wrote it as a conversation.
 */
export function readLegacyFile(
  path: string,
  bytes: Uint8Array,
  userNames: readonly string[],
): LegacyReading | undefined {
  const name = path.toLowerCase().replace(/(?:\.bak)+$/, "");
  if (name.endsWith(".json")) return readChatJson(path, bytes, userNames);
  if (startsLikeObject(bytes)) {
    const lines = readLines(path, bytes, userNames);
    if (lines !== undefined) return lines;
  }
  return name.endsWith(".jsonl") ? undefined : readMarkdown(path, bytes, userNames);
}

function readLines(path: string, bytes: Uint8Array, userNames: readonly string[]): LegacyReading | undefined {
  const sample: JsonObject[] = [];
  for (const line of readJsonLines(bytes)) {
    if (line.kind === "object") sample.push(line.value);
    if (sample.length === sampleSize) break;
  }
  if (sample.some((value) => isCharacterHeader(value) || isCharacterMessage(value))) {
    return readCharacterChat(path, bytes, userNames);
  }
  if (sample.some(isChatEvent)) return readEvents(path, bytes);
  return sample.some((value) => isChatHeader(value) || isChatMessage(value))
    ? readChatFile(path, bytes)
    : undefined;
}

function startsLikeObject(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString("utf8");
  return /^\ufeff?\s*\{/.test(head);
}
