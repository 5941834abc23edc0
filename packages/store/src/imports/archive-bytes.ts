import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ByteSource } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readUpTo } from "../files/write-all.ts";
import { assertNotAborted } from "./import-errors.ts";

/** Bytes read, hashed or written between two turns of the event loop; each takes a few milliseconds at most. */
export const chunkBytes = 1024 * 1024;

/** A file as a {@link ByteSource}, with its own `close`. */
export interface OpenByteSource extends ByteSource {
  close(): void;
}

/** Opens a file for random access. Whoever opened it closes it. @throws {ChattyError} ARCHIVE_MISSING and storage errors */
export function openByteSource(files: FilePort, path: string, name: string): OpenByteSource {
  if (files.status(path) === undefined) throw archiveMissing(path);
  let file: OpenFile;
  try {
    file = files.open(path, "read");
  } catch (error) {
    throw storageError(error, "read", path);
  }
  const size = file.size();
  return {
    name,
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size);
      if (end <= offset) return new Uint8Array(0);
      if (end - offset <= chunkBytes) return readUpTo(file, offset, end - offset);
      const chunks: Buffer[] = [];
      for (let at = offset; at < end; at += chunkBytes) {
        chunks.push(readUpTo(file, at, Math.min(chunkBytes, end - at)));
        await nextTurn();
      }
      return Buffer.concat(chunks);
    },
    close: () => file.close(),
  };
}

/** SHA-256 of a whole file in hexadecimal, without holding it in memory. */
export async function hashFile(
  file: OpenFile,
  options: { signal?: AbortSignal | undefined; onChunk?: (bytesDone: number) => void } = {},
): Promise<string> {
  const hash = createHash("sha256");
  let at = 0;
  for await (const bytes of chunksOf(file)) {
    assertNotAborted(options.signal);
    hash.update(bytes);
    at += bytes.length;
    options.onChunk?.(at);
  }
  return hash.digest("hex");
}

/**
 * Reads a whole file in one buffer that is used again and again: a new one for every chunk would pile up until the next collection.
 * Others get a turn between two chunks. Each is only valid until the next one is asked for.
 */
export async function* chunksOf(file: OpenFile): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; ;) {
    const length = file.readAt(buffer, at);
    if (length === 0) return;
    yield buffer.subarray(0, length);
    at += length;
    await nextTurn();
  }
}

/** Makes a directory and its absent parents so that they survive a power cut. @returns those made, outermost first. */
export function makeDurableDirectory(files: FilePort, path: string): string[] {
  const made = files.makeDirectory(path);
  for (const directory of made) files.syncDirectory(dirname(directory));
  return made;
}

function archiveMissing(path: string): ChattyError {
  return new ChattyError("ARCHIVE_MISSING", `The archive ${path} is missing.`, {
    hint: "Restore it from a backup; `chatty verify` lists everything that is affected.",
    where: { path },
  });
}
