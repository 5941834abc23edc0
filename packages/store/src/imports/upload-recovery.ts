import { join } from "node:path";
import { absolutePath, layout } from "../files/layout.ts";
import { getImport, importsOfArchive } from "../workspace/imports.ts";
import type { ImportContext } from "./import-context.ts";
import { giveBackUpload } from "./staging.ts";
import { readNote, removeUpload, uploadNames, uploadOfNote } from "./upload-note.ts";
import type { UploadNote } from "./upload-note.ts";

/** What became of the uploads that a former process left. */
export interface RecoveredUploads {
  /** Names in the staging folder that stay. */
  kept: ReadonlySet<string>;
  /** Relative paths. */
  removedFiles: string[];
}

/** How long an upload waits for its sender: seven days, in milliseconds. */
const patienceMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Keeps what somebody may go on with, and removes the rest: uploads whose import has happened, and those that nobody has touched for
 * long. One that is complete and has not failed is only waiting for its import, and is kept however old it is. The bytes of an import
 * that was cut off while it put them in their place are given back to their upload.
 */
export function recoverUploads(context: ImportContext): RecoveredUploads {
  const { storage, user, now } = context;
  const { files, root } = storage;
  const folder = layout.staging(user);
  const directory = absolutePath(root, folder);
  const kept = new Set<string>();
  const removedFiles: string[] = [];
  for (const { name } of files.list(directory)) {
    const uploadId = uploadOfNote(name);
    const note = uploadId === undefined ? undefined : readNote(files, directory, uploadId);
    if (uploadId === undefined || note === undefined) continue;
    const bytes = uploadNames.bytes(uploadId);
    if (isImported(context, note) || isForgotten(note, now())) {
      removeUpload(files, directory, uploadId);
      removedFiles.push(`${folder}/${bytes}`, `${folder}/${name}`);
      continue;
    }
    giveBack(context, note, join(directory, bytes));
    // Bytes that were synced and are gone all the same cannot be gone on with; the note is then swept out with the rest.
    if ((files.status(join(directory, bytes))?.size ?? -1) < note.offset) continue;
    kept.add(name);
    kept.add(bytes);
  }
  return { kept, removedFiles };
}

function isImported({ storage, user }: ImportContext, { placing }: UploadNote): boolean {
  if (placing === undefined) return false;
  return getImport(storage.configuration, user.userId, placing.importId)?.status === "finished";
}

function isForgotten({ offset, size, failed, updatedAt }: UploadNote, nowMs: number): boolean {
  const waitsForImport = offset === size && failed === undefined;
  return !waitsForImport && nowMs - updatedAt > patienceMs;
}

function giveBack({ storage, user }: ImportContext, { placing }: UploadNote, bytes: string): void {
  const { configuration, files, root } = storage;
  if (placing === undefined || files.status(bytes) !== undefined) return;
  // An archive that another import names was there before, and stays.
  if (importsOfArchive(configuration, user.userId, placing.sha256).length > 0) return;
  giveBackUpload(files, absolutePath(root, layout.archive(user, placing.sha256)), bytes);
  files.syncDirectory(absolutePath(root, layout.staging(user)));
}
