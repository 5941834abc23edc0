import type { ConstructId, SessionId } from "@chatty/model";

/** Bytes of the part of a file name that comes from a title. */
const slugLimitBytes = 80;

/** File name of the transcript of a construct's home conversation. */
export function homeTranscriptName(constructId: ConstructId): string {
  return `chat_with_${constructId}.md`;
}

/**
 * File name of any other transcript: `{title-slug}--{short id}.md`. The short id is the last group of the session's UUID, 48
 * bits that are random (version 4 and 7) or hash (5 and 8): with the last 8 digits alone, every second person with 80,000
 * untitled conversations would have two of one name; with 12, one in 90,000. The first digits of a version 7 are a time, and
 * equal for sessions made together.
 */
export function sessionTranscriptName(title: string, sessionId: SessionId): string {
  const slug = titleSlug(title);
  return `${slug === "" ? "untitled" : slug}--${sessionId.slice(-12)}.md`;
}

/**
 * Name under which a transcript that was edited by hand is set aside: `… (edited).md`, then `… (edited 2).md`.
 * @param count 1 for the first.
 */
export function editedTranscriptName(name: string, count: number): string {
  const stem = name.endsWith(".md") ? name.slice(0, -3) : name;
  return `${stem} (edited${count === 1 ? "" : ` ${count}`}).md`;
}

/** Words of the title in lower case, in any script, joined with single hyphens; may be empty. */
function titleSlug(title: string): string {
  const words = title
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu);
  return truncateBytes((words ?? []).join("-"), slugLimitBytes).replace(/-$/, "");
}

/** The longest beginning of a text that takes at most `limit` bytes of UTF-8 and cuts no code point. */
export function truncateBytes(text: string, limit: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character, "utf8");
    if (bytes > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}
