import { crc32, deflateRawSync } from "node:zlib";

/** One member of a test archive. The overrides make it lie. */
export interface TestMember {
  name: string | Uint8Array;
  data?: Uint8Array | string;
  method?: 0 | 8;
  flags?: number;
  /** Unix mode with its type bits. */
  mode?: number;
  /** Writes the sizes behind the data, signed or not. */
  descriptor?: "signed" | "unsigned" | "wide";
  zip64?: boolean;
  extra?: Uint8Array;
  central?: Partial<TestFields>;
  local?: Partial<TestFields> & { name?: string };
  /** Points the directory at another place. */
  offset?: number;
  /** Raw bytes in place of the compressed data. */
  compressed?: Uint8Array;
}

interface TestFields {
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
}

export interface TestArchive {
  prefix?: Uint8Array;
  gap?: Uint8Array;
  comment?: Uint8Array;
  count?: number;
  zip64End?: boolean;
  trailing?: Uint8Array;
}

/** Writes a ZIP archive, right or deliberately wrong. For tests. */
export function writeZip(members: readonly TestMember[], archive: TestArchive = {}): Buffer {
  const pieces: Uint8Array[] = [archive.prefix ?? new Uint8Array()];
  const directory: Uint8Array[] = [];
  let offset = pieces[0]?.length ?? 0;
  const put = (bytes: Uint8Array): void => {
    pieces.push(bytes);
    offset += bytes.length;
  };
  for (const member of members) {
    const name = Buffer.from(member.name);
    const data = Buffer.from(member.data ?? "");
    const method = member.method ?? 8;
    const compressed = member.compressed ?? (method === 8 ? deflateRawSync(data) : data);
    const descriptor = member.descriptor === undefined ? 0 : 8;
    const truth: TestFields = {
      flags: (member.flags ?? 0x800) | descriptor,
      method,
      crc: crc32(data),
      compressedSize: compressed.length,
      size: data.length,
    };
    const start = offset;
    const local = {
      ...truth,
      ...(descriptor === 0 ? {} : { crc: 0, compressedSize: 0, size: 0 }),
      ...member.local,
    };
    const localName = Buffer.from(member.local?.name ?? name);
    const localExtra =
      member.zip64 === true ? wideExtra([local.size, local.compressedSize]) : Buffer.alloc(0);
    put(
      record(0x04034b50, [
        [20, 2],
        ...fields(local, member.zip64 === true),
        [localName.length, 2],
        [localExtra.length, 2],
      ]),
    );
    put(localName);
    put(localExtra);
    put(compressed);
    if (member.descriptor !== undefined) put(descriptorBytes(member.descriptor, truth));
    const central = { ...truth, ...member.central };
    const place = member.offset ?? start;
    const wide =
      member.zip64 === true ? wideExtra([central.size, central.compressedSize, place]) : Buffer.alloc(0);
    const extra = Buffer.concat([wide, member.extra ?? new Uint8Array()]);
    directory.push(
      record(0x02014b50, [
        [member.mode === undefined ? 20 : 0x0314, 2],
        [20, 2],
        ...fields(central, member.zip64 === true),
        [name.length, 2],
        [extra.length, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [((member.mode ?? 0) << 16) >>> 0, 4],
        [member.zip64 === true ? 0xffffffff : place, 4],
      ]),
      name,
      extra,
    );
  }
  if (archive.gap !== undefined) put(archive.gap);
  const directoryOffset = offset;
  for (const bytes of directory) put(bytes);
  const directoryLength = offset - directoryOffset;
  const count = archive.count ?? members.length;
  const isWide = archive.zip64End === true;
  if (isWide) {
    const at = offset;
    put(
      record(0x06064b50, [
        [44, 8],
        [45, 2],
        [45, 2],
        [0, 4],
        [0, 4],
        [count, 8],
        [count, 8],
        [directoryLength, 8],
        [directoryOffset, 8],
      ]),
    );
    put(
      record(0x07064b50, [
        [0, 4],
        [at, 8],
        [1, 4],
      ]),
    );
  }
  const comment = archive.comment ?? new Uint8Array();
  const narrow = isWide ? 0xffff : count;
  put(
    record(0x06054b50, [
      [0, 2],
      [0, 2],
      [narrow, 2],
      [narrow, 2],
      [isWide ? 0xffffffff : directoryLength, 4],
      [isWide ? 0xffffffff : directoryOffset, 4],
      [comment.length, 2],
    ]),
  );
  put(comment);
  put(archive.trailing ?? new Uint8Array());
  return Buffer.concat(pieces);
}

type Field = readonly [value: number, width: number];

function fields(values: TestFields, isWide: boolean): Field[] {
  return [
    [values.flags, 2],
    [values.method, 2],
    [0, 4],
    [values.crc, 4],
    [isWide ? 0xffffffff : values.compressedSize, 4],
    [isWide ? 0xffffffff : values.size, 4],
  ];
}

function wideExtra(values: readonly number[]): Buffer {
  return record(undefined, [[1, 2], [values.length * 8, 2], ...values.map((value) => [value, 8] as const)]);
}

function descriptorBytes(form: "signed" | "unsigned" | "wide", truth: TestFields): Buffer {
  const width = form === "wide" ? 8 : 4;
  const signature = form === "unsigned" ? undefined : 0x08074b50;
  return record(signature, [
    [truth.crc, 4],
    [truth.compressedSize, width],
    [truth.size, width],
  ]);
}

function record(signature: number | undefined, values: readonly Field[]): Buffer {
  const all: readonly Field[] = signature === undefined ? values : [[signature, 4], ...values];
  const bytes = Buffer.alloc(all.reduce((sum, [, width]) => sum + width, 0));
  let at = 0;
  for (const [value, width] of all) {
    if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(value, at, width);
    at += width;
  }
  return bytes;
}
