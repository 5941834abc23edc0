import type { JsonValue } from "./json.ts";

export type Role = "user" | "assistant" | "system" | "tool";

export interface TextPart {
  kind: "text";
  text: string;
}

export interface ThinkingPart {
  kind: "thinking";
  text: string;
  summary?: string;
}

export interface CodePart {
  kind: "code";
  language: string;
  text: string;
}

export interface ToolCallPart {
  kind: "tool_call";
  name: string;
  callId?: string;
  input: JsonValue;
}

export interface ToolResultPart {
  kind: "tool_result";
  callId?: string;
  name?: string;
  text?: string;
  output?: JsonValue;
  isError?: boolean;
}

/** A picture, recording, film or document that the message points at. */
export interface FilePart {
  kind: "image" | "audio" | "video" | "file";
  /** The source's id of the file, or `sha256:…` of a file that Chatty holds itself. */
  fileId?: string;
  /** The pointer exactly as it stood in the source. */
  pointer?: string;
  name?: string;
  mime?: string;
  /** Bytes. */
  size?: number;
  /** True when the export does not hold the bytes. */
  missing?: boolean;
  /** Text that the source extracted from the document; not part of the message's own words. */
  extractedText?: string;
}

export interface CitationPart {
  kind: "citation";
  url?: string;
  title?: string;
  text?: string;
  /** Offsets as the source counts them. */
  from?: number;
  to?: number;
}

export interface ErrorPart {
  kind: "error";
  name?: string;
  text?: string;
}

/** Anything this version does not know, whole. */
export interface OpaquePart {
  kind: "opaque";
  /** The source's own name of the kind. */
  type: string;
  raw: JsonValue;
}

export type Part =
  | TextPart
  | ThinkingPart
  | CodePart
  | ToolCallPart
  | ToolResultPart
  | FilePart
  | CitationPart
  | ErrorPart
  | OpaquePart;

/**
 * The plain text of the text-bearing parts in order, joined with one newline and never trimmed: text, thinking
 * (without its summary), code, tool results and errors. Files, citations, calls and opaque parts add nothing.
 */
export function contentFromParts(parts: readonly Part[]): string {
  const texts: string[] = [];
  for (const part of parts) {
    switch (part.kind) {
      case "text":
      case "thinking":
      case "code":
        texts.push(part.text);
        break;
      case "tool_result":
      case "error":
        if (part.text !== undefined) texts.push(part.text);
        break;
      case "tool_call":
      case "image":
      case "audio":
      case "video":
      case "file":
      case "citation":
      case "opaque":
        break;
    }
  }
  return texts.join("\n");
}
