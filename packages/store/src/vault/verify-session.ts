import { createHash } from "node:crypto";
import { isChattyError } from "@chatty/model";
import type { Part } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { PublishedBytes, ReadRecord } from "../journal/read.ts";
import { readHeader } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";
import type { JournalEnd } from "../repair/assemble-journals.ts";
import { latestEnd, syncedEnd } from "../repair/known-sessions.ts";
import { salvageMarkOf } from "../journal/salvage-mark.ts";
import { renderPieces } from "../sessions/flatfile/transcript-writer.ts";
import type { VerifyReport } from "../views.ts";
import { getTranscript } from "../workspace/transcripts.ts";
import { examineChain } from "./examine-journal.ts";
import { fileOnDisk } from "./file-on-disk.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";
import type { EventCheck } from "./verify-derived.ts";
import { verifyCatalogRow, verifyMirrors } from "./verify-derived.ts";

/** Takes a problem that was found. */
export type TellProblem = (problem: VerifyReport["problems"][number]) => void;

const chunkBytes = 1024 * 1024;

/**
 * Checks one session as it is now: its journal, what the journal names, and what is derived from it.
 * @param saved gets the paths of journals that a repair saved.
 * @returns lines read.
 */
export function verifySession(
  storage: VaultStorage,
  space: UserSpace,
  row: CatalogSession,
  tell: TellProblem,
  events: EventCheck | undefined,
  saved: Set<string>,
): number {
  const path = layout.journal(space.context.user, row.constructId, row.sessionId);
  const journal = fileOnDisk(storage, path);
  const expected = latestEnd(storage, path, row);
  if (journal === undefined || journal.length === 0) {
    journal?.close();
    tellMissing(path, expected, tell);
    events?.miss();
    return 0;
  }
  try {
    const records: ReadRecord[] = [];
    const origin = forkPoint(journal);
    const known = new Set<string>(origin === undefined ? [] : [origin]);
    const examined = examineChain(journal, {
      header: true,
      sessionId: row.sessionId,
      expected,
      synced: syncedEnd(storage, path),
      onRecord: (record, start, length) => {
        records.push({ record, start, length });
        if (salvageMarkOf(record) !== undefined) saved.add(path);
        verifyReferences(storage, space, row, record, known, { path, start, tell });
      },
    });
    for (const { code, from, to, message } of examined.faults) tell({ code, path, from, to, message });
    if (examined.faults.length > 0 || examined.lines === 0) {
      events?.miss();
      return examined.lines;
    }
    const header = readHeader(journal);
    events?.add(
      header,
      records.map(({ record }) => record),
    );
    verifyCatalogRow(space, row, { path, header, records, length: journal.length }, tell);
    verifyTranscript(storage, space, row, journal, tell);
    verifyMirrors(storage, space.mirrors.sessionFiles(row), tell);
    return examined.lines;
  } finally {
    journal.close();
  }
}

function verifyReferences(
  storage: VaultStorage,
  space: UserSpace,
  row: CatalogSession,
  record: JournalRecord,
  known: Set<string>,
  place: { path: string; start: number; tell: TellProblem },
): void {
  // What a repair could not find is missing for good, and is said to be.
  for (const id of salvageMarkOf(record)?.missingIds ?? []) known.add(id);
  if (record.kind !== "message" && record.kind !== "checkpoint") return;
  const { path, start, tell } = place;
  if (record.parentId !== null && !known.has(record.parentId)) {
    tell({
      code: "PARENT_MISSING",
      path,
      from: start,
      message: `message ${record.id} follows one that is not there`,
    });
  }
  known.add(record.id);
  for (const part of record.parts ?? []) verifyPart(storage, space, row, part, { path, start, tell });
}

function verifyPart(
  storage: VaultStorage,
  space: UserSpace,
  row: CatalogSession,
  part: Part,
  place: { path: string; start: number; tell: TellProblem },
): void {
  if (!("fileId" in part) || part.fileId === undefined) return;
  const folder = `${layout.session(space.context.user, row.constructId, row.sessionId)}/files`;
  verifyKeptFile(storage, folder, part.fileId, place.tell);
}

/** Tells of a journal that is known and not there. */
export function tellMissing(path: string, expected: JournalEnd | undefined, tell: TellProblem): void {
  const range = expected === undefined ? {} : { from: 0, to: expected.length };
  tell({ code: "FILE_MISSING", path, ...range, message: "the journal is missing" });
}

/** Checks a file that was copied into the vault under its hash. */
export function verifyKeptFile(
  storage: VaultStorage,
  folder: string,
  fileId: string,
  tell: TellProblem,
): void {
  if (!fileId.startsWith("sha256:")) return;
  const sha256 = fileId.slice("sha256:".length);
  const entry = storage.files
    .list(absolutePath(storage.root, folder))
    .find((file) => file.name.startsWith(sha256));
  if (entry === undefined) {
    tell({ code: "FILE_MISSING", path: `${folder}/${sha256}`, message: "this file is named and not there" });
  } else if (hashOfFile(storage, `${folder}/${entry.name}`) !== sha256) {
    const path = `${folder}/${entry.name}`;
    tell({ code: "FILE_CHANGED", path, message: "the content does not match the hash" });
  }
}

function verifyTranscript(
  storage: VaultStorage,
  space: UserSpace,
  row: CatalogSession,
  journal: PublishedBytes,
  tell: TellProblem,
): void {
  const path = space.transcripts.pathOf(row);
  const known = getTranscript(storage.configuration, space.context.userId, row.sessionId);
  const file = fileOnDisk(storage, path);
  if (file === undefined) {
    tell({
      code: "TRANSCRIPT_MISSING",
      path,
      message: "the transcript is missing; `chatty repair` makes it again",
    });
    return;
  }
  try {
    let at = 0;
    for (const { bytes } of renderPieces(journal, 0)) {
      if (!file.read(at, bytes.length).equals(bytes)) {
        const message =
          "the transcript is not what the journal gives; `chatty repair` sets it aside and makes it again";
        tell({ code: "TRANSCRIPT_CHANGED", path, from: at, to: at + bytes.length, message });
        return;
      }
      at += bytes.length;
    }
    if (at !== file.length || (known !== undefined && known.length !== at)) {
      const message = "the transcript has more than the journal gives";
      tell({ code: "TRANSCRIPT_CHANGED", path, from: at, to: file.length, message });
    }
  } finally {
    file.close();
  }
}

/** The message of another session that this one goes on from; undefined also when the header cannot be read. */
function forkPoint(journal: PublishedBytes): string | undefined {
  try {
    return readHeader(journal).metadata.forkedFrom?.messageId;
  } catch (error) {
    if (isChattyError(error, "FILE_DAMAGED")) return undefined;
    throw error;
  }
}

/** SHA-256 of a file inside the vault, in hexadecimal. */
export function hashOfFile(storage: VaultStorage, path: string): string | undefined {
  const file = fileOnDisk(storage, path);
  if (file === undefined) return undefined;
  try {
    const hash = createHash("sha256");
    for (let at = 0; at < file.length; at += chunkBytes) hash.update(file.read(at, chunkBytes));
    return hash.digest("hex");
  } finally {
    file.close();
  }
}
