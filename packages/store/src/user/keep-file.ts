import { createHash, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { FilePart, Sha256 } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, safeExtension } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import type { AttachmentDraft } from "../user-vault.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";

/** A file that was copied into the vault, as a part that a message can carry. */
export type KeptFile = FilePart & { fileId: string; name: string; mime: string; size: number };

/**
 * Copies a file into a folder of the vault under its hash and syncs it, so that the record that names it may follow.
 * A file that is there already is left alone.
 * @param folderPath relative path made by the layout.
 */
export async function keepFile(
  storage: VaultStorage,
  folderPath: string,
  draft: AttachmentDraft,
): Promise<KeptFile> {
  const { files, root } = storage;
  const folder = absolutePath(root, folderPath);
  // In the vault's own folder, which every start sweeps.
  const temporary = `${root}/.attachment.${randomBytes(8).toString("hex")}.tmp`;
  const hash = createHash("sha256");
  let size = 0;
  try {
    makeDurableFolder(files, folder);
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
    const target = `${folder}/${sha256}${extension}`;
    if (files.status(target) === undefined) files.rename(temporary, target);
    else files.remove(temporary);
    // The folder of the session may have been made by a journal that is not synced before the next checkpoint: without the names of all
    // folders on the way the file would be gone with them.
    for (let at = folder; ; at = dirname(at)) {
      files.syncDirectory(at);
      if (at === root || dirname(at) === at) break;
    }
    const mime = draft.mime ?? mimeFromExtension(extension);
    return { kind: kindOf(mime), fileId: `sha256:${sha256}`, name: draft.name, mime, size };
  } catch (error) {
    removeQuietly(files, temporary);
    throw storageError(error, "keep a file in", folder);
  }
}

function removeQuietly(files: FilePort, path: string): void {
  try {
    files.remove(path);
  } catch {
    // The first error is the one to tell; the next start removes what is left.
    return;
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
