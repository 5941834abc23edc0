import type {
  DataPlace,
  DoctorReport,
  Health,
  JobStarted,
  Settings,
  SettingsPatch,
} from "@chatty/server/api";
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

/** Whether anything around the vault puts it in danger, and what its opening mended. */
export function doctor() {
  return queryOptions({
    queryKey: queryKeys.doctor,
    queryFn: ({ signal }) => request<DoctorReport>("/api/doctor", { signal }),
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

/** Saves what can be read of what is damaged; what cannot be read is set aside, never thrown away. */
export function startRepair(): Promise<JobStarted> {
  return request("/api/jobs", { method: "POST", json: { kind: "repair" } });
}

/** Makes everything derived anew from the truth; `catalog`: lists and search alone. */
export function startRebuild(scope: "all" | "catalog" = "all"): Promise<JobStarted> {
  return request("/api/jobs", { method: "POST", json: { kind: "rebuild", scope } });
}
