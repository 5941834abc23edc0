import type { MessageId, SessionId } from "@chatty/model";
import { extractSummary } from "@chatty/runtimes";
import type { ConversationContext, ConversationSummary, UserVault } from "@chatty/store";
import type { Summary } from "../api/recall.ts";
import { readForSummary } from "./read-for-summary.ts";
import type { VaultOfReading } from "./read-for-summary.ts";

export type VaultOfSummaries = VaultOfReading & Pick<UserVault, "memory">;

/** A summary of a conversation from its own words, and what it is about. */
export interface ExtractedSession {
  summary: ConversationSummary;
  context: ConversationContext;
}

/** Takes a summary out of a conversation. Nothing is kept. @throws {ChattyError} SESSION_NOT_FOUND */
export async function extractSession(
  user: VaultOfReading,
  sessionId: SessionId,
  nowMs: number,
): Promise<ExtractedSession> {
  const { messages, revision, messageRange } = await readForSummary(user, sessionId);
  const { runtimeId } = user.session(sessionId);
  const { points, entities, confidence } = extractSummary(messages);
  const text = points.map((point) => point.text).join("\n");
  return {
    summary: {
      ...{ sessionId, runtimeId, revision, messageRange, text },
      madeAt: nowMs,
      method: "extractive",
      points: points.map((point) => ({ ...point, sessionId, messageId: point.messageId as MessageId })),
    },
    context: {
      ...{ sessionId, runtimeId, revision, messageRange, confidence },
      timestamp: nowMs,
      summary: text,
      keyPoints: points.map((point) => ({ text: point.text, messageId: point.messageId as MessageId })),
      entities: Object.fromEntries(entities),
    },
  };
}

/** The summary that is kept, or else one that is made now and not kept. @throws {ChattyError} SESSION_NOT_FOUND */
export async function showSummary(
  user: VaultOfSummaries,
  sessionId: SessionId,
  nowMs: number,
): Promise<Summary> {
  const kept = user.memory.summary(sessionId);
  const { revision } = user.session(sessionId);
  // An extractive one that is out of date is made anew at no cost; what a model wrote stays, and says so.
  if (kept !== undefined && (kept.method === "model" || kept.revision === revision)) {
    return shownSummary(kept, { isKept: true, isOutdated: kept.revision !== revision });
  }
  const { summary } = await extractSession(user, sessionId, nowMs);
  return shownSummary(summary, { isKept: false, isOutdated: false });
}

/** Makes a summary from the conversation's own words, and keeps it where a conversation is native. */
export async function keepExtract(
  user: VaultOfSummaries,
  sessionId: SessionId,
  nowMs: number,
): Promise<Summary> {
  const { summary, context } = await extractSession(user, sessionId, nowMs);
  await user.memory.keepContext(context);
  const isKept = !user.session(sessionId).imported;
  if (isKept) await user.memory.keepSummary(summary);
  return shownSummary(summary, { isKept, isOutdated: false });
}

/** A summary as it is answered. */
export function shownSummary(
  { sessionId, method, model, text, points, madeAt }: ConversationSummary,
  state: Pick<Summary, "isKept" | "isOutdated">,
): Summary {
  return { sessionId, method, ...(model === undefined ? {} : { model }), text, points, madeAt, ...state };
}
