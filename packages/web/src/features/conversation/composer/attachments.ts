import type { UploadedFile } from "@chatty/server/api";
import { apiUrl } from "../../../api/client.ts";

/** A file on its way to the server, or there. */
export interface Attachment {
  /** Names it on this page. */
  key: string;
  name: string;
  /** Bytes. */
  size: number;
  /** From 0 to 1. */
  progress: number;
  uploaded?: UploadedFile | undefined;
  problem?: string | undefined;
}

/**
 * Sends a file and tells how far it is, which `fetch` cannot. Resolves when the server has it.
 * @throws Error with words for people
 */
export function sendFile(
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<UploadedFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", apiUrl("/api/files", { name: file.name }));
    request.setRequestHeader("content-type", file.type === "" ? "application/octet-stream" : file.type);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300)
        resolve(JSON.parse(request.responseText) as UploadedFile);
      else reject(new Error(refusal(request.responseText)));
    });
    request.addEventListener("error", () =>
      reject(new Error("Chatty does not answer. Try again when it is back.")),
    );
    request.addEventListener("abort", () => reject(new DOMException("Called off.", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function refusal(text: string): string {
  const fallback = "The server did not take the file.";
  try {
    const value = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof value.error?.message === "string" ? value.error.message : fallback;
  } catch {
    // Not an answer of Chatty's: only that it failed is known.
    return fallback;
  }
}
