import type { LegacyConversation, LegacyMessage, LegacyReading, LegacySpan, SourceTime } from "@chatty/model";
import { parseSourceTime } from "@chatty/model";
import { lastKey } from "./jsonl-reading.ts";
import { splitTextLines, textBetween } from "./text-lines.ts";

const fileName = /^(\d{4}-\d{2}-\d{2}T[\d:.\-Z]+?)_(user|assistant|system)\.txt$/;

/** True for a file that holds one message: `transcripts/{session}/{time}_{role}.txt`. */
export function isTextMessage(path: string): boolean {
  const [folder, session, file] = path.split("/").slice(-3);
  return folder === "transcripts" && session !== undefined && file !== undefined && fileName.test(file);
}

/** Reads a session whose messages are a file each. The lines above `# ---` describe the message; everything below is its text. */
export function readTextMessages(files: readonly { path: string; bytes: Uint8Array }[]): LegacyReading {
  const messages: LegacyMessage[] = [];
  const spans: LegacySpan[] = [];
  for (const { path, bytes } of files) {
    const match = fileName.exec(path.split("/").at(-1) ?? "");
    const role = match?.[2];
    if (role !== "user" && role !== "assistant" && role !== "system") {
      spans.push({
        kind: "kept",
        path,
        from: 0,
        to: bytes.length,
        reason: "a file that is not named like a message",
      });
      continue;
    }
    const { fields, bodyAt } = headerOf(bytes);
    const stated = parseSourceTime(fields["Timestamp"]);
    const named = timeFromName(match?.[1] ?? "");
    messages.push({
      key: path.split("/").at(-1) ?? path,
      parentKey: lastKey(messages),
      role,
      content: textBetween(bytes, bodyAt, bytes.length),
      ...(stated === undefined
        ? named === undefined
          ? { timestampSource: "none" }
          : { time: named, timestampSource: "file" }
        : { time: stated, timestampSource: "message" }),
      place: { path, from: 0, to: bytes.length },
      metadata: { header: fields },
    });
  }
  const session = files[0]?.path.split("/").at(-2) ?? "";
  const conversation: LegacyConversation = {
    key: `text//${session}`,
    format: "text-messages",
    home: false,
    deleted: false,
    messages,
    metadata: { session },
  };
  return { conversations: [conversation], spans, problems: [] };
}

function headerOf(bytes: Uint8Array): { fields: Record<string, string>; bodyAt: number } {
  const fields: Record<string, string> = {};
  for (const { text, to } of splitTextLines(bytes)) {
    if (text === "# ---") return { fields, bodyAt: to };
    const field = /^# ([A-Za-z][\w -]*): ?(.*)$/.exec(text);
    if (field?.[1] === undefined && text !== "#") break;
    if (field?.[1] !== undefined) fields[field[1]] = field[2] ?? "";
  }
  // Without the line that ends it there is no head: everything is text.
  return { fields: {}, bodyAt: 0 };
}

/** Names cannot hold colons everywhere, so they were written with hyphens as well. */
function timeFromName(name: string): SourceTime | undefined {
  const iso = name.replace(/T(\d{2})[:-](\d{2})[:-](\d{2})(?:[.:-](\d{1,3}))?(Z?)$/, (_, h, m, s, f, z) => {
    return `T${String(h)}:${String(m)}:${String(s)}${f === undefined ? "" : `.${String(f)}`}${String(z)}`;
  });
  const time = parseSourceTime(iso);
  return time === undefined ? undefined : { ...time, token: name };
}
