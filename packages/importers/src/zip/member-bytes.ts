import { Readable } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import type { ZlibOptions } from "node:zlib";
import type { ByteSource } from "@chatty/model";
import { chunkBytes } from "../limits.ts";
import { corruptArchive, truncatedArchive } from "./archive-errors.ts";
import { methodStored } from "./directory.ts";
import type { LocatedEntry } from "./layout.ts";

/**
 * Yields the bytes of one member and compares their number and checksum with the directory at the end. A member that
 * grows beyond its declared size is stopped at once. Stopping early is allowed and then nothing is compared.
 * @throws {ChattyError} ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED
 */
export async function* readMemberBytes(bytes: ByteSource, entry: LocatedEntry): AsyncGenerator<Uint8Array> {
  // Some writers mark an empty file as deflated and write nothing, not even an empty block.
  if (entry.compressedSize === 0 && entry.size === 0 && entry.crc === 0) return;
  let size = 0;
  let crc = 0;
  const chunks = entry.method === methodStored ? readRange(bytes, entry) : inflate(bytes, entry);
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > entry.size)
      throw corruptArchive(bytes.name, "it unpacks to more than it declares", entry.name);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (size !== entry.size)
    throw corruptArchive(bytes.name, "it unpacks to less than it declares", entry.name);
  if (crc !== entry.crc) throw corruptArchive(bytes.name, "its checksum is wrong", entry.name);
}

async function* readRange(bytes: ByteSource, entry: LocatedEntry): AsyncGenerator<Uint8Array> {
  const end = entry.dataOffset + entry.compressedSize;
  for (let at = entry.dataOffset; at < end;) {
    const chunk = await bytes.read(at, Math.min(chunkBytes, end - at));
    if (chunk.length === 0) throw truncatedArchive(bytes.name, "a member is incomplete");
    yield chunk;
    at += chunk.length;
  }
}

/** Most members of most archives are small, and a stream costs more than they do. */
function inflate(bytes: ByteSource, entry: LocatedEntry): AsyncIterable<Uint8Array> {
  const isSmall = entry.size <= chunkBytes && entry.compressedSize <= chunkBytes;
  return isSmall ? inflateWhole(bytes, entry) : inflateChunks(bytes, entry);
}

async function* inflateWhole(bytes: ByteSource, entry: LocatedEntry): AsyncGenerator<Uint8Array> {
  const compressed = await bytes.read(entry.dataOffset, entry.compressedSize);
  if (compressed.length !== entry.compressedSize)
    throw truncatedArchive(bytes.name, "a member is incomplete");
  try {
    // One byte more than declared is enough to notice that there is more.
    const maxOutputLength = entry.size + 1;
    const { buffer, engine } = inflateInOne(compressed, {
      chunkSize: Math.max(64, maxOutputLength),
      maxOutputLength,
    });
    checkConsumed(bytes, entry, engine.bytesWritten);
    yield buffer;
  } catch (error) {
    throw inflateError(bytes, entry, error);
  }
}

/** Node hands out the engine behind the result on request; its types do not say so. */
function inflateInOne(
  compressed: Uint8Array,
  options: ZlibOptions,
): { buffer: Buffer; engine: { bytesWritten: number } } {
  const result: unknown = inflateRawSync(compressed, { ...options, info: true });
  return result as { buffer: Buffer; engine: { bytesWritten: number } };
}

async function* inflateChunks(bytes: ByteSource, entry: LocatedEntry): AsyncGenerator<Uint8Array> {
  const engine = createInflateRaw({ chunkSize: chunkBytes });
  const source = Readable.from(readRange(bytes, entry), { objectMode: true, highWaterMark: 1 });
  source.on("error", (error) => engine.destroy(error));
  source.pipe(engine);
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
    checkConsumed(bytes, entry, engine.bytesWritten);
  } catch (error) {
    throw inflateError(bytes, entry, error);
  } finally {
    source.destroy();
    engine.destroy();
  }
}

function checkConsumed(bytes: ByteSource, entry: LocatedEntry, consumed: number): void {
  if (consumed === entry.compressedSize) return;
  throw corruptArchive(bytes.name, "bytes follow its compressed data", entry.name);
}

function inflateError(bytes: ByteSource, entry: LocatedEntry, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ERR_BUFFER_TOO_LARGE")
    return corruptArchive(bytes.name, "it unpacks to more than it declares", entry.name);
  return code.startsWith("Z_")
    ? corruptArchive(bytes.name, "its compressed data cannot be read", entry.name)
    : error;
}
