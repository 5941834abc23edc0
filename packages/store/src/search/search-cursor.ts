import { ChattyError } from "@chatty/model";

/** The place behind a hit, and the moment that its recency was reckoned from. */
export interface SearchCursor {
  score: number;
  doc: number;
  /** Integer milliseconds UTC. */
  now: number;
  /** Whether what was found by meaning is among the hits. */
  byMeaning: boolean;
}

export function formatCursor({ score, doc, now, byMeaning }: SearchCursor): string {
  return Buffer.from(JSON.stringify([score, doc, now, byMeaning ? 1 : 0])).toString("base64url");
}

/** @throws {ChattyError} CURSOR_INVALID */
export function parseCursor(text: string): SearchCursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (Array.isArray(value) && value.length === 4 && value.every((each) => Number.isFinite(each))) {
      const [score, doc, now, byMeaning] = value as [number, number, number, number];
      return { score, doc, now, byMeaning: byMeaning === 1 };
    }
  } catch {
    // Falls through to the one answer for everything that is not a cursor.
  }
  throw new ChattyError("CURSOR_INVALID", `${JSON.stringify(text.slice(0, 80))} is not a cursor.`, {
    hint: "Use the `next` of the answer before, or begin without it.",
  });
}
