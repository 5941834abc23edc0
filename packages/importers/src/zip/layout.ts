import type { ByteSource } from "@chatty/model";
import { corruptArchive, refusedMember, truncatedArchive } from "./archive-errors.ts";
import { findExtraField } from "./directory.ts";
import type { ZipEntry } from "./directory.ts";
import { readUint64, viewOf } from "./end-record.ts";

const localSignature = 0x04034b50;
const localLength = 30;
const descriptorSignature = 0x08074b50;
const windowBytes = 1 << 16;
const shortWindowBytes = 1 << 10;
/** Encryption, data descriptor, patched data, strong encryption, UTF-8, masked headers. */
const comparedFlags = 0x0001 | 0x0008 | 0x0020 | 0x0040 | 0x0800 | 0x2000;

/** A member together with the place of its compressed bytes. */
export interface LocatedEntry extends ZipEntry {
  dataOffset: number;
}

/**
 * Compares every local header with the directory and checks that the members lie side by side: from the first byte of
 * the archive to the directory there is nothing else, nothing twice and nothing hidden.
 * @throws {ChattyError} ARCHIVE_CORRUPT, ARCHIVE_OVERLAP, ARCHIVE_TRUNCATED
 */
export async function locateEntries(
  bytes: ByteSource,
  entries: readonly ZipEntry[],
  directoryOffset: number,
): Promise<LocatedEntry[]> {
  const window = readWindows(bytes);
  const inOrder = entries.map((entry, index) => ({ entry, index }));
  inOrder.sort((a, b) => a.entry.headerOffset - b.entry.headerOffset);
  const located: LocatedEntry[] = [];
  let expectedOffset = 0;
  for (const [position, { entry, index }] of inOrder.entries()) {
    const boundary = inOrder[position + 1]?.entry.headerOffset ?? directoryOffset;
    if (entry.headerOffset < expectedOffset || boundary > directoryOffset)
      throw overlapping(bytes.name, entry);
    if (entry.headerOffset > expectedOffset) {
      throw corruptArchive(bytes.name, "bytes before it belong to no member", entry.name);
    }
    const { dataOffset, end } = await checkLocalHeader(bytes.name, window, entry, boundary);
    located[index] = { ...entry, dataOffset };
    expectedOffset = end;
  }
  if (expectedOffset !== directoryOffset) {
    throw corruptArchive(bytes.name, "bytes before its table of contents belong to no member");
  }
  return located;
}

type Read = (offset: number, length: number, ahead?: number) => Promise<DataView>;

async function checkLocalHeader(
  archive: string,
  read: Read,
  entry: ZipEntry,
  boundary: number,
): Promise<{ dataOffset: number; end: number }> {
  // Behind a big member the next header is far away, and reading ahead would read the member.
  const ahead = entry.compressedSize < windowBytes ? windowBytes : shortWindowBytes;
  const header = await read(entry.headerOffset, localLength, ahead);
  if (header.byteLength !== localLength) throw truncatedArchive(archive, "a member is missing");
  if (header.getUint32(0, true) !== localSignature) {
    throw corruptArchive(archive, "its header is not where the table of contents says", entry.name);
  }
  const nameLength = header.getUint16(26, true);
  const extraLength = header.getUint16(28, true);
  const dataOffset = entry.headerOffset + localLength + nameLength + extraLength;
  if (dataOffset + entry.compressedSize > boundary) throw overlapping(archive, entry);
  const rest = await read(entry.headerOffset + localLength, nameLength + extraLength);
  const names = new Uint8Array(rest.buffer, rest.byteOffset, rest.byteLength);
  if (Buffer.compare(names.subarray(0, nameLength), entry.nameBytes) !== 0) {
    throw corruptArchive(archive, "it has another name in its own header", entry.name);
  }
  if (((header.getUint16(6, true) ^ entry.flags) & comparedFlags) !== 0) {
    throw corruptArchive(archive, "its own header has other flags", entry.name);
  }
  if (header.getUint16(8, true) !== entry.method) {
    throw corruptArchive(archive, "its own header has another compression method", entry.name);
  }
  const hasDescriptor = (entry.flags & 0x0008) !== 0;
  const local = localValues(archive, header, entry, names.subarray(nameLength));
  for (const field of ["crc", "compressedSize", "size"] as const) {
    if (local[field] === entry[field] || (hasDescriptor && local[field] === 0)) continue;
    throw corruptArchive(archive, `its own header has another ${fieldNames[field]}`, entry.name);
  }
  const dataEnd = dataOffset + entry.compressedSize;
  if (!hasDescriptor) return { dataOffset, end: dataEnd };
  return { dataOffset, end: await checkDescriptor(archive, read, entry, dataEnd, boundary) };
}

const fieldNames = { crc: "checksum", compressedSize: "compressed size", size: "size" } as const;

function localValues(
  archive: string,
  header: DataView,
  entry: ZipEntry,
  extra: Uint8Array,
): Pick<ZipEntry, "crc" | "compressedSize" | "size"> {
  const values = {
    crc: header.getUint32(14, true),
    compressedSize: header.getUint32(18, true),
    size: header.getUint32(22, true),
  };
  const field = findExtraField(archive, entry.name, extra, 0x0001);
  if (field === undefined) return values;
  const view = viewOf(field);
  let at = 0;
  for (const name of ["size", "compressedSize"] as const) {
    if (values[name] !== 0xffffffff) continue;
    values[name] = (at + 8 <= view.byteLength ? readUint64(view, at) : undefined) ?? -1;
    at += 8;
  }
  return values;
}

/** The record behind the data, in any of its four forms, must repeat the directory's values and reach the boundary. */
async function checkDescriptor(
  archive: string,
  read: Read,
  entry: ZipEntry,
  at: number,
  boundary: number,
): Promise<number> {
  const length = boundary - at;
  if (length === 12 || length === 16 || length === 20 || length === 24) {
    const view = await read(at, length);
    const isSigned = length === 16 || length === 24;
    const start = isSigned ? 4 : 0;
    const isWide = length >= 20;
    const hasSignature = !isSigned || view.getUint32(0, true) === descriptorSignature;
    const compressedSize = isWide ? readUint64(view, start + 4) : view.getUint32(start + 4, true);
    const size = isWide ? readUint64(view, start + 12) : view.getUint32(start + 8, true);
    if (
      hasSignature &&
      view.getUint32(start, true) === entry.crc &&
      compressedSize === entry.compressedSize &&
      size === entry.size
    ) {
      return boundary;
    }
  }
  throw corruptArchive(archive, "the record behind its data contradicts the table of contents", entry.name);
}

/** Members are visited in order, so small neighbours share one read. */
function readWindows(bytes: ByteSource): Read {
  let start = 0;
  let window: Uint8Array = new Uint8Array();
  return async (offset, length, ahead = length) => {
    if (offset < start || offset + length > start + window.length) {
      start = offset;
      window = await bytes.read(offset, Math.min(Math.max(length, ahead), bytes.size - offset));
    }
    return viewOf(window.subarray(offset - start, offset - start + length));
  };
}

function overlapping(archive: string, entry: ZipEntry): Error {
  return refusedMember(
    "ARCHIVE_OVERLAP",
    archive,
    entry.name,
    "shares bytes with another member",
    "Give the export exactly as it was downloaded; this archive was made to mislead or to exhaust the machine.",
  );
}
