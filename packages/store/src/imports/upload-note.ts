import type { ImportId, JsonObject, RuntimeId, Sha256, SourceName } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { readWholeFile, writeAll } from "../files/write-all.ts";
import type { UploadView } from "../uploads.ts";

/** What is kept beside the bytes of an upload, so that another process can go on with it. Times are integer milliseconds UTC. */
export interface UploadNote {
  name: string;
  size: number | undefined;
  into: RuntimeId | "new" | undefined;
  replace: boolean | undefined;
  source: SourceName | undefined;
  startedAt: number;
  updatedAt: number;
  /** Bytes that were synced. What the file has beyond them counts for nothing. */
  offset: number;
  failed: UploadView["failed"];
  /** The import that is putting the bytes in their place, under their hash; the row of that import tells whether it happened. */
  placing: { importId: ImportId; sha256: Sha256 } | undefined;
}

const uploadIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const notePattern = /^([0-9a-f-]{36})\.upload\.json$/;

/** Names in the staging folder, made from checked ids only. */
export const uploadNames = {
  bytes: (uploadId: string) => `${uploadId}.upload`,
  note: (uploadId: string) => `${uploadId}.upload.json`,
} as const;

export function isUploadId(text: string): boolean {
  return uploadIdPattern.test(text);
}

/** The upload that a file of the staging folder is the note of. */
export function uploadOfNote(name: string): string | undefined {
  const uploadId = notePattern.exec(name)?.[1];
  return uploadId !== undefined && isUploadId(uploadId) ? uploadId : undefined;
}

/** Reads a note; undefined when there is none that can be read. */
export function readNote(files: FilePort, directory: string, uploadId: string): UploadNote | undefined {
  const bytes = readWholeFile(files, join(directory, uploadNames.note(uploadId)));
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isJsonObject(value) ? noteFrom(value) : undefined;
  } catch {
    // Chatty writes notes whole: this one is none of its own, and is treated as if it were not there.
    return undefined;
  }
}

/**
 * Replaces a note. The former one stands until the new one is whole and synced; which of the two a power cut leaves does not
 * matter, because each says only what was true. The event loop is not held up by the disk.
 * @throws {ChattyError} DISK_FULL and its kind
 */
export async function writeNote(
  files: FilePort,
  directory: string,
  uploadId: string,
  note: UploadNote,
): Promise<void> {
  const path = join(directory, uploadNames.note(uploadId));
  const temporary = join(directory, `.${uploadNames.note(uploadId)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    const file = files.open(temporary, "create");
    try {
      writeAll(file, Buffer.from(`${JSON.stringify(note)}\n`, "utf8"), 0);
      await file.sync();
    } finally {
      file.close();
    }
    files.rename(temporary, path);
  } catch (error) {
    try {
      files.remove(temporary);
    } catch {
      // The first error is the one to tell; what is left over is removed at the next start.
    }
    throw storageError(error, "write", path);
  }
}

/** Removes the bytes first: without its note, nothing would tell whose they are. */
export function removeUpload(files: FilePort, directory: string, uploadId: string): void {
  files.remove(join(directory, uploadNames.bytes(uploadId)));
  files.remove(join(directory, uploadNames.note(uploadId)));
}

function noteFrom(value: JsonObject): UploadNote | undefined {
  const { name, offset, startedAt, updatedAt, size, placing, failed } = value;
  if (typeof name !== "string" || !isCount(offset) || !isCount(startedAt) || !isCount(updatedAt))
    return undefined;
  if (size !== undefined && !isCount(size)) return undefined;
  return {
    name,
    size,
    into: typeof value["into"] === "string" ? (value["into"] as RuntimeId | "new") : undefined,
    replace: typeof value["replace"] === "boolean" ? value["replace"] : undefined,
    source: typeof value["source"] === "string" ? (value["source"] as SourceName) : undefined,
    startedAt,
    updatedAt,
    offset,
    failed: isJsonObject(failed) ? (failed as unknown as UploadView["failed"]) : undefined,
    placing: isJsonObject(placing) ? (placing as unknown as UploadNote["placing"]) : undefined,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
