import type {
  JsonObject,
  JsonValue,
  LegacyConversation,
  LegacyFormat,
  LegacyMessage,
  LegacyReading,
  Part,
} from "@chatty/model";
import { ChattyError, isJsonObject, parseSourceTime } from "@chatty/model";
import { lastKey } from "./jsonl-reading.ts";
import { readPlace } from "./legacy-place.ts";
import { roleFromWord } from "./read-chat-lines.ts";
import { authorFrom, Speakers } from "./speakers.ts";

/** Keys under which a browser kept its threads. */
const threadKey = /^chatty:threads(?::.*)?$/;

/**
 * Reads conversations that were written as one JSON value: `chat.json` and `conversation.json` of a construct, or what a browser kept
 * of its threads. @returns undefined for any other JSON.
 * @throws {ChattyError} LEGACY_JSON_UNREADABLE
 */
export function readChatJson(
  path: string,
  bytes: Uint8Array,
  userNames: readonly string[],
): LegacyReading | undefined {
  const value = parsed(
    Buffer.from(bytes)
      .toString("utf8")
      .replace(/^\ufeff/, ""),
  );
  if (value === undefined) {
    throw new ChattyError("LEGACY_JSON_UNREADABLE", `${path} is not valid JSON; it was kept as it is.`, {
      hint: "It may have been cut off while it was written.",
      where: { file: path },
    });
  }
  const found = threadsIn(value);
  if (found === undefined) return undefined;
  const range = { path, from: 0, to: bytes.length };
  const conversations = found.threads.map((thread, index) =>
    conversationFrom(thread, {
      ...range,
      index,
      count: found.threads.length,
      format: found.format,
      userNames,
    }),
  );
  return { conversations, spans: [{ kind: "structure", ...range }], problems: [] };
}

interface ThreadOptions {
  path: string;
  from: number;
  to: number;
  index: number;
  count: number;
  format: LegacyFormat;
  userNames: readonly string[];
}

function threadsIn(value: JsonValue): { format: LegacyFormat; threads: JsonObject[] } | undefined {
  if (Array.isArray(value)) {
    const threads = value.filter(isThread);
    if (threads.length > 0 && threads.length === value.length) return { format: "browser-threads", threads };
    const isMessages = value.length > 0 && value.every((each) => isJsonObject(each) && isMessage(each));
    return isMessages ? { format: "chat-json", threads: [{ messages: value }] } : undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const kept = Object.entries(value).filter(([key]) => threadKey.test(key));
  if (kept.length > 0) {
    const threads = kept.flatMap(([, threads]) => {
      const list = typeof threads === "string" ? parsed(threads) : threads;
      return Array.isArray(list) ? list.filter(isThread) : [];
    });
    return { format: "browser-threads", threads };
  }
  return isThread(value) ? { format: "chat-json", threads: [value] } : undefined;
}

function isThread(value: JsonValue): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const messages = value["messages"];
  return Array.isArray(messages) && messages.every((message) => isJsonObject(message) && isMessage(message));
}

function isMessage(value: JsonObject): boolean {
  return typeof (value["role"] ?? value["sender"] ?? value["author"]) === "string";
}

function conversationFrom(thread: JsonObject, options: ThreadOptions): LegacyConversation {
  const { messages: written, ...rest } = thread;
  const place = readPlace(options.path);
  const construct = text(thread["constructId"]) ?? text(thread["construct"]) ?? place.construct;
  const title = text(thread["title"]);
  const messages: LegacyMessage[] = [];
  const speakers = new Speakers(options.userNames, [construct ?? ""]);
  for (const message of Array.isArray(written) ? written : []) {
    if (isJsonObject(message)) messages.push(messageFrom(message, messages, speakers, options));
  }
  const createdAt = parseSourceTime(thread["createdAt"] ?? thread["created_at"]);
  const id = text(thread["sessionId"]) ?? text(thread["id"]);
  const isHome = place.isHome || thread["isPrimary"] === true;
  return {
    key: [
      "json",
      construct ?? "",
      id ?? `${place.below}${options.count > 1 ? `#${options.index + 1}` : ""}`,
    ].join("/"),
    format: options.format,
    ...(title === undefined ? {} : { title }),
    ...(construct === undefined ? {} : { construct }),
    home: isHome,
    ...(!isHome && options.count === 1 && (place.isImport || typeof thread["importedFrom"] === "string")
      ? { imported: typeof thread["importedFrom"] === "string" ? { from: thread["importedFrom"] } : {} }
      : {}),
    deleted: false,
    ...(createdAt === undefined ? {} : { createdAt }),
    messages,
    metadata: { thread: rest },
  };
}

function messageFrom(
  message: JsonObject,
  before: readonly LegacyMessage[],
  speakers: Speakers,
  { path, from, to }: ThreadOptions,
): LegacyMessage {
  const speaker = text(message["role"]) ?? text(message["sender"]) ?? text(message["author"]) ?? "";
  const token = message["timestamp"] ?? message["ts"] ?? message["createdAt"] ?? message["created_at"];
  const time = parseSourceTime(token);
  const { content, used } = contentOf(message);
  const role = roleFromWord(speaker) ?? speakers.roleOf(speaker);
  const author = roleFromWord(speaker) === undefined ? authorFrom(speaker) : undefined;
  const opaque: Part[] = [{ kind: "opaque", type: "message", raw: message }];
  const rest: JsonObject = Object.fromEntries(Object.entries(message).filter(([key]) => key !== used));
  return {
    key: `m${before.length}`,
    parentKey: lastKey(before),
    role,
    ...(author === undefined ? {} : { author }),
    content: content ?? "",
    ...(content === undefined ? { parts: opaque } : {}),
    ...(time === undefined
      ? { timestampSource: "none", ...(typeof token === "string" ? { timeToken: token } : {}) }
      : { time, timestampSource: "message" }),
    place: { path, from, to },
    metadata: { message: rest },
  };
}

/** The text, and the key that holds nothing else. Answers were also kept as packets, each with a text of its own. */
function contentOf(message: JsonObject): { content?: string; used?: string } {
  for (const key of ["content", "text", "message"]) {
    const content = message[key];
    if (typeof content === "string") return { content, used: key };
  }
  const packets = message["packets"];
  if (!Array.isArray(packets)) return {};
  const texts = packets.flatMap((packet) => {
    const payload = isJsonObject(packet) ? packet["payload"] : undefined;
    const content = isJsonObject(payload) ? payload["content"] : undefined;
    return typeof content === "string" ? [content] : [];
  });
  return texts.length === 0 ? {} : { content: texts.join("\n") };
}

function parsed(source: string): JsonValue | undefined {
  try {
    return JSON.parse(source) as JsonValue;
  } catch {
    // Whoever asked lists the file as one that was not understood.
    return undefined;
  }
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
