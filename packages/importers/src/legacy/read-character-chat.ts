import type {
  JsonObject,
  JsonValue,
  LegacyConversation,
  LegacyMessage,
  LegacyReading,
  Role,
} from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import { readJsonLines } from "./json-line.ts";
import type { JsonLine } from "./json-line.ts";
import { JsonlReading } from "./jsonl-reading.ts";
import { parseCharacterTime } from "./legacy-times.ts";
import { readPlace } from "./legacy-place.ts";

/** One chat of a file: line 1 and what follows. */
interface OpenChat {
  header: JsonObject;
  messages: LegacyMessage[];
  /** Lines that are messages. */
  lines: number;
  /** Key of the message that the next one follows. */
  tip: string | null;
}

/** True for line 1 of a character chat. */
export function isCharacterHeader(value: JsonObject): boolean {
  if (textIn(value) !== undefined) return false;
  return (
    "chat_metadata" in value ||
    ("character_name" in value && "user_name" in value) ||
    ("character_name" in value && "create_date" in value)
  );
}

/** True for a message of a character chat. */
export function isCharacterMessage(value: JsonObject): boolean {
  return (
    textIn(value) !== undefined &&
    ("is_user" in value || ("name" in value && ("mes" in value || "send_date" in value)))
  );
}

/**
 * Reads chats of CardShark and SillyTavern: line 1 is the head, each further line a message, alternatives of an answer in `swipes`.
 * A later form puts several chats into one file, with an empty line between them. Alternatives become answers to the same message.
 */
export function readCharacterChat(
  path: string,
  bytes: Uint8Array,
  userNames: readonly string[],
): LegacyReading {
  const reading = new JsonlReading(path);
  const chats: OpenChat[] = [];
  for (const line of readJsonLines(bytes)) {
    if (line.kind === "blank") reading.structure(line);
    else if (line.kind === "unreadable") reading.keepUnreadable(line);
    else if (isCharacterHeader(line.value)) {
      chats.push({ header: line.value, messages: [], lines: 0, tip: null });
      reading.structure(line);
    } else if (textIn(line.value) === undefined) {
      reading.keep(line, "a line without a text");
    } else {
      if (chats.length === 0) chats.push({ header: {}, messages: [], lines: 0, tip: null });
      const chat = chats.at(-1);
      if (chat !== undefined) addMessage(chat, line, path, userNames);
    }
  }
  return reading.finish(chats.map((chat, index) => conversationOf(chat, path, index)));
}

function addMessage(
  chat: OpenChat,
  line: JsonLine & { kind: "object" },
  path: string,
  userNames: readonly string[],
): void {
  const { value, from, to } = line;
  const text = textIn(value) ?? "";
  const swipes = alternativesOf(value, text);
  const place = { path, from, to };
  const ordinal = chat.lines;
  chat.lines += 1;
  const parentKey = chat.tip;
  const base = { parentKey, role: roleOf(value, chat.header, userNames), ...authorOf(value), place };
  for (const { index, text: alternative, info } of swipes.others) {
    const said = timeOf(info["send_date"]);
    chat.messages.push({
      ...base,
      key: `m${ordinal}.${index}`,
      content: alternative,
      ...said,
      ...modelOf(info),
      metadata: { swipe: index, ...(Object.keys(info).length === 0 ? {} : { info }) },
    });
  }
  const key = `m${ordinal}`;
  chat.messages.push({
    ...base,
    key,
    content: text,
    ...timeOf(value["send_date"] ?? value["timestamp"]),
    ...modelOf(value),
    metadata: { line: withoutTexts(value) },
  });
  chat.tip = key;
}

/** Alternatives of an answer other than the one that is shown; the shown text itself may be among them once. */
function alternativesOf(
  value: JsonObject,
  text: string,
): { others: { index: number; text: string; info: JsonObject }[] } {
  const swipes = value["swipes"];
  if (!Array.isArray(swipes)) return { others: [] };
  const chosen = value["swipe_id"];
  const shown = typeof chosen === "number" && swipes[chosen] === text ? chosen : swipes.indexOf(text);
  const infos = Array.isArray(value["swipe_info"]) ? value["swipe_info"] : [];
  const others = swipes.flatMap((swipe, index) => {
    if (index === shown || typeof swipe !== "string") return [];
    const info: JsonValue | undefined = infos[index];
    return [{ index, text: swipe, info: isJsonObject(info) ? info : {} }];
  });
  return { others };
}

/** Everything a line says but the texts that became messages. Alternatives that are no texts stay here. */
function withoutTexts(value: JsonObject): JsonObject {
  const rest: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    if (key === textKeyIn(value)) continue;
    if (key === "swipes" && Array.isArray(field) && field.every((swipe) => typeof swipe === "string"))
      continue;
    rest[key] = field;
  }
  return rest;
}

/** The person's lines say so; a name decides only where nothing else does, and only as a whole. */
function roleOf(value: JsonObject, header: JsonObject, userNames: readonly string[]): Role {
  const written = value["role"];
  if (written === "user" || written === "assistant" || written === "system" || written === "tool")
    return written;
  if (value["is_system"] === true) return "system";
  if (typeof value["is_user"] === "boolean") return value["is_user"] ? "user" : "assistant";
  const name = value["name"];
  if (typeof name !== "string") return "system";
  return name === header["user_name"] || userNames.includes(name) ? "user" : "assistant";
}

function authorOf(value: JsonObject): { author?: string } {
  const name = value["name"];
  return typeof name === "string" && name !== "" ? { author: name } : {};
}

function modelOf(value: JsonObject): { model?: string } {
  const extra = value["extra"];
  const model = isJsonObject(extra) ? extra["model"] : undefined;
  return typeof model === "string" && model !== "" ? { model } : {};
}

function timeOf(token: JsonValue | undefined): Pick<LegacyMessage, "time" | "timeToken" | "timestampSource"> {
  const time = parseCharacterTime(token);
  if (time !== undefined) return { time, timestampSource: "message" };
  return typeof token === "string" && token !== ""
    ? { timeToken: token, timestampSource: "none" }
    : { timestampSource: "none" };
}

function conversationOf({ header, messages }: OpenChat, path: string, index: number): LegacyConversation {
  const metadata = isJsonObject(header["chat_metadata"]) ? header["chat_metadata"] : {};
  const place = readPlace(path);
  const title = firstText(metadata["title"], header["title"]);
  const construct = firstText(header["character_name"]) ?? folderName(path);
  const id = firstText(metadata["chat_id"], metadata["chat_id_hash"], header["chat_id"]);
  const createdAt = parseCharacterTime(header["create_date"] ?? header["timestamp"]);
  return {
    key: ["chat", construct ?? "", id ?? `${bareStem(place.stem)}${index === 0 ? "" : `#${index + 1}`}`].join(
      "/",
    ),
    format: "character-jsonl",
    ...(title === undefined ? {} : { title }),
    ...(construct === undefined ? {} : { construct }),
    home: false,
    deleted: false,
    ...(createdAt === undefined ? {} : { createdAt }),
    messages,
    metadata: Object.keys(header).length === 0 ? {} : { header },
  };
}

/** A backup is named after its chat and the time at which it was made. */
function bareStem(stem: string): string {
  return /^(chat_.+_\d{8}_\d{6})_\d{8}_\d{6}$/.exec(stem)?.[1] ?? stem;
}

function folderName(path: string): string | undefined {
  const folders = path.split("/").slice(0, -1);
  const folder = folders.at(-1);
  return folder === undefined || /^(?:chats|backups)$/i.test(folder) ? undefined : folder;
}

function firstText(...values: readonly (JsonValue | undefined)[]): string | undefined {
  for (const value of values) {
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}

const textKeys = ["mes", "message", "content", "text"] as const;

function textKeyIn(value: JsonObject): string | undefined {
  return textKeys.find((key) => typeof value[key] === "string");
}

function textIn(value: JsonObject): string | undefined {
  const key = textKeyIn(value);
  const text = key === undefined ? undefined : value[key];
  return typeof text === "string" ? text : undefined;
}
