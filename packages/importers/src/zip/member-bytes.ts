import { Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
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
  const chunks = entry.method === methodStored ? readRange(bytes, entry) : inflateChunks(bytes, entry);
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

async function* inflateChunks(bytes: ByteSource, entry: LocatedEntry): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: chunkBytes });
  const source = Readable.from(readRange(bytes, entry), { objectMode: true, highWaterMark: 1 });
  source.on("error", (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    for await (const chunk of inflate) yield chunk as Uint8Array;
    if (inflate.bytesWritten !== entry.compressedSize) {
      throw corruptArchive(bytes.name, "bytes follow its compressed data", entry.name);
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
      throw corruptArchive(bytes.name, "its compressed data cannot be read", entry.name);
    }
    throw error;
  } finally {
    source.destroy();
    inflate.destroy();
  }
}
