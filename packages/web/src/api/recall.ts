import type { RecalledList, RecallState, Summary, SummaryRequest } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

const sessionPath = (sessionId: string) => `/api/sessions/${encodeURIComponent(sessionId)}`;

/** Whether earlier conversations are looked through for answers here; it follows the settings, and is stale when they are. */
export function recallState(sessionId: string, model: string | undefined) {
  return queryOptions({
    queryKey: [...queryKeys.settings, "recall", sessionId, model ?? ""] as const,
    queryFn: ({ signal }) =>
      request<RecallState>(`${sessionPath(sessionId)}/recall`, { query: { model }, signal }),
  });
}

/** Switches it for one conversation; null follows the settings. */
export function putRecall(
  sessionId: string,
  on: boolean | null,
  model: string | undefined,
): Promise<RecallState> {
  return request(`${sessionPath(sessionId)}/recall`, { method: "PUT", query: { model }, json: { on } });
}

/** The earlier passages that an answer was made with. */
export function recalledPassages(sessionId: string, messageId: string) {
  return queryOptions({
    queryKey: ["recalled", sessionId, messageId] as const,
    queryFn: ({ signal }) =>
      request<RecalledList>(`${sessionPath(sessionId)}/messages/${encodeURIComponent(messageId)}/recalled`, {
        signal,
      }),
    // What it quotes may be changed, deleted or purged meanwhile.
    staleTime: 0,
    gcTime: 10_000,
  });
}

/** What a conversation is about. */
export function sessionSummary(sessionId: string) {
  return queryOptions({
    queryKey: ["summary", sessionId] as const,
    queryFn: ({ signal }) => request<Summary>(`${sessionPath(sessionId)}/summary`, { signal }),
    staleTime: 0,
    gcTime: 10_000,
  });
}

/** Makes a summary anew and keeps it. */
export function makeSummary(sessionId: string, asked: SummaryRequest): Promise<Summary> {
  return request(`${sessionPath(sessionId)}/summary`, { method: "POST", json: asked });
}
