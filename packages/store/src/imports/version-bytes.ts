import { createHash } from "node:crypto";
import { join } from "node:path";
import type { OpenedExport, Sha256, SourceConversation, SourceName } from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { ImportRow } from "../workspace/imports.ts";
import { getImport } from "../workspace/imports.ts";
import type { ImportReference } from "../workspace/references.ts";
import type { OpenByteSource } from "./archive-bytes.ts";
import { openByteSource } from "./archive-bytes.ts";
import type { ImportContext } from "./import-context.ts";
import { readerMissing } from "./import-errors.ts";
import { readPackFrame } from "./pack.ts";

/** An export that is open together with the bytes behind it. */
export interface OpenArchive {
  bytes: OpenByteSource;
  opened: OpenedExport;
}

/** Absolute path of a pack. */
export function packPathOf(context: ImportContext, pack: string): string {
  return join(absolutePath(context.storage.root, layout.packs(context.user)), pack);
}

/** Opens the archive of a finished import; whoever opened it closes `bytes`. @throws {ChattyError} ARCHIVE_MISSING, READER_MISSING */
export async function openArchive(context: ImportContext, run: ImportRow): Promise<OpenArchive> {
  if (context.reader === undefined) throw readerMissing();
  const path = absolutePath(context.storage.root, layout.archive(context.user, run.archiveSha256));
  const bytes = openByteSource(context.storage.files, path, run.archiveName);
  try {
    const options = run.source === undefined ? {} : { source: run.source };
    return { bytes, opened: await context.reader.open(bytes, options) };
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/**
 * The exact bytes of one version of a conversation, proved against their hash: from the pack, or, where that is missing or
 * damaged, from the archive.
 * @throws {ChattyError} RECORD_DAMAGED when neither gives them
 */
export async function readVersionBytes(context: ImportContext, reference: ImportReference): Promise<Buffer> {
  const { rawSha256, pack, packOffset, packLength } = reference;
  if (rawSha256 === undefined) throw new TypeError("Only records with a hash can be read.");
  if (pack !== undefined && packOffset !== undefined && packLength !== undefined) {
    const path = packPathOf(context, pack);
    try {
      const frame = { offset: packOffset, length: packLength };
      return await readPackFrame(context.storage.files, path, frame, rawSha256);
    } catch (error) {
      // A pack is a copy: what it cannot give, the archive can.
      if (!isChattyError(error)) throw error;
    }
  }
  return readFromArchive(context, reference, rawSha256);
}

/** One version of a conversation, converted again. @throws {ChattyError} RECORD_DAMAGED, RECORD_UNREADABLE, READER_MISSING */
export async function readVersion(
  context: ImportContext,
  reference: ImportReference,
  source: SourceName,
): Promise<SourceConversation> {
  if (context.reader === undefined) throw readerMissing();
  return context.reader.convert(source, await readVersionBytes(context, reference));
}

async function readFromArchive(
  context: ImportContext,
  reference: ImportReference,
  rawSha256: Sha256,
): Promise<Buffer> {
  const run = getImport(context.storage.configuration, context.user.userId, reference.importId);
  if (run === undefined) throw recordDamaged(reference);
  const { bytes, opened } = await openArchive(context, run);
  try {
    const raw =
      reference.member === ""
        ? Buffer.from(await bytes.read(reference.memberOffset, reference.byteLength))
        : await readMemberRange(opened, reference);
    if (createHash("sha256").update(raw).digest("hex") !== rawSha256) throw recordDamaged(reference);
    return raw;
  } finally {
    bytes.close();
  }
}

async function readMemberRange(opened: OpenedExport, reference: ImportReference): Promise<Buffer> {
  const { member, memberOffset, byteLength } = reference;
  const pieces: Buffer[] = [];
  let at = 0;
  for await (const chunk of opened.readMember(member)) {
    const from = Math.max(memberOffset - at, 0);
    const to = Math.min(memberOffset + byteLength - at, chunk.length);
    if (from < to) pieces.push(Buffer.from(chunk.subarray(from, to)));
    at += chunk.length;
    if (at >= memberOffset + byteLength) break;
  }
  return Buffer.concat(pieces);
}

function recordDamaged(reference: ImportReference): ChattyError {
  return new ChattyError(
    "RECORD_DAMAGED",
    `The bytes of an imported conversation can be read neither from its pack nor from its archive.`,
    {
      hint: "Run `chatty verify`, and restore the archive from a backup.",
      where: {
        import: reference.importId,
        member: reference.member,
        offset: reference.memberOffset,
        ...(reference.sessionId === undefined ? {} : { session: reference.sessionId }),
      },
    },
  );
}
