import type {
  ImportList,
  Job,
  JobList,
  JobStarted,
  Receipt,
  Upload,
  UploadRequest,
} from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

/** Background work that runs or has just ended. */
export function jobList() {
  return queryOptions({
    queryKey: queryKeys.jobs,
    queryFn: ({ signal }) => request<JobList>("/api/jobs", { signal }),
  });
}

export function fetchJob(jobId: string, signal?: AbortSignal): Promise<Job> {
  return request(`/api/jobs/${encodeURIComponent(jobId)}`, { signal });
}

/** Calls it off. An import that is called off leaves nothing behind. */
export function cancelJob(jobId: string): Promise<unknown> {
  return request(`/api/jobs/${encodeURIComponent(jobId)}`, { method: "DELETE" });
}

/** Every import ever made, newest first. */
export function importList() {
  return queryOptions({
    queryKey: queryKeys.imports,
    queryFn: ({ signal }) => request<ImportList>("/api/imports", { signal }),
  });
}

export function fetchReceipt(importId: string): Promise<Receipt> {
  return request(`/api/imports/${encodeURIComponent(importId)}/receipt`);
}

export function receiptUrl(importId: string): string {
  return `/api/imports/${encodeURIComponent(importId)}/receipt?download=true`;
}

export function beginUpload(upload: UploadRequest): Promise<Upload> {
  return request("/api/uploads", { method: "POST", json: upload });
}

export function fetchUpload(uploadId: string, signal?: AbortSignal): Promise<Upload> {
  return request(`/api/uploads/${encodeURIComponent(uploadId)}`, { signal });
}

/** Sends one slice to where it belongs. @param offset bytes from the start of the file. */
export function sendSlice(
  uploadId: string,
  offset: number,
  slice: Blob,
  signal?: AbortSignal,
): Promise<Upload> {
  return request(`/api/uploads/${encodeURIComponent(uploadId)}`, {
    method: "PATCH",
    body: slice,
    headers: { "content-type": "application/offset+octet-stream", "upload-offset": String(offset) },
    signal,
  });
}

/** Forgets an upload that is not finished, with what was sent of it. */
export function dropUpload(uploadId: string): Promise<unknown> {
  return request(`/api/uploads/${encodeURIComponent(uploadId)}`, { method: "DELETE" });
}

/** Imports a small made-up export, for a look around. */
export function startDemo(): Promise<JobStarted> {
  return request("/api/jobs", { method: "POST", json: { kind: "demo" } });
}
