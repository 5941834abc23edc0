import type { BackupList, JobStarted, RestoreReport, RestoreRequest } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

export function backupList() {
  return queryOptions({
    queryKey: queryKeys.backups,
    queryFn: ({ signal }) => request<BackupList>("/api/backups", { signal }),
  });
}

/** Takes a backup now, and tests it. */
export function startBackup(): Promise<JobStarted> {
  return request("/api/backups", { method: "POST" });
}

/** What restoring would put where; changes nothing. */
export function previewRestore(backupId: string, where: RestoreRequest): Promise<RestoreReport> {
  return request(`/api/backups/${encodeURIComponent(backupId)}/preview`, { method: "POST", json: where });
}

export function startRestore(backupId: string, where: RestoreRequest): Promise<JobStarted> {
  return request(`/api/backups/${encodeURIComponent(backupId)}/restore`, { method: "POST", json: where });
}

/** Restores a backup on trial and reads it back. */
export function testBackup(backupId: string): Promise<JobStarted> {
  return request(`/api/backups/${encodeURIComponent(backupId)}/test`, { method: "POST" });
}
