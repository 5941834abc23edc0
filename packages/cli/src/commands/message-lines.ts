import { ChattyError, createUuid, isJsonObject, parseMessageId } from "@chatty/model";
import type { JsonObject, MessageId, Role } from "@chatty/model";
import type { MessageDraft } from "@chatty/store";
import { decodeUtf8 } from "./utf8-text.ts";

/** A message of `append --lines` with its place in the asker's input, counted from 1. */
export interface NumberedDraft {
  line: number;
  draft: MessageDraft & { id: MessageId };
}

const knownKeys = new Set([
  "role",
  "content",
  "id",
  "parentId",
  "author",
  "model",
  "responseTimeMs",
  "thinkingLog",
  "metadata",
]);
export const roles: readonly Role[] = ["user", "assistant", "system", "tool"];
const newline = 0x0a;

/** Splits bytes into lines without their newline, together those that arrive together; the last may lack its newline. */
export async function* splitLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let pending: Uint8Array[] = [];
  for await (const chunk of bytes) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      pending.push(chunk.subarray(start, end));
      lines.push(Buffer.concat(pending));
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (pending.length > 0) yield [Buffer.concat(pending)];
}

/** Reads one line; undefined for an empty one. A message without an id gets a new one. @throws {ChattyError} BAD_LINE */
export function parseMessageLine(bytes: Buffer, line: number): NumberedDraft | undefined {
  const text = lineText(bytes, line);
  if (text.trim() === "") return undefined;
  const value = parseJson(text, line);
  const unknown = Object.keys(value).find((key) => !knownKeys.has(key));
  if (unknown !== undefined) {
    throw badLine(line, `has the key ${JSON.stringify(unknown)}, which nothing would be done with`);
  }
  const role = roles.find((known) => known === value["role"]);
  if (role === undefined) throw badLine(line, `needs "role", one of ${roles.join(", ")}`);
  const content = value["content"];
  if (typeof content !== "string") throw badLine(line, 'needs "content", a string');
  const id = value["id"] === undefined ? (createUuid() as MessageId) : messageId(value["id"], "id", line);
  const parent = value["parentId"];
  return {
    line,
    draft: {
      role,
      content,
      id,
      ...(parent === undefined
        ? {}
        : { parentId: parent === null ? null : messageId(parent, "parentId", line) }),
      ...optionalKeys(value, line),
    },
  };
}

function optionalKeys(value: JsonObject, line: number): Partial<MessageDraft> {
  const { author, model, responseTimeMs, thinkingLog, metadata } = value;
  const given: Partial<MessageDraft> = {};
  if (author !== undefined) given.author = requireText(author, "author", line);
  if (model !== undefined) given.model = requireText(model, "model", line);
  if (responseTimeMs !== undefined) {
    if (typeof responseTimeMs !== "number") throw badLine(line, 'has a "responseTimeMs" that is no number');
    given.responseTimeMs = responseTimeMs;
  }
  if (thinkingLog !== undefined) {
    if (!Array.isArray(thinkingLog)) throw badLine(line, 'has a "thinkingLog" that is no list of strings');
    given.thinkingLog = thinkingLog.map((entry) => requireText(entry, "thinkingLog", line));
  }
  if (metadata !== undefined) {
    if (!isJsonObject(metadata)) throw badLine(line, 'has a "metadata" that is no object');
    given.metadata = metadata;
  }
  return given;
}

/** The error of a line, with its number. */
export function badLine(line: number, what: string): ChattyError {
  return new ChattyError("BAD_LINE", `Line ${line} ${what}.`, {
    hint: "What came before it is durable and answered. Mend the line and go on from there; messages with an id may be sent again.",
    where: { line },
  });
}

function lineText(bytes: Buffer, line: number): string {
  try {
    return decodeUtf8(bytes, `Line ${line}`);
  } catch {
    throw badLine(line, "is not valid UTF-8");
  }
}

function parseJson(text: string, line: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badLine(line, "is not JSON");
  }
  if (!isJsonObject(value)) throw badLine(line, "is not a JSON object");
  return value;
}

function messageId(value: unknown, key: string, line: number): MessageId {
  try {
    if (typeof value === "string") return parseMessageId(value);
  } catch {
    throw badLine(line, `has a "${key}" that is no UUID`);
  }
  throw badLine(line, `has a "${key}" that is no UUID`);
}

function requireText(value: unknown, key: string, line: number): string {
  if (typeof value === "string") return value;
  throw badLine(line, `has a "${key}" that is no string`);
}
