import type { FilePart, Part } from "@chatty/model";
import type { ModelMessage, UserContent } from "ai";
import type { AnswerMessage, ReadFilePart } from "./answer-message.ts";

/** A conversation in the form that the library sends. */
export interface ModelPrompt {
  /** The system text and all system messages; undefined when there are none. */
  instructions?: string;
  messages: ModelMessage[];
}

type UserPart = Exclude<UserContent, string>[number];
interface Turn {
  role: "user" | "assistant";
  parts: UserPart[];
}

/** What providers take as a picture. Others are named instead of sent. */
const picture = /^image\/(?:png|jpeg|gif|webp)$/;
const readableText = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|toml|javascript|sql)\b)/;
const longestTextFile = 1024 * 1024;
const opening = "(The conversation began before this.)";

/**
 * Turns messages into what every provider accepts: system messages go into the instructions, in order; tool calls and their
 * results of the past become text of the assistant, because their tools are not offered here; thinking, errors, citations and
 * unknown parts are not repeated to a model; turns of one role in a row become one; the first turn is the person's.
 * A file is sent as bytes where `readFile` has them and providers take its kind, else named in the text.
 */
export async function modelPrompt(
  messages: readonly AnswerMessage[],
  system?: string,
  readFile?: ReadFilePart,
): Promise<ModelPrompt> {
  const instructions = system === undefined || system === "" ? [] : [system];
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === "system") {
      const text = textOf(message);
      if (text !== "") instructions.push(text);
      continue;
    }
    const role = message.role === "user" ? "user" : "assistant";
    const parts = await partsFrom(message, role, readFile);
    if (parts.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts });
  }
  if (turns[0]?.role === "assistant") {
    turns.unshift({ role: "user", parts: [{ type: "text", text: opening }] });
  }
  return {
    ...(instructions.length === 0 ? {} : { instructions: instructions.join("\n\n") }),
    messages: turns.map(messageFromTurn),
  };
}

function messageFromTurn({ role, parts }: Turn): ModelMessage {
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  // One string where text is all there is: the plainest servers take nothing else.
  if (texts.length === parts.length) return { role, content: texts.join("\n\n") };
  return { role: "user", content: parts };
}

/** A message's text alone; for places that take no files. */
export function textOf(message: AnswerMessage): string {
  if (message.parts === undefined || message.parts.length === 0) return message.content;
  return message.parts
    .flatMap((part) => textFromPart(part))
    .filter((text) => text !== "")
    .join("\n\n");
}

async function partsFrom(
  message: AnswerMessage,
  role: "user" | "assistant",
  readFile: ReadFilePart | undefined,
): Promise<UserPart[]> {
  const parts: UserPart[] = [];
  const addText = (text: string): void => {
    if (text.trim() !== "") parts.push({ type: "text", text });
  };
  const given = message.parts ?? [];
  // A message's own words stand in its content when its parts are only files.
  if (
    !given.some(({ kind }) => kind !== "image" && kind !== "file" && kind !== "audio" && kind !== "video")
  ) {
    addText(message.content);
  }
  for (const part of given) {
    if (isFile(part)) parts.push(await partFromFile(part, role, readFile));
    else for (const text of textFromPart(part)) addText(text);
  }
  return parts;
}

async function partFromFile(
  part: FilePart,
  role: "user" | "assistant",
  readFile: ReadFilePart | undefined,
): Promise<UserPart> {
  const mime = part.mime?.split(";")[0]?.trim().toLowerCase() ?? "";
  const sends = picture.test(mime) || mime === "application/pdf";
  const reads = readableText.test(mime) && (part.size ?? 0) <= longestTextFile;
  const isOffered = role === "user" && part.missing !== true && (sends || reads);
  const bytes = isOffered ? await readFile?.(part) : undefined;
  if (bytes !== undefined && sends) {
    return {
      type: "file",
      data: { type: "data", data: bytes },
      mediaType: mime,
      ...(part.name === undefined ? {} : { filename: part.name }),
    };
  }
  if (bytes !== undefined && bytes.length <= longestTextFile) {
    return { type: "text", text: fileText(part, new TextDecoder().decode(bytes)) };
  }
  if (part.extractedText !== undefined) return { type: "text", text: fileText(part, part.extractedText) };
  return { type: "text", text: `[${nameOf(part)}; its contents are not part of this request]` };
}

function textFromPart(part: Part): string[] {
  switch (part.kind) {
    case "text":
      return [part.text];
    case "code":
      return [fenced(part.language, part.text)];
    case "tool_call":
      return [`[Called the tool ${part.name} with ${JSON.stringify(part.input)}]`];
    case "tool_result": {
      const text = part.text ?? (part.output === undefined ? "" : JSON.stringify(part.output));
      const of = part.name === undefined ? "" : ` of ${part.name}`;
      return text === "" ? [] : [`[${part.isError === true ? "Error" : "Result"}${of}]\n${text}`];
    }
    case "image":
    case "audio":
    case "video":
    case "file":
      return [`[${nameOf(part)}]`];
    case "thinking":
    case "citation":
    case "error":
    case "opaque":
      return [];
  }
}

function isFile(part: Part): part is FilePart {
  return part.kind === "image" || part.kind === "audio" || part.kind === "video" || part.kind === "file";
}

function nameOf(part: FilePart): string {
  const kind = part.kind === "image" ? "Picture" : part.kind === "file" ? "File" : "Recording";
  return part.name === undefined ? kind : `${kind} “${part.name}”`;
}

function fileText(part: FilePart, text: string): string {
  return `${nameOf(part)}:\n${fenced("", text)}`;
}

/** A fence longer than any inside. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
