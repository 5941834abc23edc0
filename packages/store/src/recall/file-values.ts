import { isUuid } from "@chatty/model";
import type { MessageId, RuntimeId, SessionId } from "@chatty/model";

/** A range of messages as files have it; null for none, undefined where it cannot be read. */
export function rangeFrom(
  value: unknown,
): { first: MessageId; last: MessageId; count: number } | null | undefined {
  if (value === null) return null;
  if (!isObject(value)) return undefined;
  const { first, last, count } = value;
  return isMessage(first) && isMessage(last) && isTime(count) ? { first, last, count } : undefined;
}

/** Each entry of a list as `from` reads it; undefined when it is no list or one of them cannot be read. */
export function listOf<Entry>(
  value: unknown,
  from: (entry: Record<string, unknown>) => Entry | undefined,
): Entry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: Entry[] = [];
  for (const each of value) {
    const entry = isObject(each) ? from(each) : undefined;
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

export function isSession(value: unknown): value is SessionId {
  return typeof value === "string" && isUuid(value);
}

export function isMessage(value: unknown): value is MessageId {
  return typeof value === "string" && isUuid(value);
}

export function isRuntime(value: unknown): value is RuntimeId {
  return typeof value === "string" && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value);
}

/** The beginning of a text, never half of a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\uD800-\uDBFF]$/.test(text.slice(0, most - 1)) ? most - 2 : most - 1;
  return `${text.slice(0, end)}…`;
}
