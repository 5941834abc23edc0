import { setImmediate as nextTurn } from "node:timers/promises";
import type { SessionId } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { EventStream, UserPlace } from "../files/layout.ts";
import { scanLines } from "../journal/read.ts";
import { knownSessions } from "../repair/known-sessions.ts";
import type { KnownSession } from "../repair/known-sessions.ts";
import { verifyMemory } from "../recall/verify-memory.ts";
import type { VerifyReport } from "../views.ts";
import { listConstructFiles } from "../workspace/construct-parts.ts";
import { listConstructs } from "../workspace/constructs.ts";
import { ChainExaminer, examineChain } from "./examine-journal.ts";
import { fileOnDisk } from "./file-on-disk.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";
import { EventCheck, verifyImportedRows, verifyMirrors } from "./verify-derived.ts";
import { verifyPlaces } from "./verify-places.ts";
import { tellMissing, verifyKeptFile, verifySession } from "./verify-session.ts";
import type { TellProblem } from "./verify-session.ts";

const streams: readonly EventStream[] = ["runtime_selections", "conversations", "messages"];

/** How fast a verification goes. */
export interface VerifyPace {
  /** Called often; gives others their turn, and may reject to end the verification. */
  rest(): Promise<void>;
  /** Called for each problem when it is found. */
  onProblem?(problem: VerifyReport["problems"][number]): void;
  /** True for a journal of so many bytes that reading it in one go would hold up others. */
  isLong?(bytes: number): boolean;
}

/** As fast as it goes, with a turn for others between two sessions. */
const hurried: VerifyPace = { rest: () => nextTurn() };

/** Checks everything that can be checked, changes nothing, and names exact byte ranges. */
export async function verifyVault(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  only?: SessionId,
  pace: VerifyPace = hurried,
): Promise<VerifyReport> {
  const report: VerifyReport = {
    ok: true,
    checked: { sessions: 0, records: 0, archives: 0, references: 0 },
    problems: [],
  };
  const tell: TellProblem = (problem) => {
    report.problems.push(problem);
    pace.onProblem?.(problem);
  };
  const saved = new Set<string>();
  for (const space of spaces) {
    const damage = space.catalog.check();
    if (damage.length > 0) {
      const path = layout.catalog(space.context.user);
      const message = `${damage[0] ?? ""}; \`chatty repair\` makes it again`;
      tell({ code: "CATALOG_DAMAGED", path, message });
      for (const session of knownSessions(storage, space)) {
        await verifyJournal(storage, session, tell, pace);
      }
      continue;
    }
    await space.settle();
    const events = only === undefined ? new EventCheck(storage.log.seq) : undefined;
    for (const session of knownSessions(storage, space)) {
      const { sessionId, path } = session;
      if (only !== undefined && sessionId !== only) continue;
      await pace.rest();
      if (pace.isLong?.(sizeOf(storage, path)) === true) {
        report.checked.sessions += 1;
        report.checked.records += await verifyJournal(storage, session, tell, pace);
        events?.miss();
        continue;
      }
      // Messages may arrive meanwhile: each session is looked at in one go, as it is now.
      storage.appended.flush();
      space.settleSession(sessionId);
      const row = space.sessions.row(sessionId);
      if (row === undefined) {
        // A journal that the catalog does not know is told of below.
        if (sizeOf(storage, path) === 0) tellMissing(path, session.expected, tell);
        continue;
      }
      report.checked.sessions += 1;
      report.checked.records += verifySession(storage, space, row, tell, events, saved);
    }
    if (only === undefined) verifyListed(storage, space, tell);
    if (only !== undefined && space.catalog.session(only)?.imported !== true) continue;
    if (events !== undefined) verifyUser(storage, space, tell, events);
    await pace.rest();
    const imports = await space.imports.verify(only);
    report.checked.archives += imports.archives;
    report.checked.references += imports.references;
    for (const problem of imports.problems) tell(problem);
    if (only !== undefined) report.checked.sessions += 1;
  }
  if (only === undefined) {
    await pace.rest();
    const edited = verifyPlaces(storage, spaces, tell);
    if (edited.length > 0) report.edited = edited;
    verifyChained(storage, layout.audit, true, tell);
    for (const message of storage.configuration.checkIntegrity()) {
      tell({ code: "CONFIGURATION_CORRUPT", path: layout.configuration, message });
    }
    for (const { code, path, from, to } of storage.notes) {
      if (code !== "LOG_TAIL_LOST") continue;
      tell({
        code,
        path,
        message: `the disk lost the changes ${from} to ${to} after it had said that they were synced`,
      });
    }
    for (const note of storage.notes) {
      // Derived event files are made again at the start.
      if (note.code !== "FILE_TRUNCATED" || /\/events\/(?:conversations|messages)\.jsonl$/.test(note.path))
        continue;
      // What is gone from a journal that a repair saved is said in the journal itself.
      if (saved.has(note.path)) continue;
      const { code, path, from, to } = note;
      tell({ code, path, from, to, message: "bytes that were acknowledged are gone" });
    }
  }
  report.ok = report.problems.length === 0;
  return report;
}

/** Checks the lines of a file that the log feeds. @param isTruth it cannot be made again, and must not be shorter than it was. */
function verifyChained(storage: VaultStorage, path: string, isTruth: boolean, tell: TellProblem): void {
  const file = fileOnDisk(storage, path);
  const marked = storage.configuration.mark(path)?.length ?? 0;
  const length = file?.length ?? 0;
  if (isTruth && length < marked) {
    const message = `${marked - length} acknowledged bytes are gone`;
    tell({ code: "FILE_TRUNCATED", path, from: length, to: marked, message });
  }
  if (file === undefined) return;
  try {
    for (const { code, from, to, message } of examineChain(file, { header: false }).faults) {
      tell({ code, path, from, to, message });
    }
  } finally {
    file.close();
  }
}

function verifyUser(storage: VaultStorage, space: UserSpace, tell: TellProblem, events: EventCheck): void {
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
    verifyChained(storage, path, stream === "runtime_selections", tell);
  }
  for (const construct of listConstructs(storage.configuration, userId)) {
    for (const { content } of listConstructFiles(storage.configuration, userId, construct.gptId)) {
      verifyKeptFile(storage, `${layout.instance(user, construct.constructId)}/files`, content, tell);
    }
  }
  verifyFolders(storage, space, user, tell);
  verifyMemory(storage, space, tell);
}

/** Rows of sessions that there are not. */
function verifyListed(storage: VaultStorage, space: UserSpace, tell: TellProblem): void {
  const known = new Set<string>(knownSessions(storage, space).map(({ sessionId }) => sessionId));
  for (const { sessionId } of space.catalog.natives()) {
    if (known.has(sessionId)) continue;
    const path = layout.catalog(space.context.user);
    tell({
      code: "CATALOG_STALE",
      path,
      message: `the catalog lists the session ${sessionId}, which there is not`,
    });
  }
}

/** Folders that the catalog does not know hold sessions that nobody sees. */
function verifyFolders(storage: VaultStorage, space: UserSpace, user: UserPlace, tell: TellProblem): void {
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

/** Checks the lines of a journal and nothing else, in slices: of a long one, or when the catalog cannot help. @returns lines read. */
async function verifyJournal(
  storage: VaultStorage,
  { path, sessionId, expected }: KnownSession,
  tell: TellProblem,
  pace: VerifyPace,
): Promise<number> {
  const file = fileOnDisk(storage, path);
  if (file === undefined || file.length === 0) {
    file?.close();
    tellMissing(path, expected, tell);
    return 0;
  }
  try {
    const examiner = new ChainExaminer({ header: true, sessionId, expected });
    // Up to the length that it has now: what is appended meanwhile has its turn the next time.
    for (const line of scanLines(file)) {
      examiner.take(line);
      await pace.rest();
    }
    const { faults, lines } = examiner.finish(file.length);
    for (const { code, from, to, message } of faults) tell({ code, path, from, to, message });
    return lines;
  } finally {
    file.close();
  }
}

function sizeOf(storage: VaultStorage, path: string): number {
  return storage.files.status(absolutePath(storage.root, path))?.size ?? 0;
}
