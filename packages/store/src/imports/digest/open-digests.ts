import type { ImportContext } from "../import-context.ts";
import { openByteSource } from "../archive-bytes.ts";
import { readerMissing } from "../import-errors.ts";
import type { ExportDigests, OpenDigestsOptions } from "./export-digests.ts";
import { openDigestsHere } from "./export-digests.ts";
import { ImportWorker, openDigestsInWorker } from "./import-worker.ts";

/** Bytes of an archive from which on a thread is worth its start; a smaller one is read in slices. */
const threadedBytes = 128 * 1024;

/** A thread for the export at a path, where the reader offers one and the export is worth it. Whoever asks closes it. */
export function workerFor({ reader, storage }: ImportContext, path: string): ImportWorker | undefined {
  const isBig = (storage.files.status(path)?.size ?? 0) >= threadedBytes;
  return reader?.thread === undefined || !isBig ? undefined : new ImportWorker(reader.thread);
}

/**
 * Opens a staged export to be imported: in a thread of its own where there is one, else here. Whoever opened it closes it.
 * @param path absolute.
 * @param name for messages.
 * @param worker closed with the export, and when it cannot be opened.
 * @throws {ChattyError} READER_MISSING, ARCHIVE_MISSING, IMPORT_ABORTED and what the reader throws
 */
export async function openDigests(
  context: ImportContext,
  path: string,
  name: string,
  options: OpenDigestsOptions,
  worker: ImportWorker | undefined = workerFor(context, path),
): Promise<ExportDigests> {
  const { reader, storage } = context;
  if (reader === undefined) throw readerMissing();
  if (worker === undefined) {
    const bytes = openByteSource(storage.files, path, name);
    try {
      return await openDigestsHere(reader, bytes, options, () => bytes.close());
    } catch (error) {
      bytes.close();
      throw error;
    }
  }
  try {
    return await openDigestsInWorker(worker, path, name, options);
  } catch (error) {
    await worker.close();
    throw error;
  }
}
