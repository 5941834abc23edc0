import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import { isMessage, isObject, isRuntime, isSession, isTime, listOf, rangeFrom } from "./file-values.ts";

/** A sentence of a conversation, taken over as it was written. */
export interface SummaryPoint {
  text: string;
  sessionId: SessionId;
  messageId: MessageId;
  /** `opening`: the first words. `decision`: something that was decided or agreed. `point`: one of the most telling sentences. */
  kind: "opening" | "point" | "decision";
}

/** What a summary says, and who said so. */
export interface SummaryContent {
  /** `extractive`: sentences that stand in the conversation, chosen by a fixed rule. `model`: a model wrote it. */
  method: "extractive" | "model";
  /** `{providerId}/{model}`; there exactly when a model wrote it. */
  model?: string;
  text: string;
  points: SummaryPoint[];
}

/** What a conversation is about. */
export interface SessionSummary extends SummaryContent {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  /** Integer milliseconds UTC. */
  madeAt: number;
  /** Revision of the session that it was made from; another one there now means that it is out of date. */
  revision: string;
  /** What it was made from; null for an empty conversation. */
  messageRange: { first: MessageId; last: MessageId; count: number } | null;
}

/** A conversation that something was said in during a period. */
export interface PeriodConversation {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  title: string;
  /** Messages within the period. */
  messages: number;
  revision: string;
}

/** What was talked about in a day or a month, over all conversations. */
export interface PeriodSummary extends SummaryContent {
  /** `2024-03` or `2024-03-12`, in UTC. */
  period: string;
  /** Integer milliseconds UTC. */
  madeAt: number;
  /** False when there was more in the period than is looked through. */
  isWhole: boolean;
  conversations: PeriodConversation[];
}

/** True for `2024-03` and `2024-03-12`, and for real days only. */
export function isPeriod(text: string): boolean {
  if (!/^\d{4}-\d{2}(?:-\d{2})?$/.test(text)) return false;
  const start = Date.parse(`${text.length === 7 ? `${text}-01` : text}T00:00:00Z`);
  return !Number.isNaN(start) && new Date(start).toISOString().startsWith(text);
}

/** The file of a session as it is written; see `docs/formats/summary.md`. */
export function sessionSummaryJson(summary: SessionSummary): string {
  return write({
    format: "chatty.summary",
    version: 1,
    kind: "session",
    session_id: summary.sessionId,
    runtime_id: summary.runtimeId,
    made_at: summary.madeAt,
    revision: summary.revision,
    message_range: summary.messageRange,
    ...contentJson(summary),
  });
}

/** The file of a period as it is written. */
export function periodSummaryJson(userId: string, summary: PeriodSummary): string {
  return write({
    format: "chatty.summary",
    version: 1,
    kind: summary.period.length === 7 ? "month" : "day",
    user_id: userId,
    period: summary.period,
    made_at: summary.madeAt,
    is_whole: summary.isWhole,
    conversations: summary.conversations.map((each) => ({
      session_id: each.sessionId,
      runtime_id: each.runtimeId,
      title: each.title,
      messages: each.messages,
      revision: each.revision,
    })),
    ...contentJson(summary),
  });
}

/** Reads the file of a session. @returns what is wrong with it, as text, where something is */
export function parseSessionSummary(text: string, wanted: SessionId): SessionSummary | string {
  const file = parse(text);
  if (typeof file === "string") return file;
  const { session_id: sessionId, runtime_id: runtimeId, made_at: madeAt, revision } = file;
  if (sessionId !== wanted) return "it belongs to another session";
  const content = contentFrom(file);
  const messageRange = rangeFrom(file["message_range"]);
  if (content === undefined || messageRange === undefined) return "it cannot be read";
  if (!isRuntime(runtimeId) || !isTime(madeAt) || typeof revision !== "string") return "it cannot be read";
  return { sessionId: wanted, runtimeId, madeAt, revision, messageRange, ...content };
}

/** Reads the file of a period. @returns what is wrong with it, as text, where something is */
export function parsePeriodSummary(text: string, userId: string, wanted: string): PeriodSummary | string {
  const file = parse(text);
  if (typeof file === "string") return file;
  const { period, made_at: madeAt, is_whole: isWhole } = file;
  if (file["user_id"] !== userId) return "it belongs to another user";
  if (period !== wanted) return "it belongs to another period";
  const content = contentFrom(file);
  const conversations = listOf(file["conversations"], conversationFrom);
  if (content === undefined || conversations === undefined) return "it cannot be read";
  if (!isTime(madeAt) || typeof isWhole !== "boolean") return "it cannot be read";
  return { period: wanted, madeAt, isWhole, conversations, ...content };
}

/**
 * A summary of a period in which nothing speaks of these sessions; undefined when nothing of it can stay: what a model wrote may
 * speak of them anywhere.
 */
export function withoutConversations(
  summary: PeriodSummary,
  gone: ReadonlySet<string>,
): PeriodSummary | undefined {
  const conversations = summary.conversations.filter(({ sessionId }) => !gone.has(sessionId));
  if (conversations.length === summary.conversations.length) return summary;
  if (summary.method === "model" || conversations.length === 0) return undefined;
  const points = summary.points.filter(({ sessionId }) => !gone.has(sessionId));
  return { ...summary, conversations, points, text: textOfPoints(points) };
}

/** The text of an extractive summary: its sentences, one on each line. */
export function textOfPoints(points: readonly SummaryPoint[]): string {
  return points.map(({ text }) => text).join("\n");
}

function contentJson({ method, model, text, points }: SummaryContent): Record<string, unknown> {
  return {
    method,
    model: model ?? null,
    text,
    points: points.map((point) => ({
      text: point.text,
      session_id: point.sessionId,
      message_id: point.messageId,
      kind: point.kind,
    })),
  };
}

function contentFrom(file: Record<string, unknown>): SummaryContent | undefined {
  const { method, model, text } = file;
  const points = listOf(file["points"], pointFrom);
  if (points === undefined || typeof text !== "string") return undefined;
  if (method === "extractive") return { method, text, points };
  return method === "model" && typeof model === "string" ? { method, model, text, points } : undefined;
}

function pointFrom(value: Record<string, unknown>): SummaryPoint | undefined {
  const { text, session_id: sessionId, message_id: messageId, kind } = value;
  if (typeof text !== "string" || !isSession(sessionId) || !isMessage(messageId)) return undefined;
  return kind === "opening" || kind === "point" || kind === "decision"
    ? { text, sessionId, messageId, kind }
    : undefined;
}

function conversationFrom(value: Record<string, unknown>): PeriodConversation | undefined {
  const { session_id: sessionId, runtime_id: runtimeId, title, messages, revision } = value;
  if (!isSession(sessionId) || !isRuntime(runtimeId) || typeof title !== "string") return undefined;
  return isTime(messages) && typeof revision === "string"
    ? { sessionId, runtimeId, title, messages, revision }
    : undefined;
}

function parse(text: string): Record<string, unknown> | string {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (!isObject(file) || file["format"] !== "chatty.summary") return "it is no summary";
  return file["version"] === 1 ? file : `its version ${JSON.stringify(file["version"])} is not known`;
}

function write(file: object): string {
  return `${JSON.stringify(file, null, 1)}\n`;
}
