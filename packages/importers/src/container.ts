import type { ByteSource, Problem } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { chunkBytes, limits } from "./limits.ts";
import { refusedMember } from "./zip/archive-errors.ts";
import { methodStored, readDirectory } from "./zip/directory.ts";
import { locateEntries } from "./zip/layout.ts";
import type { LocatedEntry } from "./zip/layout.ts";
import { readMemberBytes } from "./zip/member-bytes.ts";

/** Between the name of a nested archive and that of its member. */
const nesting = "!/";

/** One file of an export, wherever it lies. */
export interface Member {
  /** Raw name; empty for a file that is no archive. A member of a nested archive is `outer.zip!/inner`. */
  name: string;
  /** With forward slashes only. */
  lookupName: string;
  /** Bytes, uncompressed. */
  size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** A member that is an archive itself, if it can be read as one. */
export interface NestedArchive {
  member: Member;
  entry: LocatedEntry;
}

/** A file or an archive with its checked members, operating systems' leftovers left out. */
export interface Container {
  isArchive: boolean;
  members: Member[];
  nested: NestedArchive[];
}

/** True when bytes begin like a ZIP archive, an empty or a split one included. */
export function startsLikeArchive(head: Uint8Array): boolean {
  if (head[0] !== 0x50 || head[1] !== 0x4b) return false;
  const kind = `${head[2]},${head[3]}`;
  return kind === "3,4" || kind === "5,6" || kind === "7,8";
}

/** Opens bytes as an archive, or as the one file they are. @throws {ChattyError} ARCHIVE_… */
export async function openContainer(bytes: ByteSource): Promise<Container> {
  const head = await bytes.read(0, Math.min(4, bytes.size));
  if (startsLikeArchive(head)) return openArchive(bytes, undefined);
  const member = { name: "", lookupName: "", size: bytes.size, read: () => readWhole(bytes) };
  return { isArchive: false, members: [member], nested: [] };
}

/**
 * Opens the archives inside an archive, one level deep. One that is damaged is a problem of its own.
 * @throws {ChattyError} ARCHIVE_TOO_LARGE when all together exceed the budget of one archive.
 */
export async function openNested(
  bytes: ByteSource,
  container: Container,
): Promise<{ members: Member[]; problems: Problem[] }> {
  const members: Member[] = [];
  const problems: Problem[] = [];
  let budget = limits.totalBytes - sizeOfAll(container.members);
  for (const { member, entry } of container.nested.slice(0, limits.nestedArchives)) {
    try {
      const inner = await openArchive(await nestedBytes(bytes, entry, member), member);
      budget -= sizeOfAll(inner.members);
      if (budget < 0) {
        throw refusedMember(
          "ARCHIVE_TOO_LARGE",
          bytes.name,
          member.name,
          "unpacks to too much",
          "Give its parts one by one.",
        );
      }
      for (const each of inner.members) members.push(each);
    } catch (error) {
      if (!isChattyError(error) || budget < 0) throw error;
      problems.push({ code: error.code, message: error.message, where: { member: member.name } });
    }
  }
  return { members, problems };
}

async function openArchive(bytes: ByteSource, outer: Member | undefined): Promise<Container> {
  const { entries, directoryOffset } = await readDirectory(bytes);
  const located = await locateEntries(bytes, entries, directoryOffset);
  const container: Container = { isArchive: true, members: [], nested: [] };
  for (const entry of located) {
    if (entry.isDirectory || isLeftover(entry.lookupName)) continue;
    const member: Member = {
      name: outer === undefined ? entry.name : `${outer.name}${nesting}${entry.name}`,
      lookupName: outer === undefined ? entry.lookupName : `${outer.lookupName}${nesting}${entry.lookupName}`,
      size: entry.size,
      read: () => readMemberBytes(bytes, entry),
    };
    container.members.push(member);
    if (/\.(?:zip|dms)$/i.test(entry.lookupName)) container.nested.push({ member, entry });
  }
  return container;
}

/** What macOS and Windows add to archives that people pack themselves. */
function isLeftover(lookupName: string): boolean {
  const segments = lookupName.split("/");
  const base = segments.at(-1) ?? "";
  return (
    segments.includes("__MACOSX") ||
    base.startsWith("._") ||
    /^(?:\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(base)
  );
}

/** Stored archives are read where they lie; compressed ones have to be unpacked, because ZIP begins at its end. */
async function nestedBytes(bytes: ByteSource, entry: LocatedEntry, member: Member): Promise<ByteSource> {
  const name = `${bytes.name}${nesting}${entry.name}`;
  if (entry.method === methodStored) {
    return {
      name,
      size: entry.size,
      read: (offset, length) => {
        return bytes.read(entry.dataOffset + offset, Math.max(0, Math.min(length, entry.size - offset)));
      },
    };
  }
  if (entry.size > limits.nestedArchiveBytes) {
    throw refusedMember(
      "ARCHIVE_TOO_LARGE",
      bytes.name,
      entry.name,
      "is a compressed archive inside the archive and too big to be read there",
      "Unpack the outer archive and give the archives in it.",
    );
  }
  const whole = await readAll(member.read());
  return {
    name,
    size: whole.length,
    read: async (offset, length) => whole.subarray(offset, offset + length),
  };
}

async function* readWhole(bytes: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.size;) {
    const chunk = await bytes.read(at, Math.min(chunkBytes, bytes.size - at));
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

/** Collects a stream that is known to be small. */
export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}

function sizeOfAll(members: readonly Member[]): number {
  return members.reduce((sum, { size }) => sum + size, 0);
}
