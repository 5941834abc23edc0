import { ChattyError } from "@chatty/model";
import type { SessionId } from "@chatty/model";
import { layout } from "../files/layout.ts";
import { findNativeRow, findRow } from "../user/find-row.ts";
import type { UserContext } from "../user/user-context.ts";
import {
  contextHistoryJson,
  emptyHistory,
  parseContextHistory,
  withContext,
  withRecall,
} from "./context-history.ts";
import type { ContextHistory, ConversationContext, RecallRecord } from "./context-history.ts";
import { keptPeriods, periodPath, readKept, setAside, summaryPath, writeKept } from "./kept-files.ts";
import {
  isPeriod,
  parsePeriodSummary,
  parseSessionSummary,
  periodSummaryJson,
  sessionSummaryJson,
} from "./summary.ts";
import type { PeriodSummary, SessionSummary } from "./summary.ts";

/**
 * What is remembered over conversations: `context_history.json`, and the summaries of conversations and periods. Each file is
 * replaced whole, and is on disk when a method resolves. A file that cannot be read is set aside when it is next written; until then
 * it counts as absent, and `verify` tells of it.
 */
export interface UserMemory {
  history(): ContextHistory;
  /** Keeps what was recalled for an answer. Passages of sessions that are gone are left out. */
  addRecall(recall: RecallRecord): Promise<void>;
  /** Keeps what a conversation is about, in place of what was there. @throws {ChattyError} SESSION_NOT_FOUND */
  keepContext(context: ConversationContext): Promise<void>;
  /** The summary of a native session; imported ones have none of their own. */
  summary(name: string): SessionSummary | undefined;
  /** @throws {ChattyError} SESSION_NOT_FOUND, SESSION_READ_ONLY */
  keepSummary(summary: SessionSummary): Promise<void>;
  /** Days and months that have a summary, oldest first. */
  periods(): string[];
  /** @param period `2024-03` or `2024-03-12`. @throws {ChattyError} PERIOD_INVALID */
  periodSummary(period: string): PeriodSummary | undefined;
  /** Conversations that are gone are left out. @throws {ChattyError} PERIOD_INVALID */
  keepPeriodSummary(summary: PeriodSummary): Promise<void>;
}

/** The memory of one user. */
export function createUserMemory(context: UserContext): UserMemory {
  const { user, userId, storage, catalog } = context;
  const historyPath = layout.contextHistory(user);
  const isThere = (sessionId: SessionId): boolean =>
    !context.retirement.isOver && catalog.session(sessionId) !== undefined;
  /** What a file says; what cannot be read is told to `onDamage`. */
  const read = <Content extends object>(
    path: string,
    parse: (text: string) => Content | string,
    onDamage?: (reason: string) => void,
  ): Content | undefined => {
    const text = readKept(storage, path);
    if (text === undefined) return undefined;
    const content = parse(text);
    if (typeof content !== "string") return content;
    onDamage?.(content);
    return undefined;
  };
  const aside = (path: string) => (reason: string) => void setAside(storage, path, reason, context.now());
  const parseHistory = (text: string): ContextHistory | string => parseContextHistory(text, userId);
  const change = (work: (history: ContextHistory) => ContextHistory): void => {
    const history = read(historyPath, parseHistory, aside(historyPath)) ?? emptyHistory;
    writeKept(storage, historyPath, contextHistoryJson(userId, work(history)));
  };
  const pathOfPeriod = (period: string): string => {
    if (isPeriod(period)) return periodPath(user, period);
    throw new ChattyError("PERIOD_INVALID", `${JSON.stringify(period.slice(0, 40))} is no day or month.`, {
      hint: "Name a month as 2024-03 or a day as 2024-03-12.",
    });
  };
  return {
    history: () => read(historyPath, parseHistory) ?? emptyHistory,
    async addRecall(recall) {
      const passages = recall.passages.filter(({ sessionId }) => isThere(sessionId));
      if (isThere(recall.sessionId) && passages.length > 0)
        change((history) => withRecall(history, { ...recall, passages }));
      await Promise.resolve();
    },
    async keepContext(about) {
      const { sessionId } = findRow(context, about.sessionId);
      change((history) => withContext(history, { ...about, sessionId }));
      await Promise.resolve();
    },
    summary(name) {
      const { sessionId, constructId, imported } = findRow(context, name);
      if (imported) return undefined;
      return read(summaryPath(user, constructId, sessionId), (text) => parseSessionSummary(text, sessionId));
    },
    async keepSummary(summary) {
      const { sessionId, constructId } = findNativeRow(context, summary.sessionId);
      const path = summaryPath(user, constructId, sessionId);
      read(path, (text) => parseSessionSummary(text, sessionId), aside(path));
      writeKept(storage, path, sessionSummaryJson(summary));
      await Promise.resolve();
    },
    periods: () => keptPeriods(storage, user),
    periodSummary: (period) => read(pathOfPeriod(period), (text) => parsePeriodSummary(text, userId, period)),
    async keepPeriodSummary(summary) {
      const path = pathOfPeriod(summary.period);
      const areAllThere = summary.conversations.every(({ sessionId }) => isThere(sessionId));
      if (context.retirement.isOver || !areAllThere) {
        throw new ChattyError("SESSION_NOT_FOUND", "A conversation of this period is gone meanwhile.", {
          hint: "Ask for the summary again.",
        });
      }
      read(path, (text) => parsePeriodSummary(text, userId, summary.period), aside(path));
      writeKept(storage, path, periodSummaryJson(userId, summary));
      await Promise.resolve();
    },
  };
}
