import type { CitationPart, FilePart, JsonValue, Part, ToolResultPart } from "@chatty/model";
import { inlineText } from "../journal/transcript-quote.ts";

/** One part as Markdown for people. Texts stand unchanged: plain, or in a fence longer than any run of backticks in them. */
export function renderPart(part: Part): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "thinking": {
      const summary = part.summary === undefined ? "" : `: ${inlineText(part.summary)}`;
      return foldable(`Thinking${summary}`, fence(part.text));
    }
    case "code":
      return fence(part.text, part.language);
    case "tool_call":
      return foldable(`Tool call: ${inlineText(part.name)}`, fenceValue(part.input));
    case "tool_result":
      return renderToolResult(part);
    case "image":
    case "audio":
    case "video":
    case "file":
      return renderFile(part);
    case "citation":
      return renderCitation(part);
    case "error": {
      const name = part.name === undefined ? "" : ` (${inlineText(part.name)})`;
      return part.text === undefined ? `**Error**${name}` : `**Error**${name}\n\n${fence(part.text)}`;
    }
    case "opaque":
      return `**Unknown part**: ${inlineText(part.type)}`;
  }
}

/** What a file is called, with what is known about it. */
export function describeFile(file: {
  name?: string;
  fileId?: string;
  pointer?: string;
  mime?: string;
  size?: number;
  missing?: boolean;
}): string {
  const name = inlineText(file.name ?? file.fileId ?? file.pointer ?? "unnamed");
  const facts = [
    file.mime === undefined ? undefined : inlineText(file.mime),
    file.size === undefined ? undefined : `${file.size} bytes`,
    file.missing === true ? "not in the export" : undefined,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? name : `${name} (${facts.join(", ")})`;
}

const fileLabels: Record<FilePart["kind"], string> = {
  image: "Image",
  audio: "Audio",
  video: "Video",
  file: "File",
};

function renderFile(part: FilePart): string {
  const line = `**${fileLabels[part.kind]}**: ${describeFile(part)}`;
  return part.extractedText === undefined
    ? line
    : `${line}\n\n${foldable("Text of the file", fence(part.extractedText))}`;
}

function renderCitation(part: CitationPart): string {
  const pieces = [part.title, part.url, part.text].filter((piece) => piece !== undefined && piece !== "");
  return `**Citation**: ${pieces.map((piece) => inlineText(piece ?? "")).join(" · ")}`.trimEnd();
}

function renderToolResult(part: ToolResultPart): string {
  const name = part.name === undefined ? "" : `: ${inlineText(part.name)}`;
  const bodies = [
    ...(part.text === undefined ? [] : [fence(part.text)]),
    ...(part.output === undefined ? [] : [fenceValue(part.output)]),
  ];
  return foldable(`Tool result${name}${part.isError === true ? " (error)" : ""}`, bodies.join("\n\n"));
}

function foldable(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function fence(text: string, language = ""): string {
  const longest = text.match(/`+/g)?.reduce((most, run) => Math.max(most, run.length), 0) ?? 0;
  const marks = "`".repeat(Math.max(3, longest + 1));
  return `${marks}${language.replace(/[^\w+#.-]/g, "")}\n${text}\n${marks}`;
}

function fenceValue(value: JsonValue): string {
  return typeof value === "string" ? fence(value) : fence(JSON.stringify(value, null, 2), "json");
}
