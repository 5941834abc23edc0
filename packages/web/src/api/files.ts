import type { UploadedFile } from "@chatty/server/api";
import { request } from "./client.ts";

/** Where an attachment is served from. @param fileId `sha256:` and 64 digits, or the digits alone. */
export function fileUrl(fileId: string): string {
  return `/api/files/${encodeURIComponent(fileId.replace(/^sha256:/, ""))}`;
}

/** Keeps a file so that a message can name it. */
export function uploadFile(file: File, signal?: AbortSignal): Promise<UploadedFile> {
  return request("/api/files", {
    method: "POST",
    body: file,
    query: { name: file.name },
    headers: { "content-type": file.type === "" ? "application/octet-stream" : file.type },
    signal,
  });
}
