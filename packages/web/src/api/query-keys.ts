import type { SessionQuery } from "@chatty/server/api";

/** Keys of everything that is cached, so that an event can say what is stale. Sessions are keyed by the id or alias that was asked for. */
export const queryKeys = {
  runtimes: ["runtimes"] as const,
  removedRuntimes: ["runtimes", "removed"] as const,
  sessions: ["sessions"] as const,
  sessionLists: ["sessions", "list"] as const,
  sessionList: (query: SessionQuery) => ["sessions", "list", query] as const,
  allSessionMonths: ["sessions", "months"] as const,
  sessionMonths: (runtimeId: string) => ["sessions", "months", runtimeId] as const,
  session: (idOrAlias: string) => ["sessions", "detail", idOrAlias] as const,
  sessionDetails: ["sessions", "detail"] as const,
  /** `sessionId` is always the id, never an alias: events name the id. */
  messages: (sessionId: string) => ["messages", sessionId] as const,
  messageWindow: (sessionId: string, query: object) => ["messages", sessionId, "window", query] as const,
  message: (sessionId: string, messageId: string) => ["messages", sessionId, "one", messageId] as const,
  outline: (sessionId: string, through: string | undefined) =>
    ["messages", sessionId, "outline", through] as const,
  jobs: ["jobs"] as const,
  imports: ["imports"] as const,
  settings: ["settings"] as const,
  providers: ["providers"] as const,
  gpts: ["gpts"] as const,
  gpt: (id: string) => ["gpts", id] as const,
  data: ["data"] as const,
  doctor: ["data", "doctor"] as const,
  backups: ["backups"] as const,
  trash: ["trash"] as const,
  health: ["health"] as const,
  search: ["search"] as const,
  searchHits: (question: object) => ["search", "hits", question] as const,
  searchCounts: (question: object) => ["search", "counts", question] as const,
  searchTop: (q: string, limit: number) => ["search", "top", q, limit] as const,
  searchInSession: (sessionId: string, q: string) => ["search", "session", sessionId, q] as const,
  similar: (sessionId: string, messageId: string) => ["search", "similar", sessionId, messageId] as const,
  /** Beside the answers, which go stale with every message. */
  searchState: ["search-state"] as const,
  savedSearches: ["saved-searches"] as const,
};
