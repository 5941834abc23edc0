import { crc32, deflateRawSync } from "node:zlib";

/** One member of a test archive. Everything after `bytes` is there to build archives that lie. */
export interface ZipMember {
  name: string;
  bytes: Uint8Array;
  /** Stored without compression. */
  isStored?: boolean;
  /** Marks the member as encrypted. */
  isEncrypted?: boolean;
  /** Marks the member as a symbolic link whose target is `bytes`. */
  isSymlink?: boolean;
  /** Written in place of the true checksum. */
  crc?: number;
  /** Uncompressed size written in place of the true one. */
  claimedSize?: number;
}

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const utf8Flag = 0x0800;
const encryptedFlag = 0x0001;
/** 1 January 2024: the same members always give the same bytes. */
const dosDate = ((2024 - 1980) << 9) | (1 << 5) | 1;
const madeByUnix = 3 << 8;
const symlinkMode = (0o120777 << 16) >>> 0;
const fileMode = (0o100644 << 16) >>> 0;

/** A ZIP without dates, extra fields or surprises, other than those asked for. */
export function writeZip(members: readonly ZipMember[]): Buffer {
  return Buffer.concat([...zipChunks(members)]);
}

/** The same archive in pieces, for members that are made one after the other. */
export function* zipChunks(members: Iterable<ZipMember>): Generator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  let count = 0;
  for (const member of members) {
    const name = Buffer.from(member.name, "utf8");
    const body = member.isStored === true ? Buffer.from(member.bytes) : deflateRawSync(member.bytes);
    const fields = memberFields(member, body.length, name.length);
    const local = Buffer.concat([uint32(localSignature), fields, name]);
    yield local;
    yield body;
    count += 1;
    const attributes = member.isSymlink === true ? symlinkMode : fileMode;
    directory.push(
      uint32(centralSignature),
      uint16(madeByUnix | 20),
      fields,
      uint16(0),
      uint16(0),
      uint16(0),
      uint32(attributes),
      uint32(offset),
      name,
    );
    offset += local.length + body.length;
  }
  const central = Buffer.concat(directory);
  yield central;
  yield Buffer.concat([
    uint32(endSignature),
    uint16(0),
    uint16(0),
    uint16(count),
    uint16(count),
    uint32(central.length),
    uint32(offset),
    uint16(0),
  ]);
}

/** The run of fields that the local header and the central directory have in common. */
function memberFields(member: ZipMember, compressedSize: number, nameLength: number): Buffer {
  return Buffer.concat([
    uint16(20),
    uint16(utf8Flag | (member.isEncrypted === true ? encryptedFlag : 0)),
    uint16(member.isStored === true ? 0 : 8),
    uint16(0),
    uint16(dosDate),
    uint32(member.crc ?? crc32(member.bytes)),
    uint32(compressedSize),
    uint32(member.claimedSize ?? member.bytes.length),
    uint16(nameLength),
    uint16(0),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
