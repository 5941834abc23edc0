import { isJsonObject } from "@chatty/model";
import type { JsonObject } from "@chatty/model";
import type { TextLine } from "./text-lines.ts";

/** What stands above the messages of a file. */
export interface MarkdownPreamble {
  /** Number of lines that were understood. */
  lines: number;
  title?: string;
  /** Keys of IMPORT_METADATA, of a JSON block, of front matter and of `**Key**: value` lines, as they are written. */
  fields: JsonObject;
  /** True when the file says of itself that it was imported. */
  hasImportMetadata: boolean;
}

const headerKeys =
  /^\*\*(User|Session ID|Created|Updated|Construct|Runtime|Model|Provider|Source|Title)\*\*: ?(.*)$/;

/**
 * Reads the head of a transcript: byte order mark, title, rules, header lines, IMPORT_METADATA as JSON or as lines, a JSON block
 * before or in a fence, YAML front matter. Stops at the first line that is none of these.
 */
export function readPreamble(lines: readonly TextLine[]): MarkdownPreamble {
  const preamble: MarkdownPreamble = { lines: 0, fields: {}, hasImportMetadata: false };
  let hasEntry = false;
  for (let at = 0; at < lines.length;) {
    const text = textOf(lines, at);
    const next =
      blockEnd(lines, at, preamble) ??
      (at === 0 ? frontMatterEnd(lines, preamble) : undefined) ??
      lineEnd(text, at, preamble);
    if (next === undefined) break;
    hasEntry ||= text.trim() !== "";
    at = next;
    preamble.lines = at;
  }
  if (!hasEntry) preamble.lines = 0;
  return preamble;
}

function lineEnd(text: string, at: number, preamble: MarkdownPreamble): number | undefined {
  if (text.trim() === "" || text === "---" || text === "-=-=-=-") return at + 1;
  const title = /^# (.+)$/.exec(text)?.[1];
  if (title !== undefined && preamble.title === undefined) {
    preamble.title = title;
    return at + 1;
  }
  const key = headerKeys.exec(text);
  if (key === null) return undefined;
  // The form of a message with only a name: a header stands above the first rule and says each thing once.
  const [, name = "", value = ""] = key;
  if (Object.hasOwn(preamble.fields, name)) return undefined;
  preamble.fields[name] = value;
  return at + 1;
}

/** A comment, a fenced block or an object of JSON. */
function blockEnd(lines: readonly TextLine[], at: number, preamble: MarkdownPreamble): number | undefined {
  const text = textOf(lines, at);
  if (/^<!--\s*(?:IMPORT_METADATA|CONTINUITY)\b/.test(text)) {
    const end = findLine(lines, at, (line) => line.includes("-->"));
    if (end === undefined) return undefined;
    const inner = joined(lines, at, end + 1)
      .replace(/^<!--\s*\w+/, "")
      .replace(/-->[\s\S]*$/, "");
    addFields(preamble, inner, /IMPORT_METADATA/.test(text));
    return end + 1;
  }
  if (text.trim() === "```json" && preamble.lines === at) {
    const end = findLine(lines, at + 1, (line) => line.trim() === "```");
    if (end === undefined) return undefined;
    const value = parsed(joined(lines, at + 1, end));
    if (value === undefined) return undefined;
    add(preamble, value, "importedFrom" in value || "instanceId" in value);
    return end + 1;
  }
  if (!text.startsWith("{") || Object.keys(preamble.fields).length > 0 || preamble.title !== undefined)
    return undefined;
  for (let end = at; end < Math.min(lines.length, at + 400); end += 1) {
    if (!textOf(lines, end).trimEnd().endsWith("}")) continue;
    const value = parsed(joined(lines, at, end + 1));
    if (value === undefined) continue;
    if (Object.keys(value).some((key) => messageKeys.has(key))) return undefined;
    add(preamble, value, "importedFrom" in value);
    return end + 1;
  }
  return undefined;
}

/** Keys of chat lines: such an object is a message and no head. */
const messageKeys: ReadonlySet<string> = new Set(["mes", "role", "content", "messages"]);

function frontMatterEnd(lines: readonly TextLine[], preamble: MarkdownPreamble): number | undefined {
  if (textOf(lines, 0) !== "---") return undefined;
  const end = findLine(lines, 1, (line) => line === "---");
  if (end === undefined || end === 1) return undefined;
  for (let at = 1; at < end; at += 1) {
    if (!/^(?:[A-Za-z_][\w-]*:(?: .*)?|\s+.*|#.*|- .*|)$/.test(textOf(lines, at))) return undefined;
  }
  const inner = joined(lines, 1, end);
  addFields(preamble, inner, /^import_?metadata:|^importedFrom:|^originalSessionId:/im.test(inner));
  return end + 1;
}

/** JSON, or lines of `key: value`. */
function addFields(preamble: MarkdownPreamble, inner: string, isImport: boolean): void {
  const value = parsed(inner);
  if (value !== undefined) {
    add(preamble, value, isImport);
    return;
  }
  const fields: JsonObject = {};
  for (const line of inner.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_][\w-]*):\s?(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined) fields[match[1]] = unquoted(match[2] ?? "");
  }
  add(preamble, fields, isImport);
}

function add(preamble: MarkdownPreamble, fields: JsonObject, isImport: boolean): void {
  for (const [key, value] of Object.entries(fields))
    if (!Object.hasOwn(preamble.fields, key)) preamble.fields[key] = value;
  preamble.hasImportMetadata ||= isImport;
}

function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON: it may be lines of another form, and otherwise stays text.
    return undefined;
  }
}

function textOf(lines: readonly TextLine[], at: number): string {
  const text = lines[at]?.text ?? "";
  return at === 0 ? text.replace(/^\ufeff/, "") : text;
}

function joined(lines: readonly TextLine[], from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => textOf(lines, from + index)).join("\n");
}

function findLine(
  lines: readonly TextLine[],
  from: number,
  accepts: (text: string) => boolean,
): number | undefined {
  for (let at = from; at < lines.length; at += 1) if (accepts(textOf(lines, at))) return at;
  return undefined;
}
