import type { JsonValue, TimestampSource } from "@chatty/model";
import type { CheckpointRecord, MessageRecord } from "./record.ts";

/** Farthest instant from 1970 that a date can have. */
const farthestMs = 8.64e15;

/** When a message was said, as far as anybody knows. */
export interface MessageTime {
  /** Integer milliseconds UTC. */
  timestamp?: number;
  timestampSource: TimestampSource;
  /** The source's raw token. */
  timestampToken?: string | number;
}

/**
 * The time of a message. A message that a fork brought along has the time its `origin` gives (`timestamp`,
 * `timestampSource`, `timestampToken`), or none: the time of the fork would be a false date.
 */
export function messageTime(record: MessageRecord | CheckpointRecord): MessageTime {
  const origin = record.kind === "message" ? record.origin : undefined;
  if (origin === undefined) return { timestamp: record.timestamp, timestampSource: "message" };
  const timestamp = origin["timestamp"];
  const token = origin["timestampToken"];
  const source = origin["timestampSource"];
  const known = typeof timestamp === "number" && Math.abs(timestamp) <= farthestMs;
  return {
    ...(known ? { timestamp } : {}),
    timestampSource: isTimestampSource(source) ? source : known ? "message" : "none",
    ...(typeof token === "string" || typeof token === "number" ? { timestampToken: token } : {}),
  };
}

function isTimestampSource(value: JsonValue | undefined): value is TimestampSource {
  return (
    value === "message" ||
    value === "conversation" ||
    value === "file" ||
    value === "sequence" ||
    value === "none"
  );
}
