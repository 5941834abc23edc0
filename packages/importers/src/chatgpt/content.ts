import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue, Part } from "@chatty/model";
import {
  arrayOf,
  defined,
  filledObject,
  filledTextOf,
  objectsOf,
  sizeOf,
  textOf,
  without,
} from "../json-fields.ts";

/** What a message's `content` became. */
export interface ConvertedContent {
  parts: Part[];
  /** The fields that no part took over, `content_type` among them. */
  rest: JsonObject | undefined;
}

/**
 * Converts the union of content types. Text comes first and whole; what a type carries beside it stays in `rest`, and
 * a type this version does not know becomes one opaque part.
 */
export function convertContent(content: JsonValue | undefined): ConvertedContent {
  if (content === undefined || content === null) return { parts: [], rest: undefined };
  if (typeof content === "string") return { parts: [{ kind: "text", text: content }], rest: undefined };
  if (!isJsonObject(content)) return opaque("content", content);
  const type = textOf(content["content_type"]) ?? "unknown";
  const convert = converters.get(type);
  return convert?.(content) ?? opaque(type, content);
}

/** The id inside an asset pointer: no scheme, no fragment. */
export function fileIdFromPointer(pointer: string): string {
  return pointer.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[#?].*$/s, "");
}

/** Returns undefined when the content lacks what its type promises. */
type Converter = (content: JsonObject) => ConvertedContent | undefined;

const converters: ReadonlyMap<string, Converter> = new Map<string, Converter>([
  ["text", convertParts],
  ["multimodal_text", convertParts],
  [
    "code",
    (content) => {
      const text = textOf(content["text"]);
      if (text === undefined) return undefined;
      const language = textOf(content["language"]) ?? "";
      return { parts: [{ kind: "code", language, text }], rest: without(content, ["language", "text"]) };
    },
  ],
  ["execution_output", (content) => toolResult(content, "text")],
  ["citable_code_output", (content) => toolResult(content, "output_str")],
  ["tether_browsing_display", convertBrowsing],
  ["tether_quote", convertQuote],
  ["sonic_webpage", convertQuote],
  ["thoughts", convertThoughts],
  ["reasoning_recap", convertRecap],
  ["user_editable_context", (content) => contextTexts(content, ["user_profile", "user_instructions"])],
  ["model_editable_context", (content) => contextTexts(content, ["model_set_context"])],
  [
    "system_error",
    (content) => {
      const error = defined({
        name: textOf(content["name"]),
        text: textOf(content["text"]),
      });
      return { parts: [{ kind: "error", ...error }], rest: without(content, ["name", "text"]) };
    },
  ],
  [
    "computer_output",
    (content) => {
      const converted = opaque("computer_output", content);
      const screenshot = content["screenshot"];
      if (isJsonObject(screenshot)) converted.parts.push(...filePart("image", screenshot));
      return converted;
    },
  ],
]);

function opaque(type: string, raw: JsonValue): ConvertedContent {
  return { parts: [{ kind: "opaque", type, raw }], rest: undefined };
}

function convertParts(content: JsonObject): ConvertedContent | undefined {
  if (!Array.isArray(content["parts"])) {
    const text = textOf(content["text"]);
    if (text === undefined) return content["parts"] === undefined ? { parts: [], rest: content } : undefined;
    return { parts: [{ kind: "text", text }], rest: without(content, ["text"]) };
  }
  const written = content["parts"];
  const rest = without(content, ["parts"]);
  // The objects stay whole beside the parts made of them: prompts, sizes in pixels and the like have no other place.
  if (!written.some(isJsonObject)) return { parts: written.flatMap(convertPart), rest };
  const objects = written.map((part) => (isJsonObject(part) ? part : null));
  return { parts: written.flatMap(convertPart), rest: { ...rest, parts: objects } };
}

function convertPart(part: JsonValue): Part[] {
  if (typeof part === "string") return [{ kind: "text", text: part }];
  if (!isJsonObject(part)) return [{ kind: "opaque", type: part === null ? "null" : typeof part, raw: part }];
  const type = textOf(part["content_type"]) ?? "unknown";
  const text = textOf(part["text"]);
  switch (type) {
    case "text":
    case "audio_transcription":
      return text === undefined ? [{ kind: "opaque", type, raw: part }] : [{ kind: "text", text }];
    case "image_asset_pointer":
      return filePart("image", part);
    case "audio_asset_pointer":
      return filePart("audio", part);
    case "video_asset_pointer":
      return filePart("video", part);
    case "real_time_user_audio_video_asset_pointer":
      return convertRealTime(part);
    default:
      return [{ kind: "opaque", type, raw: part }];
  }
}

/** A spoken or filmed turn: the film, its frames and its sound, each where the source names it. */
function convertRealTime(part: JsonObject): Part[] {
  const film = asPointerObject(part["video_container_asset_pointer"]);
  const parts: Part[] = film === undefined ? [{ kind: "video" }] : filePart("video", film);
  for (const frame of arrayOf(part["frames_asset_pointers"])) {
    const pointer = asPointerObject(frame);
    if (pointer !== undefined) parts.push(...filePart("image", pointer));
  }
  const sound = asPointerObject(part["audio_asset_pointer"]);
  if (sound !== undefined) parts.push(...filePart("audio", sound));
  return parts;
}

function asPointerObject(value: JsonValue | undefined): JsonObject | undefined {
  if (typeof value === "string") return { asset_pointer: value };
  return isJsonObject(value) ? value : undefined;
}

function filePart(kind: "image" | "audio" | "video", source: JsonObject): Part[] {
  const pointer = filledTextOf(source["asset_pointer"]);
  const format = filledTextOf(source["format"]);
  return [
    {
      kind,
      ...defined({
        fileId: pointer === undefined ? undefined : fileIdFromPointer(pointer),
        pointer,
        mime: kind === "audio" && format !== undefined ? `audio/${format}` : undefined,
        size: sizeOf(source["size_bytes"]),
      }),
    },
  ];
}

function toolResult(content: JsonObject, key: string): ConvertedContent | undefined {
  const text = textOf(content[key]);
  if (text === undefined) return undefined;
  return { parts: [{ kind: "tool_result", text }], rest: without(content, [key]) };
}

function convertBrowsing(content: JsonObject): ConvertedContent | undefined {
  const text = textOf(content["result"]);
  if (text === undefined) return undefined;
  const output = filledObject(without(content, ["content_type", "result"]));
  return {
    parts: [{ kind: "tool_result", text, ...(output === undefined ? {} : { output }) }],
    rest: { content_type: content["content_type"] ?? null },
  };
}

function convertQuote(content: JsonObject): ConvertedContent | undefined {
  const text = textOf(content["text"]);
  if (text === undefined) return undefined;
  const citation = defined({
    url: filledTextOf(content["url"]),
    title: filledTextOf(content["title"]),
  });
  const parts: Part[] = [{ kind: "tool_result", text }];
  if (Object.keys(citation).length > 0) parts.push({ kind: "citation", ...citation });
  return { parts, rest: without(content, ["text", "url", "title"]) };
}

function convertThoughts(content: JsonObject): ConvertedContent | undefined {
  const thoughts = content["thoughts"];
  if (!Array.isArray(thoughts)) return thinkingFromParts(content);
  const parts: Part[] = thoughts.map((thought) => {
    const text = isJsonObject(thought) ? textOf(thought["content"]) : textOf(thought);
    const summary = isJsonObject(thought) ? textOf(thought["summary"]) : undefined;
    if (text === undefined && summary === undefined) return { kind: "opaque", type: "thought", raw: thought };
    return { kind: "thinking", text: text ?? "", ...(summary === undefined ? {} : { summary }) };
  });
  const rests = objectsOf(thoughts).map((thought) => without(thought, ["content", "summary"]));
  const rest = without(content, ["thoughts"]);
  if (rests.some((thought) => Object.keys(thought).length > 0))
    return { parts, rest: { ...rest, thoughts: rests } };
  return { parts, rest };
}

function convertRecap(content: JsonObject): ConvertedContent | undefined {
  const text = textOf(content["content"]);
  if (text === undefined) return thinkingFromParts(content);
  return { parts: [{ kind: "thinking", text }], rest: without(content, ["content"]) };
}

function thinkingFromParts(content: JsonObject): ConvertedContent | undefined {
  if (!Array.isArray(content["parts"])) return undefined;
  const parts = content["parts"].map((part): Part => {
    return typeof part === "string"
      ? { kind: "thinking", text: part }
      : { kind: "opaque", type: "thought", raw: part };
  });
  return { parts, rest: without(content, ["parts"]) };
}

function contextTexts(content: JsonObject, keys: readonly string[]): ConvertedContent {
  const parts: Part[] = [];
  const taken: string[] = [];
  for (const key of keys) {
    const text = textOf(content[key]);
    if (text === undefined) continue;
    taken.push(key);
    if (text !== "") parts.push({ kind: "text", text });
  }
  return { parts, rest: without(content, taken) };
}
