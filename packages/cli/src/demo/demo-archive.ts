import { Readable } from "node:stream";
import { ZipFile } from "yazl";

/** A member of an archive; its bytes are made when their turn comes. */
export interface ArchiveMember {
  name: string;
  bytes(): Iterable<Uint8Array>;
}

/**
 * A ZIP of the members, in order and in bounded memory. The same members give the same bytes: the time is fixed, and
 * written in the old form only, whose local clock is set to the same reading everywhere.
 */
export function createArchive(members: readonly ArchiveMember[]): AsyncIterable<Uint8Array> {
  const archive = new ZipFile();
  const mtime = new Date(2025, 11, 1, 12, 0, 0);
  for (const member of members) {
    archive.addReadStreamLazy(
      member.name,
      { mtime, mode: 0o100644, compress: true, forceDosTimestamp: true },
      (take) => take(undefined, Readable.from(member.bytes())),
    );
  }
  archive.end();
  return archive.outputStream as unknown as AsyncIterable<Uint8Array>;
}

/** A JSON array whose elements are made one by one. */
export function* jsonArray(elements: Iterable<object>): Generator<Uint8Array> {
  let isFirst = true;
  for (const element of elements) {
    yield Buffer.from(`${isFirst ? "[" : ",\n"}${JSON.stringify(element)}`, "utf8");
    isFirst = false;
  }
  yield Buffer.from(isFirst ? "[]" : "]", "utf8");
}

export function jsonMember(name: string, value: object): ArchiveMember {
  return { name, bytes: () => [Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`, "utf8")] };
}
