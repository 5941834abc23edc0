import { parseMessageId, parseSessionId } from "@chatty/model";
import type { JsonObject, JsonValue, MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { Recalled, RecalledPiece } from "./recall-port.ts";

/** A passage as an answer's record names it: places and a hash, never words. */
export interface RecordedPassage {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  messageId: MessageId;
  pieces: RecalledPiece[];
  sha256: string;
  score: number;
  why: string[];
}

export interface RecallOfAnswer {
  /** Integer milliseconds UTC. */
  at: number;
  tookMs: number;
  passages: RecordedPassage[];
}

/**
 * What an answer's metadata keep under `recalled`. Journals are never rewritten, so the words themselves stay where they are: a
 * conversation that is purged must not live on in the answers of others. The hash tells whether what stands there now is what was sent.
 */
export function recordOfRecalled({ passages, at, tookMs }: Recalled): JsonObject {
  return {
    version: 1,
    at,
    tookMs,
    passages: passages.map(({ sessionId, runtimeId, messageId, pieces, sha256, score, why }) => ({
      ...{ sessionId, runtimeId, messageId, sha256 },
      pieces: pieces.map(({ messageId: id, from, to }) => ({ messageId: id, from, to })),
      score: Math.round(score * 10_000) / 10_000,
      // Words of the question, which stands in this conversation anyway.
      why: [...why],
    })),
  };
}

/** Reads what {@link recordOfRecalled} wrote; undefined where nothing was recalled. What cannot be read is left out. */
export function recalledOf(metadata: JsonObject | undefined): RecallOfAnswer | undefined {
  const kept = metadata?.["recalled"];
  if (!isObject(kept) || kept["version"] !== 1 || !Array.isArray(kept["passages"])) return undefined;
  const { at, tookMs } = kept;
  if (typeof at !== "number" || typeof tookMs !== "number") return undefined;
  return { at, tookMs, passages: kept["passages"].flatMap((each) => passageFrom(each)) };
}

function passageFrom(value: JsonValue): RecordedPassage[] {
  if (!isObject(value) || !Array.isArray(value["pieces"])) return [];
  const { sessionId, runtimeId, messageId, sha256, score, why } = value;
  if (typeof sessionId !== "string" || typeof runtimeId !== "string" || typeof messageId !== "string")
    return [];
  if (typeof sha256 !== "string" || typeof score !== "number") return [];
  try {
    return [
      {
        sessionId: parseSessionId(sessionId),
        runtimeId: runtimeId as RuntimeId,
        messageId: parseMessageId(messageId),
        ...{ sha256, score },
        why: Array.isArray(why) ? why.filter((word) => typeof word === "string") : [],
        pieces: value["pieces"].map(pieceFrom),
      },
    ];
  } catch {
    // Not written by this program: there is nothing that could be shown of it.
    return [];
  }
}

function pieceFrom(value: JsonValue): RecalledPiece {
  if (!isObject(value)) throw new TypeError("A piece of a recalled passage is no object.");
  const { messageId, from, to } = value;
  if (typeof messageId !== "string" || typeof from !== "number" || typeof to !== "number") {
    throw new TypeError("A piece of a recalled passage has no place.");
  }
  return { messageId: parseMessageId(messageId), from, to };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
