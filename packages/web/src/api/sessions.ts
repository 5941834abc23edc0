import type {
  DraftRequest,
  ForkRequest,
  NewSession,
  Session,
  SessionDetail,
  SessionMonths,
  SessionPage,
  SessionPatch,
  SessionQuery,
  ViewRequest,
} from "@chatty/server/api";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

const sessionPath = (idOrAlias: string) => `/api/sessions/${encodeURIComponent(idOrAlias)}`;

/** Whoever scrolls past the first page scrolls on: fewer, bigger pages disturb the scrolling less. It is the most the server gives. */
const laterPageSize = 500;

/** A list of conversations, page after page, as far as `fetchNextPage` was asked. */
export function sessionPages(query: SessionQuery) {
  return infiniteQueryOptions({
    queryKey: queryKeys.sessionList(query),
    queryFn: ({ pageParam, signal }) =>
      request<SessionPage>("/api/sessions", {
        query: { ...query, after: pageParam, ...(pageParam === undefined ? {} : { limit: laterPageSize }) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    // Comparing tens of thousands of rows with those before costs more than drawing the few that show.
    structuralSharing: false,
  });
}

/** How many imported conversations each month of a runtime has. */
export function sessionMonths(runtimeId: string) {
  return queryOptions({
    queryKey: queryKeys.sessionMonths(runtimeId),
    queryFn: ({ signal }) =>
      request<SessionMonths>("/api/sessions/months", { query: { runtime: runtimeId }, signal }),
  });
}

/** One conversation by its id, home slug or any other alias. */
export function sessionDetail(idOrAlias: string) {
  return queryOptions({
    queryKey: queryKeys.session(idOrAlias),
    queryFn: ({ signal }) => request<SessionDetail>(sessionPath(idOrAlias), { signal }),
  });
}

export function createSession(draft: NewSession): Promise<Session> {
  return request("/api/sessions", { method: "POST", json: draft });
}

/** @param revision the one the person saw; a stale one is refused with 409. */
export function patchSession(sessionId: string, patch: SessionPatch, revision?: string): Promise<Session> {
  return request(sessionPath(sessionId), { method: "PATCH", json: patch, ifMatch: revision });
}

/** Moves it to the deleted ones; `restoreSession` brings it back. */
export function deleteSession(sessionId: string, revision?: string): Promise<Session> {
  return request(sessionPath(sessionId), { method: "DELETE", ifMatch: revision });
}

export function restoreSession(sessionId: string): Promise<Session> {
  return request(`${sessionPath(sessionId)}/restore`, { method: "POST" });
}

/** Tells that the person is in this conversation now. */
export function tellOpened(sessionId: string): Promise<unknown> {
  return request(`${sessionPath(sessionId)}/opened`, { method: "POST" });
}

/** Removes a deleted conversation for good. */
export function purgeSession(sessionId: string, revision?: string): Promise<Session> {
  return request(`${sessionPath(sessionId)}/purge`, { method: "POST", ifMatch: revision });
}

/** Takes back the last change of a conversation. */
export function undoSession(sessionId: string): Promise<Session> {
  return request(`${sessionPath(sessionId)}/undo`, { method: "POST" });
}

/** A native conversation that goes on where the given one is. */
export function forkSession(sessionId: string, fork: ForkRequest): Promise<Session> {
  return request(`${sessionPath(sessionId)}/fork`, { method: "POST", json: fork });
}

export function putDraft(sessionId: string, draft: DraftRequest): Promise<unknown> {
  // Also when the page is being left; browsers take up to 64 KiB along then.
  const keepalive = draft.text.length + (draft.base?.length ?? 0) < 20_000;
  return request(`${sessionPath(sessionId)}/draft`, { method: "PUT", json: draft, keepalive });
}

/** What is typed and not sent, as the server has it now. */
export async function fetchDraft(sessionId: string): Promise<string> {
  const { draft } = await request<SessionDetail>(sessionPath(sessionId));
  return draft?.text ?? "";
}

/** Remembers where this person left the conversation. */
export function putView(sessionId: string, view: ViewRequest): Promise<unknown> {
  return request(`${sessionPath(sessionId)}/view`, { method: "PUT", json: view });
}

/** Address of the provider's own bytes of a conversation. */
export function rawUrl(sessionId: string): string {
  return `${sessionPath(sessionId)}/raw`;
}

/** Takes the last change of a native conversation back, or the last undo. */
export function takeBack(sessionId: string, direction: "undo" | "redo"): Promise<Session> {
  return request(`${sessionPath(sessionId)}/${direction}`, { method: "POST" });
}
