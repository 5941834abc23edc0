import type { TimelineEvent } from "./timeline-event.ts";

/** Characters of a message that a line shows. */
const mostCharacters = 100;

const runtimeWords = {
  runtime_selected: "Runtime Selected",
  runtime_switched: "Runtime Switched",
  runtime_imported: "Runtime Imported",
} as const;

/**
 * One line of the timeline as specification 003 writes it: `2025-11-13 17:55:05 UTC - Message (synth): "Hello Synth"`. Three dots stand
 * only where text was cut.
 */
export function formatTimelineLine(event: TimelineEvent): string {
  const time = event.at === undefined ? "undated" : `${formatSecond(event.at)} UTC`;
  switch (event.kind) {
    case "message":
      return `${time} - Message (${event.runtimeId}): "${oneLine(event.excerpt ?? "")}"`;
    case "conversation_created":
      return `${time} - Conversation Created (${event.runtimeId}): "${oneLine(event.excerpt ?? "")}"`;
    default:
      return `${time} - ${runtimeWords[event.kind]}: ${event.runtimeId}`;
  }
}

/** `2025-11-13 17:55:00`, in UTC. */
export function formatSecond(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  if (line.length <= mostCharacters) return line;
  // A pair of surrogates is not cut in two.
  const end = /[\ud800-\udbff]$/.test(line.slice(0, mostCharacters)) ? mostCharacters - 1 : mostCharacters;
  return `${line.slice(0, end)}...`;
}
