import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import { cut, isMessage, isObject, isRuntime, isSession, isTime, listOf, rangeFrom } from "./file-values.ts";

/** A stretch of an earlier conversation that was given to a model. */
export interface RecalledPassage {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  /** The messages that it was made of, in order. */
  messageIds: MessageId[];
  /** Integer milliseconds UTC of the first of them; absent where the source has none. */
  timestamp?: number;
  /** Higher is better; comparable within one answer only. */
  score: number;
  /** The beginning of what was given. */
  excerpt: string;
}

/** What was recalled for one answer. */
export interface RecallRecord {
  /** Integer milliseconds UTC. */
  at: number;
  sessionId: SessionId;
  /** The answer that was made with it. */
  answerId: MessageId;
  passages: RecalledPassage[];
}

/** A sentence that says what a conversation is about. */
export interface KeyPoint {
  text: string;
  messageId: MessageId;
}

/** What a conversation is about, as far as it was looked at. */
export interface ConversationContext {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  /** Integer milliseconds UTC of the making. */
  timestamp: number;
  /** Revision of the session that it was made from. */
  revision: string;
  summary: string;
  /** At most ten. */
  keyPoints: KeyPoint[];
  /** Names in it, with how often each occurs. */
  entities: Record<string, number>;
  /** 0 to 1: which share of the telling words of the conversation the key points hold. */
  confidence: number;
  /** What was looked at; null in an empty conversation. */
  messageRange: { first: MessageId; last: MessageId; count: number } | null;
}

/** Everything in `context_history.json`. */
export interface ContextHistory {
  /** Oldest first. */
  recalls: RecallRecord[];
  /** By the time of their making, oldest first. */
  conversations: ConversationContext[];
}

/** Bounds of the file, so that writing it stays quick: it is written whole. */
export const historyLimits = {
  recalls: 250,
  passages: 10,
  conversations: 400,
  keyPoints: 10,
  entities: 24,
  /** UTF-16 code units. */
  excerpt: 160,
  keyPoint: 280,
  summary: 500,
} as const;

export const emptyHistory: ContextHistory = { recalls: [], conversations: [] };

/** A history with one more recall; the oldest ones go when there are too many. The same answer again replaces what was there. */
export function withRecall(history: ContextHistory, recall: RecallRecord): ContextHistory {
  const others = history.recalls.filter(({ answerId }) => answerId !== recall.answerId);
  const passages = recall.passages
    .slice(0, historyLimits.passages)
    .map((passage) => ({ ...passage, excerpt: cut(passage.excerpt, historyLimits.excerpt) }));
  return { ...history, recalls: [...others, { ...recall, passages }].slice(-historyLimits.recalls) };
}

/** A history with what a conversation is about, in place of what was there. */
export function withContext(history: ContextHistory, context: ConversationContext): ContextHistory {
  const others = history.conversations.filter(({ sessionId }) => sessionId !== context.sessionId);
  const names = Object.entries(context.entities).sort(([, left], [, right]) => right - left);
  const bounded: ConversationContext = {
    ...context,
    summary: cut(context.summary, historyLimits.summary),
    keyPoints: context.keyPoints
      .slice(0, historyLimits.keyPoints)
      .map(({ text, messageId }) => ({ text: cut(text, historyLimits.keyPoint), messageId })),
    entities: Object.fromEntries(names.slice(0, historyLimits.entities)),
  };
  return { ...history, conversations: [...others, bounded].slice(-historyLimits.conversations) };
}

/** A history in which nothing speaks of these sessions. */
export function withoutSessions(history: ContextHistory, gone: ReadonlySet<string>): ContextHistory {
  const recalls = history.recalls
    .filter(({ sessionId }) => !gone.has(sessionId))
    .map((recall) => ({
      ...recall,
      passages: recall.passages.filter(({ sessionId }) => !gone.has(sessionId)),
    }))
    .filter(({ passages }) => passages.length > 0);
  return { recalls, conversations: history.conversations.filter(({ sessionId }) => !gone.has(sessionId)) };
}

/** The file as it is written; see `docs/formats/context-history.md`. */
export function contextHistoryJson(userId: string, history: ContextHistory): string {
  const file = {
    format: "chatty.context-history",
    version: 1,
    user_id: userId,
    recalls: history.recalls.map((recall) => ({
      at: recall.at,
      session_id: recall.sessionId,
      answer_id: recall.answerId,
      passages: recall.passages.map((passage) => ({
        session_id: passage.sessionId,
        runtime_id: passage.runtimeId,
        message_ids: passage.messageIds,
        timestamp: passage.timestamp ?? null,
        score: passage.score,
        excerpt: passage.excerpt,
      })),
    })),
    conversations: history.conversations.map((context) => ({
      session_id: context.sessionId,
      runtime_id: context.runtimeId,
      timestamp: context.timestamp,
      revision: context.revision,
      summary: context.summary,
      key_points: context.keyPoints.map(({ text, messageId }) => ({ text, message_id: messageId })),
      entities: context.entities,
      confidence: context.confidence,
      message_range: context.messageRange,
      metadata: { method: "extractive" },
    })),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Reads the file. @returns what is wrong with it, as text, where something is */
export function parseContextHistory(text: string, userId: string): ContextHistory | string {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (!isObject(file) || file["format"] !== "chatty.context-history") return "it is no context history";
  if (file["version"] !== 1) return `its version ${JSON.stringify(file["version"])} is not known`;
  if (file["user_id"] !== userId) return "it belongs to another user";
  const recalls = listOf(file["recalls"], recallFrom);
  if (recalls === undefined) return "its recalls cannot be read";
  const conversations = listOf(file["conversations"], contextFrom);
  if (conversations === undefined) return "what it says of conversations cannot be read";
  return { recalls, conversations };
}

function recallFrom(value: Record<string, unknown>): RecallRecord | undefined {
  const { at, session_id: sessionId, answer_id: answerId } = value;
  const passages = listOf(value["passages"], passageFrom);
  if (!isTime(at) || !isSession(sessionId) || !isMessage(answerId) || passages === undefined)
    return undefined;
  return { at, sessionId, answerId, passages };
}

function passageFrom(value: Record<string, unknown>): RecalledPassage | undefined {
  const { session_id: sessionId, runtime_id: runtimeId, message_ids: ids, timestamp, score, excerpt } = value;
  if (!isSession(sessionId) || !isRuntime(runtimeId) || !Array.isArray(ids) || !ids.every(isMessage))
    return undefined;
  if (typeof score !== "number" || typeof excerpt !== "string") return undefined;
  const dated = isTime(timestamp) ? { timestamp } : {};
  return { sessionId, runtimeId, messageIds: ids, ...dated, score, excerpt };
}

function contextFrom(value: Record<string, unknown>): ConversationContext | undefined {
  const { session_id: sessionId, runtime_id: runtimeId, timestamp, revision, summary, confidence } = value;
  const keyPoints = listOf(value["key_points"], ({ text, message_id: messageId }) =>
    typeof text === "string" && isMessage(messageId) ? { text, messageId } : undefined,
  );
  const { entities, message_range: range } = value;
  if (!isSession(sessionId) || !isRuntime(runtimeId) || !isTime(timestamp) || keyPoints === undefined)
    return undefined;
  if (typeof revision !== "string" || typeof summary !== "string" || typeof confidence !== "number")
    return undefined;
  if (!isObject(entities) || !Object.values(entities).every((count) => typeof count === "number"))
    return undefined;
  const messageRange = rangeFrom(range);
  if (messageRange === undefined) return undefined;
  return {
    sessionId,
    runtimeId,
    timestamp,
    revision,
    summary,
    keyPoints,
    entities: entities as Record<string, number>,
    confidence,
    messageRange,
  };
}
