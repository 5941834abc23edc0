import { setImmediate as nextTurn } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readUpTo, writeAll } from "../files/write-all.ts";
import { chunkBytes } from "./archive-bytes.ts";
import type { FolderFile } from "./folder-listing.ts";
import { assertNotAborted } from "./import-errors.ts";

/** A size or offset from which on ZIP64 has to say it. */
const limit32 = 0xffffffff;
const limit16 = 0xffff;
/** 1980-01-01 00:00: the earliest time of the format, so that the same folder always gives the same bytes. */
const fixedTime = 0;
const fixedDate = 0x0021;
/** Names are UTF-8. */
const utf8Flag = 0x0800;
const versionPlain = 20;
const versionZip64 = 45;

interface WrittenEntry {
  name: Buffer;
  crc: number;
  size: number;
  offset: number;
}

/** What a folder's ZIP needs while it is being written. */
export interface FolderZipOptions {
  files: FilePort;
  /** The empty file that is written to. */
  target: OpenFile;
  signal?: AbortSignal | undefined;
  onProgress?: (bytesDone: number) => void;
}

/**
 * Writes files into a ZIP whose bytes depend on their names and contents alone. Nothing is compressed: what a compressor makes of
 * the same bytes changes between its versions.
 * @returns bytes written.
 * @throws {ChattyError} SOURCE_CHANGED when a file changes its size meanwhile, IMPORT_ABORTED, storage errors
 */
export async function writeFolderZip(
  entries: readonly FolderFile[],
  options: FolderZipOptions,
): Promise<number> {
  const { target } = options;
  const written: WrittenEntry[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, "utf8");
    const record: WrittenEntry = { name, crc: 0, size: entry.size, offset: at };
    const headerLength = localHeader(record).length;
    record.crc = await copyEntry(entry, at + headerLength, options);
    // Only now is the checksum known; the place was kept free.
    writeAll(target, localHeader(record), at);
    at += headerLength + entry.size;
    written.push(record);
  }
  const directoryOffset = at;
  for (const record of written) {
    const bytes = directoryHeader(record);
    writeAll(target, bytes, at);
    at += bytes.length;
  }
  const end = endRecords(written.length, directoryOffset, at - directoryOffset);
  writeAll(target, end, at);
  return at + end.length;
}

async function copyEntry(entry: FolderFile, position: number, options: FolderZipOptions): Promise<number> {
  const source = openSource(options.files, entry.path);
  try {
    let crc = 0;
    for (let done = 0; done < entry.size;) {
      assertNotAborted(options.signal);
      const bytes = readUpTo(source, done, Math.min(chunkBytes, entry.size - done));
      if (bytes.length === 0) throw sourceChanged(entry.path);
      crc = crc32(bytes, crc);
      writeAll(options.target, bytes, position + done);
      done += bytes.length;
      options.onProgress?.(bytes.length);
      await nextTurn();
    }
    if (source.size() !== entry.size) throw sourceChanged(entry.path);
    return crc;
  } finally {
    source.close();
  }
}

function openSource(files: FilePort, path: string): OpenFile {
  try {
    return files.open(path, "read");
  } catch (error) {
    throw storageError(error, "read", path);
  }
}

function localHeader({ name, crc, size }: WrittenEntry): Buffer {
  const isBig = size >= limit32;
  const extra = isBig ? zip64Extra([size, size]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(isBig ? versionZip64 : versionPlain, 4);
  header.writeUInt16LE(utf8Flag, 6);
  header.writeUInt16LE(fixedTime, 10);
  header.writeUInt16LE(fixedDate, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(isBig ? limit32 : size, 18);
  header.writeUInt32LE(isBig ? limit32 : size, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function directoryHeader({ name, crc, size, offset }: WrittenEntry): Buffer {
  const isBig = size >= limit32;
  const isFar = offset >= limit32;
  const values = [...(isBig ? [size, size] : []), ...(isFar ? [offset] : [])];
  const extra = values.length === 0 ? Buffer.alloc(0) : zip64Extra(values);
  const version = values.length === 0 ? versionPlain : versionZip64;
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(version, 6);
  header.writeUInt16LE(utf8Flag, 8);
  header.writeUInt16LE(fixedTime, 12);
  header.writeUInt16LE(fixedDate, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(isBig ? limit32 : size, 20);
  header.writeUInt32LE(isBig ? limit32 : size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(isFar ? limit32 : offset, 42);
  return Buffer.concat([header, name, extra]);
}

function endRecords(count: number, offset: number, size: number): Buffer {
  const isBig = count >= limit16 || offset >= limit32 || size >= limit32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isBig ? limit16 : count, 8);
  end.writeUInt16LE(isBig ? limit16 : count, 10);
  end.writeUInt32LE(isBig ? limit32 : size, 12);
  end.writeUInt32LE(isBig ? limit32 : offset, 16);
  if (!isBig) return end;
  const big = Buffer.alloc(56);
  big.writeUInt32LE(0x06064b50, 0);
  big.writeBigUInt64LE(44n, 4);
  big.writeUInt16LE(versionZip64, 12);
  big.writeUInt16LE(versionZip64, 14);
  big.writeBigUInt64LE(BigInt(count), 24);
  big.writeBigUInt64LE(BigInt(count), 32);
  big.writeBigUInt64LE(BigInt(size), 40);
  big.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([big, locator, end]);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + index * 8));
  return extra;
}

function sourceChanged(path: string): ChattyError {
  return new ChattyError("SOURCE_CHANGED", `${path} changed while it was being read.`, {
    hint: "Wait until nothing writes to it any more, then import it again.",
    where: { path },
  });
}
