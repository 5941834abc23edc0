import { createHash } from "node:crypto";
import type { Part, SessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { EventStream, UserPlace } from "../files/layout.ts";
import { readUpTo } from "../files/write-all.ts";
import type { PublishedBytes, ReadRecord } from "../journal/read.ts";
import { readHeader } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";
import { renderPieces } from "../sessions/flatfile/transcript-writer.ts";
import type { VerifyReport } from "../views.ts";
import { listConstructFiles } from "../workspace/construct-parts.ts";
import { listConstructs } from "../workspace/constructs.ts";
import { getTranscript } from "../workspace/transcripts.ts";
import { examineChain } from "./examine-journal.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";
import { EventCheck, verifyCatalogRow, verifyImportedRows, verifyMirrors } from "./verify-derived.ts";

type VerifyProblem = VerifyReport["problems"][number];

const streams: readonly EventStream[] = ["runtime_selections", "conversations", "messages"];
const chunkBytes = 1024 * 1024;

/** Checks everything that can be checked, changes nothing, and names exact byte ranges. */
export async function verifyVault(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  only?: SessionId,
): Promise<VerifyReport> {
  const report: VerifyReport = {
    ok: true,
    checked: { sessions: 0, records: 0, archives: 0, references: 0 },
    problems: [],
  };
  const tell = (problem: VerifyProblem): void => {
    report.problems.push(problem);
  };
  for (const space of spaces) {
    const damage = space.catalog.check();
    if (damage.length > 0) {
      const path = layout.catalog(space.context.user);
      const message = `${damage[0] ?? ""}; \`chatty repair\` makes it again`;
      tell({ code: "CATALOG_DAMAGED", path, message });
      continue;
    }
    await space.settle();
    const events = only === undefined ? new EventCheck(storage.log.seq) : undefined;
    for (const { sessionId } of [...space.catalog.natives()]) {
      if (only !== undefined && sessionId !== only) continue;
      // Messages may arrive meanwhile: each session is looked at in one go, as it is now.
      storage.appended.flush();
      space.settleSession(sessionId);
      const row = space.sessions.row(sessionId);
      if (row === undefined) continue;
      report.checked.sessions += 1;
      report.checked.records += verifySession(storage, space, row, tell, events);
      await yieldToOthers();
    }
    if (only !== undefined && space.catalog.session(only)?.imported !== true) continue;
    if (events !== undefined) verifyUser(storage, space, tell, events);
    const imports = await space.imports.verify(only);
    report.checked.archives += imports.archives;
    report.checked.references += imports.references;
    report.problems.push(...imports.problems);
    if (only !== undefined) report.checked.sessions += 1;
  }
  if (only === undefined) {
    for (const message of storage.configuration.checkIntegrity()) {
      tell({ code: "CONFIGURATION_CORRUPT", path: layout.configuration, message });
    }
    for (const note of storage.notes) {
      // Derived event files are made again at the start.
      if (note.code !== "FILE_TRUNCATED" || /\/events\/(?:conversations|messages)\.jsonl$/.test(note.path))
        continue;
      const { code, path, from, to } = note;
      tell({ code, path, from, to, message: "bytes that were acknowledged are gone" });
    }
  }
  report.ok = report.problems.length === 0;
  return report;
}

/** @returns lines read. */
function verifySession(
  storage: VaultStorage,
  space: UserSpace,
  row: CatalogSession,
  tell: (problem: VerifyProblem) => void,
  events: EventCheck | undefined,
): number {
  const path = layout.journal(space.context.user, row.constructId, row.sessionId);
  const journal = fileOnDisk(storage, path);
  if (journal === undefined) {
    tell({ code: "FILE_MISSING", path, message: "the journal is missing" });
    events?.miss();
    return 0;
  }
  try {
    const records: ReadRecord[] = [];
    const known = new Set<string>();
    const examined = examineChain(journal, {
      header: true,
      onRecord: (record, start, length) => {
        records.push({ record, start, length });
        verifyReferences(storage, space, row, record, known, { path, start, tell });
      },
    });
    for (const { code, from, to, message } of examined.faults) tell({ code, path, from, to, message });
    const mark = storage.configuration.mark(path);
    if (mark !== undefined && journal.length < mark.length) {
      const message = `${mark.length - journal.length} acknowledged bytes are gone`;
      tell({ code: "FILE_TRUNCATED", path, from: journal.length, to: mark.length, message });
    }
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
  place: { path: string; start: number; tell: (problem: VerifyProblem) => void },
): void {
  if (record.kind !== "message" && record.kind !== "checkpoint") return;
  const { path, start, tell } = place;
  if (record.parentId !== null && !known.has(record.parentId) && record.parentId !== forkPoint(space, row)) {
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
  place: { path: string; start: number; tell: (problem: VerifyProblem) => void },
): void {
  if (!("fileId" in part) || part.fileId === undefined) return;
  const folder = `${layout.session(space.context.user, row.constructId, row.sessionId)}/files`;
  verifyKeptFile(storage, folder, part.fileId, place.tell);
}

/** Checks a file that was copied into the vault under its hash. */
function verifyKeptFile(
  storage: VaultStorage,
  folder: string,
  fileId: string,
  tell: (problem: VerifyProblem) => void,
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
  tell: (problem: VerifyProblem) => void,
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

function verifyUser(
  storage: VaultStorage,
  space: UserSpace,
  tell: (problem: VerifyProblem) => void,
  events: EventCheck,
): void {
  const { user, userId } = space.context;
  storage.appended.flush();
  space.settleMirrors();
  verifyMirrors(
    storage,
    [...space.mirrors.userFiles(), space.mirrors.indexFile(space.catalog.natives())],
    tell,
  );
  verifyImportedRows(space, tell);
  const areJudged = events.compare(storage, space, tell);
  for (const stream of areJudged ? (["runtime_selections"] as const) : streams) {
    const path = layout.events(user, stream);
    const file = fileOnDisk(storage, path);
    if (file === undefined) continue;
    try {
      for (const { code, from, to, message } of examineChain(file, { header: false }).faults) {
        tell({ code, path, from, to, message });
      }
    } finally {
      file.close();
    }
  }
  for (const construct of listConstructs(storage.configuration, userId)) {
    for (const { content } of listConstructFiles(storage.configuration, userId, construct.gptId)) {
      verifyKeptFile(storage, `${layout.instance(user, construct.constructId)}/files`, content, tell);
    }
  }
  verifyFolders(storage, space, user, tell);
}

/** Folders that the catalog does not know hold sessions that nobody sees. */
function verifyFolders(
  storage: VaultStorage,
  space: UserSpace,
  user: UserPlace,
  tell: (problem: VerifyProblem) => void,
): void {
  for (const { constructId, sessionId } of space.sessionFolders()) {
    if (space.catalog.session(sessionId) !== undefined) continue;
    const path = layout.session(user, constructId, sessionId);
    if (storage.files.list(absolutePath(storage.root, path)).length === 0) continue;
    tell({
      code: "SESSION_ORPHANED",
      path,
      message: "the folder is not in the catalog; `chatty rebuild catalog` finds it",
    });
  }
}

function forkPoint(space: UserSpace, row: CatalogSession): string | undefined {
  return readHeader(space.sessions.journalOf(row)).metadata.forkedFrom?.messageId;
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

/** A file as it lies on disk, not as it is remembered; undefined when it is absent. The caller closes it. */
export function fileOnDisk(
  storage: VaultStorage,
  path: string,
): (PublishedBytes & { close: () => void }) | undefined {
  const absolute = absolutePath(storage.root, path);
  if (storage.files.status(absolute)?.kind !== "file") return undefined;
  const file = storage.files.open(absolute, "read");
  return {
    path,
    length: file.size(),
    read: (position, length) => readUpTo(file, position, length),
    close: () => file.close(),
  };
}

function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
