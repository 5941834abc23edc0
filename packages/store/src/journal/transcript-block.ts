import { formatTranscriptTime, type Part, type Role } from "@chatty/model";
import { messageTime } from "./fold-time.ts";
import type { JournalRecord } from "./record.ts";
import { commentJson, inlineText } from "./transcript-quote.ts";
import { frameText } from "./transcript-text.ts";

/** What the comment line of a block begins with. */
export const recordLineStart = "<!-- chatty:record ";

/** What the comment line of a block ends with. */
export const recordLineEnd = " -->";

/** The field of a record whose text stands outside the comment, framed by its length. */
export type FramedField = "content" | "text";

/** The field of a kind that is framed; undefined for kinds that are wholly in the comment. */
export function framedField(kind: string): FramedField | undefined {
  switch (kind) {
    case "message":
    case "revision":
      return "content";
    case "note":
      return "text";
    default:
      return undefined;
  }
}

/**
 * The block of one record: a comment line with every field (a frame in place of the framed text), then the record as people
 * read it, then a blank line. Depends on nothing but the record.
 */
export function renderBlock(record: JournalRecord): Buffer {
  const field = framedField(record.kind);
  if (field === undefined) {
    const line = plainLine(record);
    return Buffer.from(`${commentLine(record)}${line === undefined ? "" : `${line}\n`}\n`, "utf8");
  }
  const { frame, bytes } = frameText((record as unknown as Record<FramedField, string>)[field]);
  return Buffer.concat([
    // Replacing a field keeps its place, so the order of keys comes back when the text is put in again.
    Buffer.from(commentLine({ ...record, [field]: frame }) + leadIn(record), "utf8"),
    bytes,
    Buffer.from(`\n\n${attachmentLine(record)}`, "utf8"),
  ]);
}

/** What stands between the comment line and the framed text; empty for kinds without one. */
export function leadIn(record: JournalRecord): string {
  switch (record.kind) {
    case "message": {
      const { timestamp } = messageTime(record);
      const names = [record.author, record.model].filter((name) => name !== undefined).map(inlineText);
      const detail = names.length === 0 ? "" : ` (${names.join(", ")})`;
      return `[${timeLabel(timestamp)}] **${roleLabel(record.role)}**${detail}: `;
    }
    case "revision":
      return `[${timeLabel(record.timestamp)}] **Revised** ${inlineText(record.targetId)}: `;
    case "note":
      return `[${timeLabel(record.timestamp)}] **Note**: `;
    case "tombstone":
    case "title":
    case "archive":
    case "fork":
    case "checkpoint":
      return "";
  }
}

function commentLine(value: object): string {
  return `${recordLineStart}${commentJson(value)}${recordLineEnd}\n`;
}

/** The line for people of a kind without framed text. A kind of a later version has none. */
function plainLine(record: JournalRecord): string | undefined {
  const time = `[${timeLabel(record.timestamp)}]`;
  switch (record.kind) {
    case "title":
      return `${time} **Title**: ${inlineText(record.title)}`;
    case "tombstone": {
      const target = record.targetId === undefined ? "this conversation" : inlineText(record.targetId);
      return `${time} **${record.deleted ? "Deleted" : "Restored"}**: ${target}`;
    }
    case "archive":
      return `${time} **${record.archived ? "Archived" : "Unarchived"}**`;
    case "fork": {
      const other = `${inlineText(record.sessionId)} (${inlineText(record.runtimeId)})`;
      return `${time} **${record.direction === "from" ? "Continues" : "Continued in"}**: ${other}`;
    }
    case "checkpoint":
    case "message":
    case "revision":
    case "note":
      return undefined;
  }
}

function attachmentLine(record: JournalRecord): string {
  if (record.kind !== "message" || record.parts === undefined) return "";
  const names = record.parts.map(attachmentName).filter((name) => name !== undefined);
  return names.length === 0 ? "" : `**Attached**: ${names.join(", ")}\n\n`;
}

function attachmentName(part: Part): string | undefined {
  switch (part.kind) {
    case "image":
    case "audio":
    case "video":
    case "file":
      return inlineText(part.name ?? part.fileId ?? part.pointer ?? part.kind);
    default:
      return undefined;
  }
}

/** A time for people; anything that is no instant is shown as undated rather than refused. */
function timeLabel(ms: number | undefined): string {
  const isInstant = ms !== undefined && Number.isInteger(ms) && Math.abs(ms) <= 8.64e15;
  return isInstant ? formatTranscriptTime(ms) : "undated";
}

const roleLabels: Record<Role, string> = {
  user: "User",
  assistant: "Assistant",
  system: "System",
  tool: "Tool",
};

function roleLabel(role: Role): string {
  return Object.hasOwn(roleLabels, role) ? roleLabels[role] : "Message";
}
