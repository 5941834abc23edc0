import type { JsonValue, Part, SearchFeature } from "@chatty/model";
import type { DocumentFields } from "./document.ts";

/** Words and features of one message. */
export interface MessageText {
  fields: DocumentFields;
  features: Set<SearchFeature>;
}

const fence = "```";
const link = /\bhttps?:\/\//iu;

/**
 * What of a message can be looked for. A pure function of its parts.
 * @param thinkingLog what a live answer thought, which stands beside its parts.
 */
export function messageText(parts: readonly Part[], thinkingLog: readonly string[] = []): MessageText {
  const found = {
    text: [] as string[],
    thinking: [...thinkingLog],
    tool: [] as string[],
    file: [] as string[],
  };
  const features = new Set<SearchFeature>();
  if (thinkingLog.length > 0) features.add("thinking");
  for (const part of parts) addPart(part, found, features);
  const fields: DocumentFields = {
    text: joined(found.text),
    thinking: joined(found.thinking),
    tool: joined(found.tool),
    file: joined(found.file),
  };
  if (fields.text.includes(fence)) features.add("code");
  if (link.test(fields.text)) features.add("link");
  return { fields, features };
}

type Found = Record<keyof DocumentFields, string[]>;

function addPart(part: Part, found: Found, features: Set<SearchFeature>): void {
  const put = (field: keyof DocumentFields, ...texts: (string | undefined)[]): void => {
    for (const text of texts) if (text !== undefined && text !== "") found[field].push(text);
  };
  switch (part.kind) {
    case "text":
      put("text", part.text);
      break;
    case "thinking":
      features.add("thinking");
      put("thinking", part.summary, part.text);
      break;
    case "code":
      features.add("code").add("tool");
      put("tool", part.text);
      break;
    case "tool_call":
      features.add("tool");
      put("tool", part.name, ...stringsOf(part.input));
      break;
    case "tool_result":
      features.add("tool");
      put("tool", part.name, part.text, ...(part.text === undefined ? stringsOf(part.output) : []));
      break;
    case "image":
    case "audio":
    case "video":
    case "file":
      features.add(part.kind);
      put("file", part.name, part.extractedText);
      break;
    case "citation":
      features.add("citation");
      if (part.url !== undefined) features.add("link");
      put("tool", part.title, part.url, part.text);
      break;
    case "error":
      put("tool", part.name, part.text);
      break;
    case "opaque":
      put("tool", ...stringsOf(part.raw));
      break;
  }
}

/** Every string in a value, keys left out. Goes no deeper than a reader would follow. */
function stringsOf(value: JsonValue | undefined, depth = 0): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || depth > 50) return [];
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.flatMap((each) => stringsOf(each, depth + 1));
}

/** SQLite keeps UTF-8, which has no lone surrogates, and takes a zero character for the end. */
function joined(texts: readonly string[]): string {
  return texts.join("\n").toWellFormed().replaceAll("\u0000", "\ufffd");
}
