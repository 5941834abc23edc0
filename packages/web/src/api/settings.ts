import type { DataPlace, Health, JobStarted, Settings, SettingsPatch } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

export function settings() {
  return queryOptions({
    queryKey: queryKeys.settings,
    queryFn: ({ signal }) => request<Settings>("/api/settings", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Changes what is named and leaves the rest. */
export function putSettings(patch: SettingsPatch): Promise<Settings> {
  return request("/api/settings", { method: "PUT", json: patch });
}

/** Where everything lies, and how big it is. */
export function dataPlace() {
  return queryOptions({
    queryKey: queryKeys.data,
    queryFn: ({ signal }) => request<DataPlace>("/api/data", { signal }),
  });
}

export function health() {
  return queryOptions({
    queryKey: queryKeys.health,
    queryFn: ({ signal }) => request<Health>("/api/health", { signal }),
  });
}

/** Reads everything back and compares it with its hashes. */
export function startVerify(): Promise<JobStarted> {
  return request("/api/jobs", { method: "POST", json: { kind: "verify" } });
}

/** Makes everything derived anew from the truth. */
export function startRebuild(): Promise<JobStarted> {
  return request("/api/jobs", { method: "POST", json: { kind: "rebuild" } });
}
