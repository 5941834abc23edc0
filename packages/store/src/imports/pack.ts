import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { zstdDecompress, zstdDecompressSync } from "node:zlib";
import type { Sha256 } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readUpTo, writeAll } from "../files/write-all.ts";

/** A record as it goes into a pack. */
export interface CompressedRecord {
  compressed: Uint8Array;
  /** Bytes before compression. */
  rawLength: number;
  /** Of the bytes before compression. */
  rawSha256: Sha256;
}

/** A frame of a pack: where it starts and how long it is with its head. Bytes. */
export interface PackFrame {
  offset: number;
  length: number;
}

/** A frame as it is found when a pack is walked through. */
export interface FoundFrame extends PackFrame {
  /** Of the uncompressed bytes, as the head says. */
  rawSha256: Sha256;
  /** Bytes before compression. */
  rawLength: number;
}

/** `docs/formats/imports.md` is the contract of everything below. */
const packMagic = Buffer.from("chatty-pack\n", "ascii");
const packVersion = 1;
const headerLength = packMagic.length + 4;
/** Length of the compressed bytes, length of the raw bytes, SHA-256 of the raw bytes. */
const frameHeadLength = 4 + 4 + 32;
/** From here on decompressing takes longer than an event loop should wait, so it goes to another thread. */
const threadedBytes = 512 * 1024;

const decompressInThread = promisify(zstdDecompress);

/** Writes a pack from its beginning. The file is made with the first frame; whoever made the writer closes it. */
export class PackWriter {
  readonly #files: FilePort;
  readonly #path: string;
  #file: OpenFile | undefined;
  #length = 0;

  constructor(files: FilePort, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Bytes written so far; 0 while there is no file. */
  get length(): number {
    return this.#length;
  }

  /** Appends one record that was compressed. @throws {ChattyError} DISK_FULL and its kind */
  append({ compressed, rawLength, rawSha256 }: CompressedRecord): PackFrame {
    const head = Buffer.alloc(frameHeadLength);
    head.writeUInt32LE(compressed.length, 0);
    head.writeUInt32LE(rawLength, 4);
    head.write(rawSha256, 8, "hex");
    try {
      const file = this.#opened();
      const frame = { offset: this.#length, length: frameHeadLength + compressed.length };
      writeAll(file, Buffer.concat([head, compressed]), frame.offset);
      this.#length += frame.length;
      return frame;
    } catch (error) {
      throw storageError(error, "write", this.#path);
    }
  }

  /** Makes what was written survive a power cut. */
  async sync(): Promise<void> {
    try {
      await this.#file?.sync();
    } catch (error) {
      throw storageError(error, "sync", this.#path);
    }
  }

  /** Safe to call twice. */
  close(): void {
    const file = this.#file;
    // Also when closing fails, which lets go of it all the same.
    this.#file = undefined;
    file?.close();
  }

  #opened(): OpenFile {
    if (this.#file !== undefined) return this.#file;
    this.#file = this.#files.open(this.#path, "create");
    const header = Buffer.alloc(headerLength);
    packMagic.copy(header);
    header.writeUInt32LE(packVersion, packMagic.length);
    writeAll(this.#file, header, 0);
    this.#length = headerLength;
    return this.#file;
  }
}

/**
 * Reads one record and proves it against its hash.
 * @throws {ChattyError} PACK_DAMAGED, PACK_MISSING
 */
export async function readPackFrame(
  files: FilePort,
  path: string,
  frame: PackFrame,
  rawSha256: Sha256,
): Promise<Buffer> {
  const bytes = readRange(files, path, frame.offset, frame.length);
  const head = parseHead(bytes, frame.offset);
  if (head === undefined || head.length !== frame.length || head.rawSha256 !== rawSha256) {
    throw packDamaged(path, frame.offset);
  }
  const raw = await decompress(bytes.subarray(frameHeadLength), head.rawLength, path, frame.offset);
  if (createHash("sha256").update(raw).digest("hex") !== rawSha256) throw packDamaged(path, frame.offset);
  return raw;
}

/** The bytes of a record that was compressed a moment ago. */
export async function unpackRecord({ compressed, rawLength }: CompressedRecord): Promise<Buffer> {
  return decompress(compressed, rawLength, "in memory", 0);
}

/**
 * Walks through the heads of a pack.
 * @throws {ChattyError} PACK_DAMAGED where no frame starts or the last one is cut
 */
export function* packFrames(files: FilePort, path: string): Generator<FoundFrame, void, undefined> {
  if (files.status(path) === undefined) throw packMissing(path);
  const file = files.open(path, "read");
  try {
    const size = file.size();
    const header = readUpTo(file, 0, headerLength);
    const isKnown =
      header.length === headerLength &&
      header.subarray(0, packMagic.length).equals(packMagic) &&
      header.readUInt32LE(packMagic.length) === packVersion;
    if (!isKnown) throw packDamaged(path, 0);
    for (let offset = headerLength; offset < size;) {
      const head = parseHead(readUpTo(file, offset, frameHeadLength), offset);
      if (head === undefined || offset + head.length > size) throw packDamaged(path, offset);
      yield head;
      offset += head.length;
    }
  } finally {
    file.close();
  }
}

function parseHead(bytes: Buffer, offset: number): FoundFrame | undefined {
  if (bytes.length < frameHeadLength) return undefined;
  return {
    offset,
    length: frameHeadLength + bytes.readUInt32LE(0),
    rawLength: bytes.readUInt32LE(4),
    rawSha256: bytes.toString("hex", 8, frameHeadLength) as Sha256,
  };
}

async function decompress(
  bytes: Uint8Array,
  rawLength: number,
  path: string,
  offset: number,
): Promise<Buffer> {
  try {
    const limits = { maxOutputLength: Math.max(rawLength, 1) };
    return rawLength < threadedBytes
      ? zstdDecompressSync(bytes, limits)
      : await decompressInThread(bytes, limits);
  } catch (cause) {
    throw packDamaged(path, offset, cause);
  }
}

function readRange(files: FilePort, path: string, offset: number, length: number): Buffer {
  if (files.status(path) === undefined) throw packMissing(path);
  try {
    const file = files.open(path, "read");
    try {
      return readUpTo(file, offset, length);
    } finally {
      file.close();
    }
  } catch (error) {
    throw storageError(error, "read", path);
  }
}

function packMissing(path: string): ChattyError {
  return new ChattyError("PACK_MISSING", `The pack ${path} is missing.`, {
    hint: "Run `chatty rebuild references`: packs are made again from the archives.",
    where: { path },
  });
}

function packDamaged(path: string, offset: number, cause?: unknown): ChattyError {
  return new ChattyError("PACK_DAMAGED", `The pack ${path} is damaged at byte ${offset}.`, {
    hint: "Run `chatty rebuild references`: packs are made again from the archives.",
    where: { path, offset },
    cause,
  });
}
