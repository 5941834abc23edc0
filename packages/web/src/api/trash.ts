import type { Session, TrashList } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

export type TrashEntry = TrashList["entries"][number];

export function trashList() {
  return queryOptions({
    queryKey: queryKeys.trash,
    queryFn: ({ signal }) => request<TrashList>("/api/trash", { signal }),
    // Things are deleted elsewhere in the page, too.
    staleTime: 0,
  });
}

function pathOf({ kind, sessionId, runtimeId }: TrashEntry): string {
  return kind === "runtime"
    ? `/api/runtimes/${encodeURIComponent(runtimeId)}`
    : `/api/sessions/${encodeURIComponent(sessionId ?? "")}`;
}

/** Brings it back whole. */
export function restoreFromTrash(entry: TrashEntry): Promise<Session> {
  return request(`${pathOf(entry)}/restore`, { method: "POST" });
}

/** Removes it for good. */
export function purgeFromTrash(entry: TrashEntry): Promise<unknown> {
  return request(`${pathOf(entry)}/purge`, { method: "POST" });
}
