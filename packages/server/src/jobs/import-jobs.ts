import { ChattyError, isChattyError } from "@chatty/model";
import type { ImportOptions, ImportReceipt, UploadRequest, UploadView, UserVault } from "@chatty/store";
import type { Job } from "../api/imports.ts";
import { answerOfError } from "../errors/error-answer.ts";
import { statusOfError } from "../errors/error-status.ts";
import type { JobBoard, JobPatch, JobTask } from "./job-board.ts";

/** Imports in the background: an upload and the import of it are one job, under the upload's id. */
export interface ImportJobs {
  /** Begins an upload and its job. */
  begin(request: UploadRequest, options?: ImportJobOptions): Promise<UploadView>;
  /** Streams bytes into an upload; when it is whole, its import begins. */
  append(uploadId: string, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<UploadView>;
  /** Of an upload whose size nobody announced: that was all. Begins the import. */
  finish(uploadId: string): Promise<void>;
  /** Cancels an import or upload and leaves nothing of it. */
  cancel(jobId: string): Promise<Job>;
  /** After a start: goes on with what was whole, and waits for the rest of what was not. */
  resume(): void;
  /** Stops what streams in; the bytes stay for the next start. */
  stop(): void;
}

export interface ImportJobOptions {
  /** False: stay in the runtime that is active. */
  select?: boolean;
}

export interface ImportJobsParts {
  user: UserVault;
  board: JobBoard;
}

export function createImportJobs({ user, board }: ImportJobsParts): ImportJobs {
  const stopping = new AbortController();
  const options = new Map<string, ImportJobOptions>();

  const put = (upload: UploadView): void => {
    board.add({
      jobId: upload.uploadId,
      kind: "import",
      name: upload.name,
      state: "uploading",
      bytesTotal: upload.size ?? null,
      canCancel: true,
    });
    board.update(upload.uploadId, { bytesDone: upload.offset });
  };
  const start = (upload: UploadView): void => {
    const { uploadId, name } = upload;
    if (board.isRunning(uploadId)) return;
    const select = options.get(uploadId)?.select !== false;
    board.run({ jobId: uploadId, kind: "import", name, canCancel: true }, async (task) => {
      task.update({ state: "waiting", bytesDone: 0, bytesTotal: upload.offset });
      try {
        const receipt = await user.import({ kind: "upload", uploadId }, { ...importOptions(task), select });
        if (select) await selectAfter(user, receipt.runtimeId);
        return outcomeOf(user, receipt);
      } catch (error) {
        await discardHopeless(user, uploadId, error);
        throw error;
      } finally {
        options.delete(uploadId);
      }
    });
  };
  return {
    async begin(request, chosen = {}) {
      const upload = await user.uploads.begin(request);
      options.set(upload.uploadId, chosen);
      put(upload);
      if (upload.complete) start(upload);
      return upload;
    },
    async append(uploadId, offset, bytes) {
      if (board.find(uploadId)?.state === "cancelled") throw uploadCancelled();
      const counted = counting(bytes, (length) => {
        board.update(uploadId, { bytesDone: offset + length });
      });
      const upload = await user.uploads.append(uploadId, offset, counted, { signal: stopping.signal });
      if (board.find(uploadId) === undefined) put(upload);
      board.update(uploadId, { bytesDone: upload.offset });
      if (upload.complete) start(upload);
      return upload;
    },
    async finish(uploadId) {
      const upload = await user.uploads.finish(uploadId);
      start(upload);
    },
    async cancel(jobId) {
      const known = board.find(jobId);
      const isGivenUp = known?.kind === "import" && known.state === "failed";
      if (isGivenUp) board.update(jobId, { state: "cancelled" });
      const job = isGivenUp ? { ...known, state: "cancelled" as const } : await board.cancel(jobId);
      // An import that was stopped has discarded its upload itself.
      if (job.kind === "import") await user.uploads.discard(jobId);
      options.delete(jobId);
      return job;
    },
    resume() {
      for (const upload of user.uploads.list()) {
        put(upload);
        const { failed } = upload;
        if (failed !== undefined) board.update(upload.uploadId, { state: "failed", error: failed });
        else if (upload.complete) start(upload);
      }
    },
    stop() {
      stopping.abort(
        new ChattyError("SERVER_STOPPING", "Chatty is being stopped.", {
          hint: "Start it again; the upload goes on where it was.",
        }),
      );
    },
  };
}

/** The first import of a runtime makes it the active one by itself; this is for all others. */
export async function selectAfter(user: UserVault, runtimeId: string): Promise<void> {
  if (!user.runtime(runtimeId).active) await user.selectRuntime(runtimeId);
}

/** What is wrong with the export itself stays wrong, so its bytes are not kept for another try. */
async function discardHopeless(user: UserVault, uploadId: string, error: unknown): Promise<void> {
  const { code } = answerOfError(error).body.error;
  if (statusOfError(code) < 500) await user.uploads.discard(uploadId);
}

/** What a finished import tells, for its job. */
export function outcomeOf(user: UserVault, receipt: ImportReceipt): JobPatch {
  const { runtimeId, homeSessionId, homeSlug } = user.runtime(receipt.runtimeId);
  const made = user
    .imports()
    .find((each) => each.archive === receipt.archive && each.runtimeId === runtimeId);
  return {
    receipt,
    runtimeId,
    homeSessionId,
    homeSlug,
    ...(made === undefined ? {} : { importId: made.importId }),
  };
}

/** How an import tells its job how far it is. */
export function importOptions(task: JobTask): ImportOptions {
  return {
    signal: task.signal,
    onProgress: ({ phase, bytesDone, bytesTotal, conversations }) => {
      task.update({ state: "running", phase, bytesDone, bytesTotal, conversations });
    },
  };
}

/** True for an append that ended because the sender is gone, not because of what was sent. */
export function isBrokenOff(error: unknown): boolean {
  return isChattyError(error, "UPLOAD_BROKEN_OFF");
}

function uploadCancelled(): ChattyError {
  return new ChattyError("UPLOAD_NOT_FOUND", "This upload was cancelled.", { hint: "Begin a new one." });
}

async function* counting(
  bytes: AsyncIterable<Uint8Array>,
  tell: (length: number) => void,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of bytes) {
    yield chunk;
    length += chunk.length;
    tell(length);
  }
}
