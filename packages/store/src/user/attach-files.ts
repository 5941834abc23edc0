import { createHash, randomBytes } from "node:crypto";
import type { FilePart, Sha256 } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout, safeExtension } from "../files/layout.ts";
import { writeAll } from "../files/write-all.ts";
import type { AttachmentDraft } from "../user-vault.ts";
import type { UserContext } from "./user-context.ts";

/**
 * Copies a file into a session's folder under its hash and syncs it, so that the record that names it may follow.
 * A file that is there already is left alone.
 */
export async function attachFile(
  context: UserContext,
  row: CatalogSession,
  draft: AttachmentDraft,
): Promise<FilePart> {
  const { files, root } = context.storage;
  const folder = absolutePath(root, `${layout.session(context.user, row.constructId, row.sessionId)}/files`);
  const temporary = `${folder}/.attachment.${randomBytes(8).toString("hex")}.tmp`;
  const hash = createHash("sha256");
  let size = 0;
  try {
    const made = files.makeDirectory(folder);
    const file = files.open(temporary, "create");
    try {
      for await (const bytes of draft.bytes) {
        writeAll(file, bytes, size);
        hash.update(bytes);
        size += bytes.length;
      }
      await file.sync();
    } finally {
      file.close();
    }
    const sha256 = hash.digest("hex") as Sha256;
    const extension = safeExtension(draft.name);
    const path = layout.sessionFile(context.user, row.constructId, row.sessionId, sha256, extension);
    const target = absolutePath(root, path);
    if (files.status(target) === undefined) files.rename(temporary, target);
    else files.remove(temporary);
    files.syncDirectory(folder);
    for (const directory of made) files.syncDirectory(directory.slice(0, directory.lastIndexOf("/")) || "/");
    const mime = draft.mime ?? mimeFromExtension(extension);
    return { kind: kindOf(mime), fileId: `sha256:${sha256}`, name: draft.name, mime, size };
  } catch (error) {
    files.remove(temporary);
    throw storageError(error, "attach a file in", folder);
  }
}

const mimes: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
  ".pdf": "application/pdf",
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".json": "application/json",
  ".html": "text/html",
  ".wav": "audio/wav",
  ".mp3": "audio/mpeg",
  ".m4a": "audio/mp4",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
  ".zip": "application/zip",
};

function mimeFromExtension(extension: string): string {
  return mimes[extension] ?? "application/octet-stream";
}

function kindOf(mime: string): FilePart["kind"] {
  if (mime.startsWith("image/")) return "image";
  if (mime.startsWith("audio/")) return "audio";
  return mime.startsWith("video/") ? "video" : "file";
}
