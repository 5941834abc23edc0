import type { TimelineEvent } from "./timeline-event.ts";
import { formatTimelineLine } from "./timeline-line.ts";

/** What an export says about a conversation beside its events. */
export type TitleOf = (sessionId: string) => string | undefined;

export type TimelineExportFormat = "csv" | "ics" | "md";

const columns = [
  "at",
  "kind",
  "runtimeId",
  "constructId",
  "previousRuntimeId",
  "sessionId",
  "title",
  "messageId",
  "sequence",
  "role",
  "hidden",
  "excerpt",
  "confidence",
  "evidence",
] as const;

/**
 * Events as comma-separated values (RFC 4180), with a header line. A cell that a spreadsheet would take for a formula gets an
 * apostrophe in front, as the OWASP advises; nothing else is changed.
 */
export function* timelineCsv(events: Iterable<TimelineEvent>, titleOf: TitleOf): Generator<string> {
  yield `${columns.join(",")}\r\n`;
  for (const event of events) {
    const cells: Record<(typeof columns)[number], string | number | boolean | undefined> = {
      at: event.at === undefined ? undefined : new Date(event.at).toISOString(),
      kind: event.kind,
      runtimeId: event.runtimeId,
      constructId: event.constructId,
      previousRuntimeId: event.previousRuntimeId,
      sessionId: event.sessionId,
      title: event.sessionId === undefined ? undefined : titleOf(event.sessionId),
      messageId: event.messageId,
      sequence: event.sequence,
      role: event.role,
      hidden: event.hidden,
      excerpt: event.excerpt,
      confidence: event.confidence,
      evidence: event.evidence.map(({ rule, source }) => `${rule} (${source})`).join("; "),
    };
    yield `${columns.map((column) => csvCell(cells[column])).join(",")}\r\n`;
  }
}

/** Events as a calendar (RFC 5545): each that has a time is an event of no length; the others are told of in one remark. */
export function* timelineCalendar(
  events: Iterable<TimelineEvent>,
  titleOf: TitleOf,
  generatedMs: number,
): Generator<string> {
  yield "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Chatty//Timeline//EN\r\nCALSCALE:GREGORIAN\r\n";
  let undated = 0;
  for (const event of events) {
    if (event.at === undefined) {
      undated += 1;
      continue;
    }
    const title = event.sessionId === undefined ? undefined : titleOf(event.sessionId);
    const summary = title ?? formatTimelineLine(event).replace(/^.*? - /, "");
    yield [
      "BEGIN:VEVENT",
      `UID:${[event.kind, event.messageId ?? event.sessionId ?? event.runtimeId, event.at].join("-")}@chatty`,
      `DTSTAMP:${calendarTime(generatedMs)}`,
      `DTSTART:${calendarTime(event.at)}`,
      `SUMMARY:${calendarText(summary)}`,
      ...(event.excerpt === undefined ? [] : [`DESCRIPTION:${calendarText(event.excerpt)}`]),
      `CATEGORIES:${calendarText(event.runtimeId)}`,
      "TRANSP:TRANSPARENT",
      "END:VEVENT",
    ]
      .map((line) => `${foldLine(line)}\r\n`)
      .join("");
  }
  if (undated > 0) yield `${foldLine(`X-CHATTY-UNDATED:${undated}`)}\r\n`;
  yield "END:VCALENDAR\r\n";
}

/** Events as a Markdown list by day, in UTC. */
export function* timelineMarkdown(events: Iterable<TimelineEvent>, titleOf: TitleOf): Generator<string> {
  let day: string | undefined;
  let sessionId: string | undefined;
  for (const event of events) {
    const own = event.at === undefined ? "Undated" : new Date(event.at).toISOString().slice(0, 10);
    if (own !== day) {
      yield `${day === undefined ? "" : "\n"}## ${own}\n`;
      day = own;
      sessionId = undefined;
    }
    if (event.sessionId !== undefined && event.sessionId !== sessionId) {
      yield `\n### ${markdownText(titleOf(event.sessionId) ?? event.sessionId)} (${event.runtimeId})\n\n`;
    } else if (sessionId === undefined && event.sessionId === undefined) yield "\n";
    sessionId = event.sessionId;
    yield `- ${markdownText(formatTimelineLine(event))}\n`;
  }
}

function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function calendarTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

function calendarText(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll(/[;,]/g, (character) => `\\${character}`)
    .replaceAll(/\r\n|\r|\n/g, "\\n")
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "");
}

const encoder = new TextEncoder();

/** Lines of at most 75 octets; what is longer goes on behind a space. No character is cut in two. */
function foldLine(line: string): string {
  let folded = "";
  let octets = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (octets + size > 75) {
      folded += "\r\n ";
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}

/** Signs that Markdown would take for structure are written with a backslash. */
function markdownText(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>#|~]/g, "\\$&");
}
