import { setImmediate as nextTurn } from "node:timers/promises";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import { chunkBytes } from "./archive-bytes.ts";
import { uploadBrokenOff, uploadTooLong } from "./upload-errors.ts";

/** A stream on its way into a file. Numbers are bytes. */
export interface StreamToAppend {
  files: FilePort;
  path: string;
  uploadId: string;
  /** Where it begins; what the file has behind this is cut off. */
  from: number;
  /** How long the file may become; undefined for any length. */
  size: number | undefined;
  bytes: AsyncIterable<Uint8Array>;
  /** Its reason is thrown when it is aborted; what came until then is kept. */
  signal: AbortSignal;
  /** Told whenever everything up to here is durable. */
  synced: (offset: number) => Promise<void>;
}

/**
 * Bytes between two syncs. The stream waits meanwhile: so a slow disk slows the sender, and the system never has so much to write
 * behind that it makes a write wait.
 */
const syncBytes = 8 * 1024 * 1024;

/**
 * Writes a stream to the end of a file, with nothing held but the chunk at hand. Whatever ends it, what came is durable and told.
 * @throws {ChattyError} UPLOAD_TOO_LONG, UPLOAD_BROKEN_OFF when the stream threw, the signal's reason, DISK_FULL and its kind
 */
export async function appendStream(stream: StreamToAppend): Promise<void> {
  const { files, path, from, size, signal, uploadId } = stream;
  let reached = from;
  let synced = from;
  let interruption: unknown;
  try {
    const file = files.open(path, "update");
    try {
      if (file.size() > from) file.truncate(from);
      const sync = async (): Promise<void> => {
        if (reached === synced) return;
        const offset = reached;
        await file.sync();
        await stream.synced(offset);
        synced = offset;
      };
      const chunks = takeWhileWanted(stream.bytes, signal);
      try {
        for (;;) {
          const next = await takeNext(chunks, uploadId, signal);
          if (next === undefined) break;
          if (size !== undefined && reached + next.length > size) throw uploadTooLong(uploadId, size);
          for (let at = 0; at < next.length; at += chunkBytes) {
            const piece = next.subarray(at, at + chunkBytes);
            writeAll(file, piece, reached);
            reached += piece.length;
            if (next.length > chunkBytes) await nextTurn();
          }
          if (reached - synced >= syncBytes) await sync();
        }
      } catch (error) {
        interruption = error;
      }
      chunks.stop();
      await sync();
    } finally {
      file.close();
    }
  } catch (error) {
    throw storageError(interruption ?? error, "write", path);
  }
  if (interruption !== undefined) throw storageError(interruption, "write", path);
}

interface WantedChunks {
  next(): Promise<IteratorResult<Uint8Array, void>>;
  /** Tells the source that nothing more is wanted. */
  stop(): void;
}

/** A source that may never answer again: the wait for it ends when the signal does. */
function takeWhileWanted(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): WantedChunks {
  const iterator = bytes[Symbol.asyncIterator]();
  let isOver = false;
  return {
    async next() {
      signal.throwIfAborted();
      let abandon: (() => void) | undefined;
      const abandoned = new Promise<never>((_, reject) => {
        abandon = () => reject(signal.reason as Error);
        signal.addEventListener("abort", abandon, { once: true });
      });
      try {
        const result = await Promise.race([iterator.next(), abandoned]);
        isOver = result.done === true;
        return result;
      } finally {
        if (abandon !== undefined) signal.removeEventListener("abort", abandon);
      }
    },
    stop() {
      // Not waited for: a generator that hangs answers this no more than anything else.
      if (!isOver) void iterator.return?.().catch(() => undefined);
      isOver = true;
    },
  };
}

/** Tells what goes wrong with the stream from what goes wrong with the disk. */
async function takeNext(
  chunks: WantedChunks,
  uploadId: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await chunks.next();
    return done === true ? undefined : value;
  } catch (error) {
    if (signal.aborted) throw error;
    throw uploadBrokenOff(uploadId, error);
  }
}
