import type { ByteSource, ExportReader, ImportRecord, OpenedExport, SourceName } from "@chatty/model";
import { judgeVersions } from "./judge-versions.ts";
import { Turn } from "../turn.ts";
import type { Judgement, VersionQuestion } from "./judge-versions.ts";
import { compressHere } from "./record-compressor.ts";
import type { Compressor } from "./record-compressor.ts";
import { digestRecord } from "./record-digest.ts";
import type { RecordDigest } from "./record-digest.ts";

/** What is known of an export once it is open. */
export type ExportHead = Pick<
  OpenedExport,
  "source" | "description" | "identity" | "totalBytes" | "problems"
>;

/** Which conversation a record is, and whose. */
export interface ConversationOwner {
  sourceId: string;
  accountId: string | undefined;
}

/** Some records of an export, in their order. */
export interface DigestBatch {
  digests: RecordDigest[];
  /** Uncompressed bytes gone through so far. */
  bytesDone: number;
}

/**
 * An export that was opened to be imported, wherever the work on it is done. Whoever opened it closes it; iterations that are left
 * early end by themselves.
 */
export interface ExportDigests extends ExportHead {
  /** Every conversation, in the order of the archive, in batches. */
  owners(): AsyncIterable<ConversationOwner[]>;
  /** Every record, once, in the order of the archive. */
  batches(): AsyncIterable<DigestBatch>;
  judge(question: VersionQuestion): Promise<Judgement>;
  /** Ends all work on it and lets go of its bytes. Safe to call twice. */
  close(): Promise<void>;
}

/** How an export is opened. */
export interface OpenDigestsOptions {
  source?: SourceName | undefined;
  signal?: AbortSignal | undefined;
  /** Belongs to the caller; compresses in the thread at hand when absent. */
  compressor?: Compressor;
}

/** Bytes of records in one batch: enough that sending it is cheap beside its work, few enough that memory stays small. */
const batchBytes = 256 * 1024;
const batchRecords = 256;

/** Works in this thread, in slices. @param close lets go of the bytes. */
export async function openDigestsHere(
  reader: ExportReader,
  bytes: ByteSource,
  options: OpenDigestsOptions,
  close: () => void,
): Promise<ExportDigests> {
  const opened = await reader.open(bytes, options.source === undefined ? {} : { source: options.source });
  const { source, description, identity, totalBytes, problems } = opened;
  return {
    source,
    description,
    identity,
    totalBytes,
    problems,
    owners: () => ownersOf(opened),
    batches: () => batchesOf(opened, options.compressor ?? compressHere),
    judge: (question) => Promise.resolve(judgeVersions(reader, question)),
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}

async function* ownersOf(opened: OpenedExport): AsyncGenerator<ConversationOwner[], void, undefined> {
  let owners: ConversationOwner[] = [];
  const turn = new Turn();
  for await (const record of opened.records()) {
    if (record.kind === "conversation") {
      const { sourceId, accountId } = record.conversation;
      owners.push({ sourceId, accountId });
    }
    if (!turn.isOver()) continue;
    yield owners;
    owners = [];
    await turn.next();
  }
  yield owners;
}

/** The records before the ones at hand are compressed meanwhile. */
async function* batchesOf(
  opened: OpenedExport,
  compressor: Compressor,
): AsyncGenerator<DigestBatch, void, undefined> {
  let bytesDone = 0;
  let digests: Promise<RecordDigest>[] = [];
  let length = 0;
  let former: Promise<DigestBatch> | undefined;
  const turn = new Turn();
  for await (const record of opened.records((bytes) => (bytesDone = bytes))) {
    digests.push(digestRecord(record, compressor));
    length += lengthOf(record);
    if (turn.isOver()) await turn.next();
    if (length < batchBytes && digests.length < batchRecords) continue;
    compressor.flush();
    const batch = settled(digests, bytesDone);
    if (former !== undefined) yield await former;
    former = batch;
    digests = [];
    length = 0;
  }
  compressor.flush();
  if (former !== undefined) yield await former;
  yield await settled(digests, bytesDone);
}

async function settled(digests: readonly Promise<RecordDigest>[], bytesDone: number): Promise<DigestBatch> {
  return { digests: await Promise.all(digests), bytesDone };
}

function lengthOf(record: ImportRecord): number {
  return record.kind === "conversation" || record.kind === "broken" ? record.raw.length : 0;
}
