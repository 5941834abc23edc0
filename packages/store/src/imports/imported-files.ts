import type { SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { findAttachment } from "../workspace/attachments.ts";
import { getImport } from "../workspace/imports.ts";
import { chunkBytes } from "./archive-bytes.ts";
import type { ImportContext } from "./import-context.ts";
import { requireNewest } from "./imported-conversation.ts";
import { openArchive, readVersionBytes } from "./version-bytes.ts";

/**
 * The exact bytes of the newest version of a conversation.
 * @param at integer milliseconds UTC: of the version that was the newest then.
 * @throws {ChattyError} SESSION_NOT_FOUND, RECORD_DAMAGED
 */
export async function* readRaw(
  context: ImportContext,
  sessionId: SessionId,
  at?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await readVersionBytes(context, requireNewest(context, sessionId, at));
  for (let from = 0; from < bytes.length; from += chunkBytes) yield bytes.subarray(from, from + chunkBytes);
}

/**
 * The bytes of a file that a conversation points at, from the newest archive that has them.
 * @throws {ChattyError} SESSION_NOT_FOUND, FILE_NOT_FOUND, FILE_MISSING when no export holds the bytes, ARCHIVE_MISSING
 */
export async function* readAttachment(
  context: ImportContext,
  sessionId: SessionId,
  fileId: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { configuration } = context.storage;
  const { userId } = context.user;
  requireNewest(context, sessionId);
  const attachment = findAttachment(configuration, userId, sessionId, fileId.toWellFormed());
  if (attachment === undefined) throw fileNotFound(sessionId, fileId);
  const run = getImport(configuration, userId, attachment.importId);
  if (attachment.member === undefined || run === undefined) throw fileMissing(sessionId, fileId);
  const { bytes, opened } = await openArchive(context, run);
  try {
    yield* opened.readMember(attachment.member);
  } finally {
    bytes.close();
  }
}

function fileNotFound(sessionId: SessionId, fileId: string): ChattyError {
  const shown = fileId.slice(0, 120);
  return new ChattyError("FILE_NOT_FOUND", `Session ${sessionId} has no file ${JSON.stringify(shown)}.`, {
    hint: "`chatty show` lists the files of its messages.",
    where: { session: sessionId },
  });
}

function fileMissing(sessionId: SessionId, fileId: string): ChattyError {
  const shown = fileId.slice(0, 120);
  return new ChattyError("FILE_MISSING", `No export holds the bytes of the file ${JSON.stringify(shown)}.`, {
    hint: "Ask the provider for an export with files, and import it: it is merged with what is there.",
    where: { session: sessionId },
  });
}
