import type { Runtime, RuntimeList, RuntimeSelected } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

const runtimePath = (runtimeId: string) => `/api/runtimes/${encodeURIComponent(runtimeId)}`;

export function runtimeList() {
  return queryOptions({
    queryKey: queryKeys.runtimes,
    queryFn: ({ signal }) => request<RuntimeList>("/api/runtimes", { signal }),
  });
}

/** Runtimes that were removed and can come back. */
export function removedRuntimeList() {
  return queryOptions({
    queryKey: queryKeys.removedRuntimes,
    queryFn: ({ signal }) => request<RuntimeList>("/api/runtimes", { query: { removed: true }, signal }),
  });
}

/** Makes it the active one for every tab, with a home if it had none. */
export function selectRuntime(runtimeId: string): Promise<RuntimeSelected> {
  return request(`${runtimePath(runtimeId)}/select`, { method: "POST" });
}

export function renameRuntime(runtimeId: string, name: string): Promise<Runtime> {
  return request(runtimePath(runtimeId), { method: "PATCH", json: { name } });
}

/** Takes it off the lists. Everything stays on disk. */
export function removeRuntime(runtimeId: string): Promise<Runtime> {
  return request(runtimePath(runtimeId), { method: "DELETE" });
}

export function restoreRuntime(runtimeId: string): Promise<Runtime> {
  return request(`${runtimePath(runtimeId)}/restore`, { method: "POST" });
}
