import { ChattyError } from "@chatty/model";

/** The place behind a hit, and the moment that its recency was reckoned from. */
export interface SearchCursor {
  score: number;
  doc: number;
  /** Integer milliseconds UTC. */
  now: number;
}

export function formatCursor({ score, doc, now }: SearchCursor): string {
  return Buffer.from(JSON.stringify([score, doc, now])).toString("base64url");
}

/** @throws {ChattyError} CURSOR_INVALID */
export function parseCursor(text: string): SearchCursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (Array.isArray(value) && value.length === 3 && value.every((each) => Number.isFinite(each))) {
      const [score, doc, now] = value as [number, number, number];
      return { score, doc, now };
    }
  } catch {
    // Falls through to the one answer for everything that is not a cursor.
  }
  throw new ChattyError("CURSOR_INVALID", `${JSON.stringify(text.slice(0, 80))} is not a cursor.`, {
    hint: "Use the `next` of the answer before, or begin without it.",
  });
}
