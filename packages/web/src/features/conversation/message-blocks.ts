import type { CitationPart, FilePart, JsonValue, Part, Role } from "@chatty/model";

/** What of a message is looked at to draw it. */
export interface DrawnMessage {
  role: Role;
  content: string;
  parts: readonly Part[];
}

/** One thing that a message is drawn from, in the order of the source. */
export type Block =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string; language: string; summary: string }
  | { kind: "fold"; summary: string; text: string; language?: string; isMarkdown: boolean; isError?: boolean }
  | { kind: "files"; files: FilePart[] }
  | { kind: "citations"; citations: CitationPart[] }
  | { kind: "error"; name: string; text: string };

/**
 * The blocks of a message. Files and citations that follow each other are put together; everything else stays apart and in order. A
 * message without parts is its text.
 */
export function messageBlocks(message: DrawnMessage): Block[] {
  if (message.parts.length === 0)
    return message.content === "" ? [] : [{ kind: "text", text: message.content }];
  const blocks: Block[] = [];
  const names = new Map<string, string>();
  for (const part of message.parts) {
    if (part.kind === "tool_call" && part.callId !== undefined) names.set(part.callId, part.name);
    addPart(blocks, part, names);
  }
  return blocks;
}

function addPart(blocks: Block[], part: Part, names: ReadonlyMap<string, string>): void {
  const last = blocks.at(-1);
  switch (part.kind) {
    case "text":
      if (part.text !== "") blocks.push({ kind: "text", text: part.text });
      return;
    case "thinking":
      blocks.push({
        kind: "fold",
        summary: thinkingSummary(part.text, part.summary),
        text: part.text,
        isMarkdown: true,
      });
      return;
    case "code":
      blocks.push({
        kind: "code",
        text: part.text,
        language: part.language,
        summary: `Ran ${part.language === "" || part.language === "unknown" ? "code" : part.language}`,
      });
      return;
    case "tool_call":
      blocks.push({
        kind: "fold",
        summary: `Used ${toolName(part.name)}`,
        text: typeof part.input === "string" ? part.input : prettyJson(part.input),
        language: typeof part.input === "string" ? "" : "json",
        isMarkdown: false,
      });
      return;
    case "tool_result": {
      const name = part.name ?? (part.callId === undefined ? undefined : names.get(part.callId));
      const from = name === undefined ? "a tool" : toolName(name);
      blocks.push({
        kind: "fold",
        summary: part.isError === true ? `${from} failed` : `Result of ${from}`,
        text: part.text ?? (part.output === undefined ? "" : prettyJson(part.output)),
        language: part.text === undefined ? "json" : "",
        isMarkdown: false,
        isError: part.isError === true,
      });
      return;
    }
    case "image":
    case "audio":
    case "video":
    case "file":
      if (last?.kind === "files") last.files.push(part);
      else blocks.push({ kind: "files", files: [part] });
      return;
    case "citation":
      if (last?.kind === "citations") last.citations.push(part);
      else blocks.push({ kind: "citations", citations: [part] });
      return;
    case "error":
      blocks.push({ kind: "error", name: part.name ?? "", text: part.text ?? "" });
      return;
    case "opaque":
      blocks.push({
        kind: "fold",
        summary: `Kept as it came: ${part.type === "" ? "an unnamed kind" : part.type}`,
        text: prettyJson(part.raw),
        language: "json",
        isMarkdown: false,
      });
      return;
  }
}

/** The line over folded thinking: the source's own summary where it has a short one, with the time when that is known. */
export function thinkingSummary(text: string, summary?: string, ms?: number): string {
  if (ms !== undefined) return `Thought for ${durationWords(ms)}`;
  const line = (summary ?? "").trim();
  if (line !== "" && line.length <= 120 && !line.includes("\n")) return line;
  return text.trim() === "" ? "Thought, without words" : "Thought";
}

/** A duration for people: `12 s`, `3 min 5 s`. */
export function durationWords(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

/** `container.exec`, `web_search` as words. */
export function toolName(name: string): string {
  const words = name.replaceAll(/[_.]+/g, " ").trim();
  return words === "" ? "a tool" : words;
}

function prettyJson(value: JsonValue): string {
  return JSON.stringify(value, null, 2);
}

/** The one line that stands for a message that is folded away: hidden nodes, system messages, tools. */
export function foldedMessageSummary(
  message: DrawnMessage & { hidden: boolean; author?: string | undefined },
): string {
  const hidden = message.hidden ? ", hidden in the source" : "";
  if (message.role === "system") return `System message${hidden}`;
  if (message.role === "tool") {
    const result = message.parts.find((part) => part.kind === "tool_result");
    const name = message.author ?? (result?.kind === "tool_result" ? result.name : undefined);
    return `${name === undefined ? "Tool" : `Result of ${toolName(name)}`}${hidden}`;
  }
  return message.role === "user" ? `Your message${hidden}` : `Answer${hidden}`;
}

/** True for messages that are there but folded. An assistant's message that does nothing but call tools or think stays open: its blocks fold. */
export function isFolded(message: DrawnMessage & { hidden: boolean }): boolean {
  if (message.hidden || message.role === "system") return true;
  return (
    message.role === "tool" && !message.parts.some((part) => part.kind === "image" && part.missing !== true)
  );
}

/** The words of a message as they stand in the source, for copying: its text parts, else all its text. */
export function markdownOf(message: DrawnMessage): string {
  const texts = message.parts.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  return texts.length > 0 ? texts.join("\n") : message.content;
}
