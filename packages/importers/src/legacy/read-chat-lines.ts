import type {
  JsonObject,
  JsonValue,
  LegacyConversation,
  LegacyMessage,
  LegacyReading,
  Role,
} from "@chatty/model";
import { isJsonObject, parseSourceTime } from "@chatty/model";
import { readJsonLines } from "./json-line.ts";
import { JsonlReading, lastKey } from "./jsonl-reading.ts";
import { readPlace } from "./legacy-place.ts";

/** True for line 1 of the documented chat file: `{"metadata","version","chat_id","timestamp"}`. */
export function isChatHeader(value: JsonObject): boolean {
  return "chat_id" in value && "version" in value && !("role" in value);
}

/** True for a message line `{"id","role","content","timestamp"}`, of the documented chat file and of the flat-file store. */
export function isChatMessage(value: JsonObject): boolean {
  return (
    typeof value["role"] === "string" && typeof value["content"] === "string" && !("messageSequence" in value)
  );
}

/** True for a message event of the continuity files: a chat line that says which session it belongs to. */
export function isChatEvent(value: JsonObject): boolean {
  return (
    typeof value["sessionId"] === "string" &&
    "runtimeId" in value &&
    typeof value["role"] === "string" &&
    typeof value["content"] === "string"
  );
}

/** Reads the documented chat file: a head, then messages. Times are in seconds or milliseconds, which their size tells apart. */
export function readChatFile(path: string, bytes: Uint8Array): LegacyReading {
  const reading = new JsonlReading(path);
  const messages: LegacyMessage[] = [];
  let header: JsonObject | undefined;
  for (const line of readJsonLines(bytes)) {
    if (line.kind === "blank") reading.structure(line);
    else if (line.kind === "unreadable") reading.keepUnreadable(line);
    else if (isChatMessage(line.value)) {
      messages.push(messageFromLine(line.value, { path, from: line.from, to: line.to }, messages));
    } else if (header === undefined && isChatHeader(line.value)) {
      header = line.value;
      reading.structure(line);
    } else reading.keep(line, "a line that is neither a head nor a message");
  }
  const place = readPlace(path);
  const metadata = isJsonObject(header?.["metadata"]) ? header["metadata"] : {};
  const title = text(metadata["title"]) ?? text(header?.["title"]);
  const construct = text(metadata["character_name"]) ?? text(metadata["constructId"]) ?? place.construct;
  const createdAt = parseSourceTime(header?.["timestamp"]);
  const conversation: LegacyConversation = {
    key: ["lines", construct ?? "", text(header?.["chat_id"]) ?? place.below].join("/"),
    format: "chat-jsonl",
    ...(title === undefined ? {} : { title }),
    ...(construct === undefined ? {} : { construct }),
    home: false,
    deleted: false,
    ...(createdAt === undefined ? {} : { createdAt }),
    messages,
    metadata: header === undefined ? {} : { header },
  };
  return reading.finish([conversation]);
}

/** Reads message events, one conversation for each session, in the order of their sequence numbers where they have them. */
export function readEvents(path: string, bytes: Uint8Array): LegacyReading {
  const reading = new JsonlReading(path);
  const sessions = new Map<
    string,
    { event: JsonObject; lines: { value: JsonObject; from: number; to: number }[] }
  >();
  for (const line of readJsonLines(bytes)) {
    if (line.kind === "blank") reading.structure(line);
    else if (line.kind === "unreadable") reading.keepUnreadable(line);
    else if (isChatEvent(line.value)) {
      const { value, from, to } = line;
      const id = text(value["sessionId"]) ?? "";
      const session = sessions.get(id) ?? { event: value, lines: [] };
      session.lines.push({ value, from, to });
      sessions.set(id, session);
    } else if (typeof line.value["eventType"] === "string" || typeof line.value["sessionId"] === "string") {
      // What happened to runtimes and conversations: it says nothing that anybody said.
      reading.structure(line);
    } else reading.keep(line, "a line that is no event");
  }
  const conversations = [...sessions].map(([id, { event, lines }]): LegacyConversation => {
    const construct = text(event["constructId"]);
    const messages: LegacyMessage[] = [];
    const ordered = lines
      .map((each, index) => ({ ...each, index, sequence: each.value["messageSequence"] }))
      .sort((left, right) => sequenceOf(left) - sequenceOf(right) || left.index - right.index);
    for (const { value, from, to } of ordered)
      messages.push(messageFromLine(value, { path, from, to }, messages));
    return {
      key: ["events", construct ?? "", id].join("/"),
      format: "event-jsonl",
      ...(construct === undefined ? {} : { construct }),
      home: false,
      deleted: false,
      messages,
      metadata: { sessionId: id, runtimeId: event["runtimeId"] ?? null },
    };
  });
  return reading.finish(conversations);
}

/** A line with role and content as a message. Everything else that it says is kept beside it. */
export function messageFromLine(
  value: JsonObject,
  place: LegacyMessage["place"],
  before: readonly LegacyMessage[],
): LegacyMessage {
  const { role, content, timestamp, ...rest } = value;
  const time = parseSourceTime(timestamp);
  const written = text(role);
  const known = roleFromWord(written);
  const model =
    text(isJsonObject(rest["metadata"]) ? rest["metadata"]["model"] : undefined) ?? text(rest["model"]);
  return {
    key: `m${before.length}`,
    parentKey: lastKey(before),
    role: known ?? "system",
    ...(known === undefined && written !== undefined ? { author: written } : {}),
    content: typeof content === "string" ? content : "",
    ...(model === undefined ? {} : { model }),
    ...(time === undefined
      ? { timestampSource: "none", ...(typeof timestamp === "string" ? { timeToken: timestamp } : {}) }
      : { time, timestampSource: "message" }),
    ...(place === undefined ? {} : { place }),
    metadata: { line: rest },
  };
}

/** One of the four roles, also under the names that other programs give them. */
export function roleFromWord(word: string | undefined): Role | undefined {
  switch (word?.toLowerCase()) {
    case "user":
    case "human":
      return "user";
    case "assistant":
    case "ai":
    case "model":
    case "bot":
      return "assistant";
    case "system":
      return "system";
    case "tool":
      return "tool";
    default:
      return undefined;
  }
}

function sequenceOf({ sequence }: { sequence: JsonValue | undefined }): number {
  return typeof sequence === "number" ? sequence : Number.MAX_SAFE_INTEGER;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
