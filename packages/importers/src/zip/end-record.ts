import type { ByteSource } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { limits } from "../limits.ts";
import { corruptArchive, truncatedArchive } from "./archive-errors.ts";

const endSignature = 0x06054b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
const endLength = 22;
const locatorLength = 20;
const zip64EndLength = 56;

/** Where the central directory lies. */
export interface DirectoryPlace {
  offset: number;
  length: number;
  entryCount: number;
}

/**
 * Finds the one end record of an archive and follows it to its central directory, which must end exactly where the
 * end records begin. @throws {ChattyError} ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT, ARCHIVE_UNSUPPORTED, ARCHIVE_TOO_LARGE
 */
export async function findDirectory(bytes: ByteSource): Promise<DirectoryPlace> {
  if (bytes.size > limits.archiveBytes) throw tooLarge(bytes.name, "the archive is too big");
  if (bytes.size < endLength) throw truncatedArchive(bytes.name, "it has no table of contents");
  const tailLength = Math.min(bytes.size, endLength + 0xffff + locatorLength + zip64EndLength);
  const tailOffset = bytes.size - tailLength;
  const tail = viewOf(await bytes.read(tailOffset, tailLength));
  if (tail.byteLength !== tailLength) throw truncatedArchive(bytes.name, "it is shorter than it was");
  const at = locateEnd(bytes.name, tail);

  const place: DirectoryPlace = {
    entryCount: tail.getUint16(at + 10, true),
    length: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  refuseDisks(bytes.name, tail.getUint16(at + 4, true), tail.getUint16(at + 6, true));
  if (tail.getUint16(at + 8, true) !== place.entryCount) {
    throw corruptArchive(bytes.name, "its end record counts its members twice and differently");
  }
  const directoryEnd = await applyZip64(bytes, tail, tailOffset, at, place);
  if (place.entryCount > limits.entries) throw tooLarge(bytes.name, "it holds too many members");
  if (place.length > limits.directoryBytes) throw tooLarge(bytes.name, "its table of contents is too long");
  if (place.offset + place.length !== directoryEnd) {
    throw corruptArchive(bytes.name, "its table of contents is not where the end record says");
  }
  return place;
}

/** A view of bytes that respects their offset in a pooled buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit field as a number, or undefined beyond what a number holds exactly. */
export function readUint64(view: DataView, at: number): number | undefined {
  const value = view.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

function locateEnd(archive: string, tail: DataView): number {
  let found = -1;
  let hasLooseSignature = false;
  for (let at = tail.byteLength - endLength; at >= 0; at -= 1) {
    if (tail.getUint8(at) !== 0x50 || tail.getUint32(at, true) !== endSignature) continue;
    const commentEnd = at + endLength + tail.getUint16(at + 20, true);
    if (commentEnd !== tail.byteLength) {
      hasLooseSignature ||= found === -1;
    } else if (found === -1) {
      found = at;
    } else {
      throw corruptArchive(archive, "it has more than one end record");
    }
  }
  // A signature behind the chosen record lies in its comment: another reader may take that one.
  if (found !== -1 && hasLooseSignature)
    throw corruptArchive(archive, "its comment hides a second end record");
  if (found !== -1) return found;
  if (hasLooseSignature)
    throw corruptArchive(archive, "bytes follow its end record, or its comment is cut off");
  throw truncatedArchive(archive, "it has no table of contents");
}

/** Replaces fields that the old record cannot hold and returns where the directory must end. */
async function applyZip64(
  bytes: ByteSource,
  tail: DataView,
  tailOffset: number,
  endAt: number,
  place: DirectoryPlace,
): Promise<number> {
  const needsZip64 =
    place.length === 0xffffffff || place.offset === 0xffffffff || place.entryCount === 0xffff;
  const locatorAt = endAt - locatorLength;
  const hasLocator = locatorAt >= 0 && tail.getUint32(locatorAt, true) === zip64LocatorSignature;
  if (!hasLocator) {
    if (needsZip64 && place.entryCount !== 0xffff)
      throw corruptArchive(bytes.name, "its ZIP64 record is missing");
    return tailOffset + endAt;
  }
  const recordOffset = readUint64(tail, locatorAt + 8);
  const locatorOffset = tailOffset + locatorAt;
  if (recordOffset === undefined || recordOffset + zip64EndLength > locatorOffset) {
    throw corruptArchive(bytes.name, "its ZIP64 record is not where the locator says");
  }
  refuseDisks(
    bytes.name,
    tail.getUint32(locatorAt + 4, true),
    Math.max(0, tail.getUint32(locatorAt + 16, true) - 1),
  );
  const record = viewOf(await bytes.read(recordOffset, zip64EndLength));
  if (record.byteLength !== zip64EndLength || record.getUint32(0, true) !== zip64EndSignature) {
    throw corruptArchive(bytes.name, "its ZIP64 record is not where the locator says");
  }
  const recordLength = readUint64(record, 4);
  if (recordLength === undefined || recordOffset + 12 + recordLength !== locatorOffset) {
    throw corruptArchive(bytes.name, "its ZIP64 record has the wrong length");
  }
  refuseDisks(bytes.name, record.getUint32(16, true), record.getUint32(20, true));
  const onThisDisk = readUint64(record, 24);
  const wide = {
    entryCount: readUint64(record, 32),
    length: readUint64(record, 40),
    offset: readUint64(record, 48),
  };
  if (onThisDisk !== wide.entryCount) {
    throw corruptArchive(bytes.name, "its end record counts its members twice and differently");
  }
  place.entryCount = agreed(bytes.name, place.entryCount, 0xffff, wide.entryCount);
  place.length = agreed(bytes.name, place.length, 0xffffffff, wide.length);
  place.offset = agreed(bytes.name, place.offset, 0xffffffff, wide.offset);
  return recordOffset;
}

function agreed(archive: string, narrow: number, sentinel: number, wide: number | undefined): number {
  if (wide === undefined || (narrow !== sentinel && narrow !== wide)) {
    throw corruptArchive(archive, "its two end records contradict each other");
  }
  return wide;
}

function refuseDisks(archive: string, thisDisk: number, directoryDisk: number): void {
  if (thisDisk === 0 && directoryDisk === 0) return;
  if (thisDisk === 0xffff || directoryDisk === 0xffff) return;
  throw new ChattyError("ARCHIVE_UNSUPPORTED", `${archive} is one part of an archive in several parts.`, {
    hint: "Join the parts, or download the export again as one file.",
    where: { archive },
  });
}

function tooLarge(archive: string, what: string): ChattyError {
  return new ChattyError("ARCHIVE_TOO_LARGE", `${archive} is refused: ${what}.`, {
    hint: "Give the export itself; no known export is as big as this claims to be.",
    where: { archive },
  });
}
