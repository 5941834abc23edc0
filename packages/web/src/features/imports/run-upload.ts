import type { Upload } from "@chatty/server/api";

/** What sending a file needs of the world. */
export interface UploadPorts {
  /** How far the server has come with an upload that was begun. */
  status: (uploadId: string, signal: AbortSignal) => Promise<Upload>;
  /** Sends bytes to where they belong and answers how far it is now. */
  send: (uploadId: string, offset: number, slice: Blob, signal: AbortSignal) => Promise<Upload>;
  /** True for failures that pass: the network is away, the server restarts or is busy. */
  isPassing: (error: unknown) => boolean;
  /** True when the server says that the bytes belong elsewhere: it knows better how far it is. */
  isMisplaced: (error: unknown) => boolean;
  /** Resolves when it is worth trying again, the `attempt`-th time in a row; rejects when called off. */
  rest: (attempt: number, signal: AbortSignal) => Promise<void>;
}

export interface UploadStep {
  phase: "sending" | "paused";
  /** Bytes that the server has. */
  offset: number;
}

/** 8 MB: small enough to lose little, big enough to lose no time. */
export const sliceBytes = 8 * 1024 * 1024;

/** How often in a row bytes may be refused as misplaced before it is an error: then file and upload do not belong together. */
const misplacedLimit = 5;

/**
 * Sends what the server does not have yet of a file, slice by slice. While the network or the server is away it waits and goes on
 * where the server really is. Ends when all bytes are there; the import then begins by itself.
 * @throws whatever the server refuses for good, and the signal's reason when called off.
 */
export async function runUpload(
  file: Blob,
  upload: Upload,
  ports: UploadPorts,
  onStep: (step: UploadStep) => void,
  signal: AbortSignal,
): Promise<void> {
  let { offset } = upload;
  let attempt = 0;
  let misplaced = 0;
  let isSure = true;
  while (offset < file.size) {
    signal.throwIfAborted();
    try {
      if (!isSure) {
        ({ offset } = await ports.status(upload.uploadId, signal));
        isSure = true;
        continue;
      }
      onStep({ phase: "sending", offset });
      const slice = file.slice(offset, Math.min(offset + sliceBytes, file.size));
      ({ offset } = await ports.send(upload.uploadId, offset, slice, signal));
      attempt = 0;
      misplaced = 0;
    } catch (error) {
      signal.throwIfAborted();
      isSure = false;
      if (ports.isMisplaced(error) && misplaced < misplacedLimit) {
        misplaced += 1;
        continue;
      }
      if (!ports.isPassing(error)) throw error;
      attempt += 1;
      onStep({ phase: "paused", offset });
      await ports.rest(attempt, signal);
    }
  }
  onStep({ phase: "sending", offset });
}
