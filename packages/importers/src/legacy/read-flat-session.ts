import type { JsonObject, JsonValue, LegacyConversation, LegacyMessage, LegacyReading } from "@chatty/model";
import { isJsonObject, parseSourceTime } from "@chatty/model";
import { readJsonLines } from "./json-line.ts";
import { JsonlReading } from "./jsonl-reading.ts";
import { isChatMessage, messageFromLine } from "./read-chat-lines.ts";

/** Names of the file that describes a session of the flat-file store, its panels included. */
export const flatSessionFiles: readonly string[] = ["session.json", "session_meta.json", "panel.json"];

/**
 * Reads one session folder of the flat-file store.
 * @param path of its `messages.jsonl`.
 * @param description bytes of the file beside it that describes it, and its path.
 */
export function readFlatSession(
  path: string,
  bytes: Uint8Array,
  description: { path: string; bytes: Uint8Array } | undefined,
): LegacyReading {
  const reading = new JsonlReading(path);
  const messages: LegacyMessage[] = [];
  for (const line of readJsonLines(bytes)) {
    if (line.kind === "blank") reading.structure(line);
    else if (line.kind === "unreadable") reading.keepUnreadable(line);
    else if (isChatMessage(line.value)) {
      messages.push(messageFromLine(line.value, { path, from: line.from, to: line.to }, messages));
    } else reading.keep(line, "a line that is no message");
  }
  const session = description === undefined ? {} : described(description, reading);
  const folder = path.split("/").at(-2) ?? "";
  const title = text(session["title"]);
  const createdAt = parseSourceTime(session["created_at"]);
  const id = text(session["session_id"]) ?? text(session["id"]) ?? text(session["panel_id"]) ?? folder;
  const conversation: LegacyConversation = {
    key: `flat//${id === "" ? path : id}`,
    format: "flatfile",
    ...(title === undefined ? {} : { title }),
    home: false,
    deleted: false,
    ...(createdAt === undefined ? {} : { createdAt }),
    messages,
    metadata: Object.keys(session).length === 0 ? {} : { session },
  };
  return reading.finish([conversation]);
}

function described({ path, bytes }: { path: string; bytes: Uint8Array }, reading: JsonlReading): JsonObject {
  const range = { path, from: 0, to: bytes.length };
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (isJsonObject(value)) {
      reading.spans.push({ kind: "structure", ...range });
      return value;
    }
  } catch {
    // Listed below; the messages are read without it.
  }
  reading.spans.push({ kind: "kept", ...range, reason: "a description that is not valid JSON" });
  return {};
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
