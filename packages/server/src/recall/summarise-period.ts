import { ChattyError } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import { extractSummary } from "@chatty/runtimes";
import type { ExtractMessage } from "@chatty/runtimes";
import { isPeriod } from "@chatty/store";
import type { PeriodSummary as KeptPeriod, UserVault } from "@chatty/store";
import type { PeriodSummary } from "../api/recall.ts";
import { readForSummary } from "./read-for-summary.ts";
import type { VaultOfReading } from "./read-for-summary.ts";

export type VaultOfPeriods = VaultOfReading & Pick<UserVault, "memory" | "runtimes" | "search">;

/** What was said in a period, conversation by conversation, the busiest first. */
export interface ReadPeriod {
  period: string;
  conversations: (KeptPeriod["conversations"][number] & {
    said: (ExtractMessage & { id: MessageId })[];
  })[];
  isWhole: boolean;
}

/** Hits that are looked through, and conversations that are read. */
const mostHits = 1000;
const hitsAtOnce = 200;
const mostConversations = 40;
/** Sentences and UTF-16 units of a period; of one conversation in it no more than three sentences. */
const periodPoints = 14;
const periodLength = 2400;

/** First millisecond of a period and of the next. @throws {ChattyError} PERIOD_INVALID */
export function boundsOf(period: string): { from: number; to: number } {
  if (!isPeriod(period)) {
    throw new ChattyError("PERIOD_INVALID", `${JSON.stringify(period.slice(0, 40))} is no day or month.`, {
      hint: "Name a month as 2024-03 or a day as 2024-03-12.",
    });
  }
  const [year = 0, month = 1, day] = period.split("-").map(Number);
  return day === undefined
    ? { from: Date.UTC(year, month - 1), to: Date.UTC(year, month) }
    : { from: Date.UTC(year, month - 1, day), to: Date.UTC(year, month - 1, day + 1) };
}

/** Reads what was said in a period, within bounds. Archived and hidden things are left out. @throws {ChattyError} PERIOD_INVALID */
export async function readPeriod(user: VaultOfPeriods, period: string): Promise<ReadPeriod> {
  const { from, to } = boundsOf(period);
  const counts = new Map<SessionId, number>();
  const runtimes = new Set(user.runtimes().map(({ runtimeId }) => runtimeId));
  let seen = 0;
  let after: string | undefined;
  do {
    const answer = await user.search({
      query: "",
      sort: "newest",
      limit: hitsAtOnce,
      filters: {
        from,
        to,
        roles: ["user", "assistant"],
        is: ["active"],
        not: { is: ["archived", "hidden"] },
      },
      ...(after === undefined ? {} : { after }),
    });
    for (const hit of answer.hits) {
      if (runtimes.has(hit.runtimeId)) counts.set(hit.sessionId, (counts.get(hit.sessionId) ?? 0) + 1);
    }
    seen += answer.hits.length;
    after = answer.hits.length === 0 ? undefined : answer.next;
  } while (after !== undefined && seen < mostHits);
  const busiest = [...counts].sort(([, left], [, right]) => right - left);
  const conversations: ReadPeriod["conversations"] = [];
  for (const [sessionId] of busiest.slice(0, mostConversations)) {
    const { messages, revision } = await readForSummary(user, sessionId);
    const said = messages.filter(({ timestamp = -1 }) => timestamp >= from && timestamp < to);
    const { runtimeId, title } = user.session(sessionId);
    if (said.length > 0)
      conversations.push({ sessionId, runtimeId, title, messages: said.length, revision, said });
  }
  return { period, conversations, isWhole: after === undefined && busiest.length <= mostConversations };
}

/** Takes a summary out of what was said in a period: of each conversation the best sentences, the busiest conversations first. */
export function extractPeriod({ period, conversations, isWhole }: ReadPeriod, nowMs: number): KeptPeriod {
  const points: KeptPeriod["points"] = [];
  let room = periodLength;
  const each = Math.max(1, Math.min(3, Math.floor(periodPoints / Math.max(1, conversations.length))));
  for (const { sessionId, said } of conversations) {
    for (const point of extractSummary(said, { points: each }).points) {
      if (points.length >= periodPoints || point.text.length > room) continue;
      room -= point.text.length;
      points.push({ ...point, sessionId, messageId: point.messageId as MessageId });
    }
  }
  return {
    ...{ period, isWhole, points },
    madeAt: nowMs,
    method: "extractive",
    text: points.map(({ text }) => text).join("\n"),
    conversations: conversationsOf(conversations),
  };
}

/** What is kept of the conversations of a period. */
export function conversationsOf(read: ReadPeriod["conversations"]): KeptPeriod["conversations"] {
  return read.map(({ sessionId, runtimeId, title, messages, revision }) => ({
    ...{ sessionId, runtimeId, title, messages, revision },
  }));
}

/** A summary of a period as it is answered: without anything of conversations that were deleted since. */
export function shownPeriod(user: VaultOfPeriods, kept: KeptPeriod, isKept: boolean): PeriodSummary {
  const living = kept.conversations.filter(({ sessionId }) => isLiving(user, sessionId));
  const ids = new Set(living.map(({ sessionId }) => sessionId));
  const isLess = living.length < kept.conversations.length;
  const points = kept.points.filter(({ sessionId }) => ids.has(sessionId));
  // What a model wrote cannot be taken apart.
  const text = !isLess
    ? kept.text
    : kept.method === "model"
      ? ""
      : points.map((point) => point.text).join("\n");
  const { period, method, model, madeAt, isWhole } = kept;
  return {
    ...{ period, method, text, points, madeAt, isWhole, isKept },
    ...(model === undefined ? {} : { model }),
    conversations: living.map(({ sessionId, runtimeId, title, messages }) => ({
      sessionId,
      runtimeId,
      title,
      messages,
    })),
  };
}

function isLiving(user: VaultOfPeriods, sessionId: SessionId): boolean {
  try {
    const { deleted, runtimeId } = user.session(sessionId);
    return !deleted && user.runtimes().some((runtime) => runtime.runtimeId === runtimeId);
  } catch {
    // It is there no more.
    return false;
  }
}
