import { ChattyError } from "@chatty/model";
import { rowRank } from "./timeline-rows.ts";
import type { TimelineRow } from "./timeline-rows.ts";

/** Place of a line in the order of everything: time, rank of its kind, commit, two numbers of the conversation, position. */
export type TimelineKey = [
  at: number,
  rank: number,
  commit: number,
  high: number,
  low: number,
  sequence: number,
];

/** Stands for no time; before every time. */
export const undatedAt = Number.MIN_SAFE_INTEGER;

/** The key of a line. */
export function keyOf(row: TimelineRow): TimelineKey {
  const [high, low] = sessionNumbers(row.sessionId);
  return [row.orderAt ?? undatedAt, rowRank(row), row.commit ?? 0, high, low, row.sequence];
}

/**
 * A conversation's id as two numbers that are in the order of the ids: its first 13 and its next 13 hexadecimal digits. The other six
 * cannot tell apart what was not made to be alike.
 */
export function sessionNumbers(sessionId: string | undefined): [high: number, low: number] {
  if (sessionId === undefined) return [-1, -1];
  const digits = sessionId.replaceAll("-", "");
  return [Number.parseInt(digits.slice(0, 13), 16), Number.parseInt(digits.slice(13, 26), 16)];
}

export function compareKeys(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A cursor: opaque to whoever asks. `runtime` breaks the tie of two choices in one instant. */
export function cursorOf(key: TimelineKey, runtime: number): string {
  return Buffer.from(JSON.stringify([...key, runtime]), "utf8").toString("base64url");
}

/** @throws {ChattyError} CURSOR_INVALID */
export function parseCursor(cursor: string): [TimelineKey, runtime: number] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(value) && value.length === 7 && value.every((each) => Number.isSafeInteger(each))) {
      const [at, rank, commit, high, low, sequence, runtime] = value as number[] & { length: 7 };
      return [[at, rank, commit, high, low, sequence] as TimelineKey, runtime ?? 0];
    }
  } catch {
    // Told below, as for anything else that is no cursor.
  }
  throw new ChattyError("CURSOR_INVALID", "This is no cursor of the timeline.", {
    hint: "Use `next` of an answer as it is, or begin without one.",
  });
}
