import { useSyncExternalStore } from "react";
import { ApiError, describeError } from "../../api/client.ts";
import { beginUpload, cancelJob, fetchUpload, sendSlice, startDemo } from "../../api/imports.ts";
import { showProblem } from "../../ui/toast-store.ts";
import { runUpload, type UploadPorts, type UploadStep } from "./run-upload.ts";

/** A file on its way from this page. Its job on the server has the same id as its upload. */
export interface LocalUpload extends UploadStep {
  jobId: string;
  name: string;
  size: number;
}

let uploads: ReadonlyMap<string, LocalUpload> = new Map();
const controls = new Map<string, AbortController>();
/** Jobs that this page began and whose end it leads on from. */
const followed = new Set<string>();
const listeners = new Set<() => void>();

function put(jobId: string, upload: LocalUpload | undefined): void {
  const next = new Map(uploads);
  if (upload === undefined) next.delete(jobId);
  else next.set(jobId, upload);
  uploads = next;
  for (const listener of listeners) listener();
}

/** Files on their way from this page, by job. They go on while one looks at other pages. */
export function useUploads(): ReadonlyMap<string, LocalUpload> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => uploads,
  );
}

/** True once for each job that this page began: whoever asks leads on from its end. */
export function takeFollowed(jobId: string): boolean {
  return followed.delete(jobId);
}

/** Sends a file and lets the server import it. What goes wrong is told. */
export async function importFile(file: File): Promise<void> {
  try {
    const upload = await beginUpload({ name: file.name, size: file.size });
    await send(file, upload);
  } catch (error) {
    showProblem(describeError(error));
  }
}

/** Goes on with an upload that was cut when its page was closed. */
export async function resumeFile(jobId: string, file: File): Promise<void> {
  try {
    const upload = await fetchUpload(jobId);
    if (upload.size !== file.size || upload.name !== file.name) {
      showProblem({
        message: `This is not the file that was being sent: ${upload.name}.`,
        hint: "Choose the same file again, or cancel the import and begin anew.",
      });
      return;
    }
    await send(file, upload);
  } catch (error) {
    showProblem(describeError(error));
  }
}

async function send(file: File, upload: Awaited<ReturnType<typeof beginUpload>>): Promise<void> {
  const { jobId, name, size } = upload;
  const control = new AbortController();
  controls.set(jobId, control);
  followed.add(jobId);
  put(jobId, { jobId, name, size, phase: "sending", offset: upload.offset });
  try {
    await runUpload(
      file,
      upload,
      ports,
      (step) => put(jobId, { jobId, name, size, ...step }),
      control.signal,
    );
  } catch (error) {
    if (!control.signal.aborted) throw error;
  } finally {
    controls.delete(jobId);
    put(jobId, undefined);
  }
}

/** Calls an import off, whether it is still on its way or already read. Nothing of it stays. */
export async function cancelImport(jobId: string): Promise<void> {
  followed.delete(jobId);
  controls.get(jobId)?.abort();
  try {
    await cancelJob(jobId);
  } catch (error) {
    showProblem(describeError(error));
  }
}

/** Imports the made-up export and follows it. */
export async function importDemo(): Promise<void> {
  try {
    const { jobId } = await startDemo();
    followed.add(jobId);
  } catch (error) {
    showProblem(describeError(error));
  }
}

const firstRestMs = 500;
const longestRestMs = 8000;

const ports: UploadPorts = {
  status: fetchUpload,
  send: sendSlice,
  isPassing: (error) =>
    error instanceof ApiError && (error.status === 0 || error.status >= 502 || error.status === 429),
  isMisplaced: (error) =>
    error instanceof ApiError && (error.code === "UPLOAD_OFFSET" || error.code === "UPLOAD_BUSY"),
  rest: (attempt, signal) =>
    new Promise((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        removeEventListener("online", go);
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const stop = () => {
        clearTimeout(timer);
        removeEventListener("online", go);
        reject(signal.reason instanceof Error ? signal.reason : new Error("Called off."));
      };
      const timer = setTimeout(go, Math.min(longestRestMs, firstRestMs * 2 ** (attempt - 1)));
      addEventListener("online", go);
      signal.addEventListener("abort", stop, { once: true });
    }),
};
