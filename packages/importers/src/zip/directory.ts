import type { ByteSource } from "@chatty/model";
import { limits } from "../limits.ts";
import { corruptArchive, refusedMember, truncatedArchive } from "./archive-errors.ts";
import { findDirectory, readUint64, viewOf } from "./end-record.ts";
import { checkMemberName, decodeMemberName, memberKey } from "./member-name.ts";

const entrySignature = 0x02014b50;
const entryLength = 46;

/** Compression methods that this version reads. */
export const methodStored = 0;
export const methodDeflated = 8;

/** One member as the central directory describes it. */
export interface ZipEntry {
  /** As it stands in the archive. */
  name: string;
  /** For lookups only: forward slashes, nothing empty. */
  lookupName: string;
  nameBytes: Uint8Array;
  isDirectory: boolean;
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
  headerOffset: number;
}

/**
 * Reads and checks the whole central directory. Nothing of a member is read yet.
 * @throws {ChattyError} ARCHIVE_… for anything that two readers could understand differently, or that could do harm.
 */
export async function readDirectory(
  bytes: ByteSource,
): Promise<{ entries: ZipEntry[]; directoryOffset: number }> {
  const place = await findDirectory(bytes);
  const directory = await bytes.read(place.offset, place.length);
  if (directory.length !== place.length)
    throw truncatedArchive(bytes.name, "its table of contents is incomplete");
  const view = viewOf(directory);
  const entries: ZipEntry[] = [];
  const seen = new Set<string>();
  let total = 0;
  let at = 0;
  for (let index = 0; index < place.entryCount; index += 1) {
    const { entry, next } = readEntry(bytes.name, directory, view, at);
    const key = memberKey(entry.lookupName);
    if (seen.has(key)) {
      throw refusedMember(
        "ARCHIVE_DUPLICATE_NAME",
        bytes.name,
        entry.name,
        "is there twice, or differs from another name by case only",
        "Give the export exactly as it was downloaded.",
      );
    }
    seen.add(key);
    total += entry.size;
    checkSize(bytes.name, entry, total);
    entries.push(entry);
    at = next;
  }
  if (at !== directory.length)
    throw corruptArchive(bytes.name, "its table of contents holds more than it counts");
  return { entries, directoryOffset: place.offset };
}

/** Finds an extra field by its id. @throws {ChattyError} ARCHIVE_CORRUPT when the fields do not fill their space */
export function findExtraField(
  archive: string,
  name: string,
  extra: Uint8Array,
  id: number,
): Uint8Array | undefined {
  const view = viewOf(extra);
  let found: Uint8Array | undefined;
  let at = 0;
  while (at + 4 <= extra.length) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extra.length) throw corruptArchive(archive, "an extra field is too long", name);
    if (view.getUint16(at, true) === id) {
      if (found !== undefined) throw corruptArchive(archive, "an extra field is there twice", name);
      found = extra.subarray(at + 4, at + 4 + length);
    }
    at += 4 + length;
  }
  // Alignment tools leave up to three zero bytes.
  if (extra.subarray(at).some((byte) => byte !== 0)) {
    throw corruptArchive(archive, "its extra fields do not fill their space", name);
  }
  return found;
}

function readEntry(
  archive: string,
  directory: Uint8Array,
  view: DataView,
  at: number,
): { entry: ZipEntry; next: number } {
  if (at + entryLength > directory.length || view.getUint32(at, true) !== entrySignature) {
    throw corruptArchive(archive, "its table of contents holds less than it counts");
  }
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const next = at + entryLength + nameLength + extraLength + view.getUint16(at + 32, true);
  if (next > directory.length) throw corruptArchive(archive, "its table of contents ends inside an entry");
  const nameBytes = directory.subarray(at + entryLength, at + entryLength + nameLength);
  const extra = directory.subarray(
    at + entryLength + nameLength,
    at + entryLength + nameLength + extraLength,
  );
  const flags = view.getUint16(at + 8, true);
  const plainName = decodeMemberName(archive, nameBytes, (flags & 0x800) !== 0, undefined);
  const unicodePath = findExtraField(archive, plainName, extra, 0x7075);
  const name = decodeMemberName(archive, nameBytes, (flags & 0x800) !== 0, unicodePath);
  const entry: ZipEntry = {
    name,
    lookupName: checkMemberName(archive, name),
    nameBytes,
    isDirectory: /[/\\]$/.test(name),
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    compressedSize: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    headerOffset: view.getUint32(at + 42, true),
  };
  const disk = applyZip64(archive, entry, extra, view.getUint16(at + 34, true));
  if (disk !== 0) throw corruptArchive(archive, "it lies on another part of the archive", name);
  checkKind(archive, entry, extra, view.getUint16(at + 4, true) >>> 8, view.getUint32(at + 38, true));
  return { entry, next };
}

/** Takes over the wide fields, each only where the narrow one holds its sentinel, in the fixed order. */
function applyZip64(archive: string, entry: ZipEntry, extra: Uint8Array, disk: number): number {
  const field = findExtraField(archive, entry.name, extra, 0x0001);
  const view = viewOf(field ?? new Uint8Array());
  let at = 0;
  const wide = (narrow: number): number => {
    if (narrow !== 0xffffffff) return narrow;
    const value = at + 8 <= view.byteLength ? readUint64(view, at) : undefined;
    if (value === undefined)
      throw corruptArchive(archive, "its ZIP64 sizes are missing or absurd", entry.name);
    at += 8;
    return value;
  };
  entry.size = wide(entry.size);
  entry.compressedSize = wide(entry.compressedSize);
  entry.headerOffset = wide(entry.headerOffset);
  if (disk !== 0xffff) return disk;
  if (at + 4 > view.byteLength) throw corruptArchive(archive, "its ZIP64 disk number is missing", entry.name);
  return view.getUint32(at, true);
}

function checkKind(
  archive: string,
  entry: ZipEntry,
  extra: Uint8Array,
  madeBy: number,
  attributes: number,
): void {
  const encryptedFlags = 0x0001 | 0x0040 | 0x2000;
  if (
    (entry.flags & encryptedFlags) !== 0 ||
    entry.method === 99 ||
    findExtraField(archive, entry.name, extra, 0x9901) !== undefined
  ) {
    throw refusedMember(
      "ARCHIVE_ENCRYPTED",
      archive,
      entry.name,
      "is encrypted",
      "Unpack the archive with its password and give the unpacked files.",
    );
  }
  if ((entry.method !== methodStored && entry.method !== methodDeflated) || (entry.flags & 0x0020) !== 0) {
    throw refusedMember(
      "ARCHIVE_UNSUPPORTED",
      archive,
      entry.name,
      `uses compression method ${entry.method}, which Chatty does not read`,
      "Unpack the archive and pack it again as an ordinary ZIP, or give the unpacked files.",
    );
  }
  checkMode(archive, entry, madeBy, (attributes >>> 16) & 0xf000);
  if (entry.isDirectory && entry.size !== 0)
    throw corruptArchive(archive, "a folder has content", entry.name);
  if (entry.method === methodStored && entry.size !== entry.compressedSize) {
    throw corruptArchive(archive, "it is stored as it is, yet has two sizes", entry.name);
  }
}

function checkMode(archive: string, entry: ZipEntry, madeBy: number, type: number): void {
  const isUnix = madeBy === 3 || madeBy === 19;
  const special = [0x1000, 0x2000, 0x6000, 0xa000, 0xc000];
  const isRegular = type === 0 || type === 0x8000;
  if (isRegular || (type === 0x4000 && entry.isDirectory)) return;
  if (!isUnix && !special.includes(type)) return;
  if (type === 0x4000)
    throw corruptArchive(archive, "it is a folder by its mode and a file by its name", entry.name);
  throw refusedMember(
    "ARCHIVE_UNSAFE_ENTRY",
    archive,
    entry.name,
    type === 0xa000 ? "is a symbolic link" : "is not an ordinary file",
    "Give the export exactly as it was downloaded; exports hold neither links nor devices.",
  );
}

function checkSize(archive: string, entry: ZipEntry, total: number): void {
  const isBomb = entry.size > limits.ratioFreeBytes && entry.size > entry.compressedSize * limits.ratio;
  if (!isBomb && entry.size <= limits.memberBytes && total <= limits.totalBytes) return;
  throw refusedMember(
    "ARCHIVE_TOO_LARGE",
    archive,
    entry.name,
    `would unpack to ${entry.size} bytes from ${entry.compressedSize}`,
    "Give the export itself; this looks like an archive made to exhaust the machine.",
  );
}
