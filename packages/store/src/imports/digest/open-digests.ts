import type { ImportContext } from "../import-context.ts";
import { openByteSource } from "../archive-bytes.ts";
import { readerMissing } from "../import-errors.ts";
import type { ExportDigests, OpenDigestsOptions } from "./export-digests.ts";
import { openDigestsHere } from "./export-digests.ts";
import { ImportWorker, openDigestsInWorker } from "./import-worker.ts";

/** Bytes of an archive from which on a thread is worth its start; a smaller one is read in slices. */
const threadedBytes = 128 * 1024;

/**
 * Opens a staged export to be imported: in a thread of its own where the reader offers one, else here. Whoever opened it closes it.
 * @param path absolute. @param name for messages.
 * @throws {ChattyError} READER_MISSING, ARCHIVE_MISSING, IMPORT_ABORTED and what the reader throws
 */
export async function openDigests(
  { reader, storage }: ImportContext,
  path: string,
  name: string,
  options: OpenDigestsOptions,
): Promise<ExportDigests> {
  if (reader === undefined) throw readerMissing();
  const isBig = (storage.files.status(path)?.size ?? 0) >= threadedBytes;
  if (reader.thread === undefined || !isBig) {
    const bytes = openByteSource(storage.files, path, name);
    try {
      return await openDigestsHere(reader, bytes, options, () => bytes.close());
    } catch (error) {
      bytes.close();
      throw error;
    }
  }
  const worker = new ImportWorker(reader.thread);
  try {
    return await openDigestsInWorker(worker, path, name, options);
  } catch (error) {
    await worker.close();
    throw error;
  }
}
