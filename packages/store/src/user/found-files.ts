// Files by their hash, wherever a user has them: staged, in a native session, as a knowledge file, or in an import.
import type { FilePart, JsonValue } from "@chatty/model";
import { ChattyError, isJsonObject } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";
import type { AttachmentDraft } from "../user-vault.ts";
import type { FoundFile, StagedFile } from "../views.ts";
import { attachmentsByFile } from "../workspace/attachments.ts";
import { constructFilesByContent } from "../workspace/construct-parts.ts";
import { getConstructByGptId } from "../workspace/constructs.ts";
import { keepFile } from "./keep-file.ts";
import type { KeptFile } from "./keep-file.ts";
import { fileBytes, keptFilePath, sessionFilesFolder, sha256Of } from "./session-files.ts";
import type { UserContext } from "./user-context.ts";

/** Ending of the note beside a staged file that says how it is called. */
const noteEnding = ".staged.json";
/** How long a staged file that nobody carries away is kept. */
const stagedMs = 30 * 24 * 60 * 60 * 1000;

/** Keeps a file until a message carries it. The same content again is the same file, under its newest name. */
export async function stageFile(context: UserContext, draft: AttachmentDraft): Promise<StagedFile> {
  const { storage, user, now } = context;
  const folder = layout.staged(user);
  forgetOldStaged(context);
  const { fileId, name, mime, size } = await keepFile(storage, folder, draft);
  const note = `${JSON.stringify({ name, mime, size, stagedAt: now() })}\n`;
  const path = absolutePath(storage.root, `${folder}/${fileId.slice("sha256:".length)}${noteEnding}`);
  replaceFile(storage.files, path, Buffer.from(note), { temporaryIn: storage.root });
  return { fileId, name, mime, size };
}

/** Removes a staged file, if it is one: a message carries it now. */
export function releaseStaged(context: UserContext, fileId: string): void {
  const { storage, user } = context;
  const sha256 = sha256Of(fileId);
  const folder = absolutePath(storage.root, layout.staged(user));
  if (sha256 === undefined) return;
  for (const { name } of storage.files.list(folder)) {
    if (name.startsWith(sha256)) storage.files.remove(`${folder}/${name}`);
  }
}

/**
 * Copies a file that a part names into a folder, from wherever the user has it, unless it is there.
 * @throws {ChattyError} FILE_NOT_FOUND
 */
export async function bringFile(context: UserContext, folder: string, part: FilePart): Promise<KeptFile> {
  const fileId = part.fileId ?? "";
  const found = findFile(context, fileId);
  const name = part.name ?? found.name;
  const mime = part.mime ?? found.mime;
  if (keptFilePath(context, folder, fileId) !== undefined) {
    return { kind: part.kind, fileId, name, mime: mime ?? "application/octet-stream", size: found.size };
  }
  const draft = { name, ...(mime === undefined ? {} : { mime }), bytes: found.bytes };
  return await keepFile(context.storage, folder, draft);
}

/** @throws {ChattyError} FILE_NOT_FOUND */
export function findFile(context: UserContext, fileId: string): FoundFile {
  const found =
    findStaged(context, fileId) ??
    findInSessions(context, fileId) ??
    findInConstructs(context, fileId) ??
    findInImports(context, fileId);
  if (found !== undefined) return found;
  throw new ChattyError("FILE_NOT_FOUND", `There is no file ${JSON.stringify(fileId.slice(0, 80))}.`, {
    hint: "Upload it again; a file that no message carries is only kept for a while.",
  });
}

function findStaged(context: UserContext, fileId: string): FoundFile | undefined {
  const folder = layout.staged(context.user);
  const note = noteOf(context, fileId);
  return foundAt(context, keptFilePath(context, folder, fileId), {
    name: textAt(note, "name") ?? fileId,
    mime: textAt(note, "mime"),
  });
}

function findInSessions(context: UserContext, fileId: string): FoundFile | undefined {
  for (const { sessionId, name, mime } of context.catalog.filesById(fileId)) {
    const row = context.sessions.row(sessionId);
    if (row === undefined) continue;
    const path = keptFilePath(context, sessionFilesFolder(context, row), fileId);
    const found = foundAt(context, path, { name: name ?? fileId, mime });
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInConstructs(context: UserContext, fileId: string): FoundFile | undefined {
  const { storage, user, userId } = context;
  if (sha256Of(fileId) === undefined) return undefined;
  for (const file of constructFilesByContent(storage.configuration, userId, fileId)) {
    const construct = getConstructByGptId(storage.configuration, userId, file.gptId);
    if (construct === undefined) continue;
    const path = keptFilePath(context, `${layout.instance(user, construct.constructId)}/files`, fileId);
    const found = foundAt(context, path, { name: file.originalName, mime: file.mimeType });
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInImports(context: UserContext, fileId: string): FoundFile | undefined {
  const { storage, userId, imports } = context;
  const [attachment] = attachmentsByFile(storage.configuration, userId, fileId.toWellFormed());
  if (attachment === undefined) return undefined;
  const { sessionId, name, mime, size } = attachment;
  return {
    name: name ?? fileId,
    ...(mime === undefined ? {} : { mime }),
    size: size ?? 0,
    bytes: imports.readFile(sessionId, fileId),
  };
}

function foundAt(
  context: UserContext,
  path: string | undefined,
  named: { name: string; mime: string | undefined },
): FoundFile | undefined {
  const { files } = context.storage;
  const status = path === undefined ? undefined : files.status(path);
  if (path === undefined || status === undefined) return undefined;
  const { name, mime } = named;
  return { name, ...(mime === undefined ? {} : { mime }), size: status.size, bytes: fileBytes(files, path) };
}

function noteOf(context: UserContext, fileId: string): JsonValue | undefined {
  const { storage, user } = context;
  const sha256 = sha256Of(fileId);
  if (sha256 === undefined) return undefined;
  const path = absolutePath(storage.root, `${layout.staged(user)}/${sha256}${noteEnding}`);
  const bytes = readWholeFile(storage.files, path);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    // The file is there without its name.
    return undefined;
  }
}

function textAt(value: JsonValue | undefined, key: string): string | undefined {
  const text = isJsonObject(value) ? value[key] : undefined;
  return typeof text === "string" ? text : undefined;
}

function forgetOldStaged(context: UserContext): void {
  const { storage, user, now } = context;
  const folder = absolutePath(storage.root, layout.staged(user));
  const oldestNs = BigInt(now() - stagedMs) * 1_000_000n;
  for (const { name, kind } of storage.files.list(folder)) {
    const status = kind === "file" ? storage.files.status(`${folder}/${name}`) : undefined;
    if (status !== undefined && status.modifiedNs < oldestNs) storage.files.remove(`${folder}/${name}`);
  }
}
