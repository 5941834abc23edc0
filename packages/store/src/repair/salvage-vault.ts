import { layout } from "../files/layout.ts";
import { replaceFile } from "../files/replace-file.ts";
import { absolutePath } from "../files/layout.ts";
import { readWholeFile } from "../files/write-all.ts";
import { examineChain } from "../vault/examine-journal.ts";
import type { ChainFault } from "../vault/examine-journal.ts";
import { derivedStreams } from "../vault/event-files.ts";
import { fileOnDisk } from "../vault/file-on-disk.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { RepairReport } from "../views.ts";
import type { DamagedJournal } from "./assemble-journals.ts";
import { keepOriginal, quarantinePlace } from "./keep-original.ts";
import { knownSessions, syncedEnd } from "./known-sessions.ts";
import type { KnownSession } from "./known-sessions.ts";
import { lineOwner, readEventIndex } from "./line-owner.ts";
import { rebuildHeader } from "./rebuild-header.ts";
import { salvageSet } from "./salvage-set.ts";
import type { SalvageOutcome } from "./salvage-set.ts";
import { salvageMarkOf } from "../journal/salvage-mark.ts";

/** What recovery writes into the note of such a piece. */
const linesWithoutPlace = "lines without a place";

interface Found {
  space: UserSpace;
  session: KnownSession;
  journal: DamagedJournal;
}

/**
 * Saves every damaged journal of a vault: what can be read goes into a new file in its place, the damaged one is kept in quarantine.
 * The new file replaces the old one in one step, so that a crash leaves one of them whole.
 * @returns paths of the damaged journals: when there are any, everything derived is to be made again.
 */
export async function salvageVault(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  dryRun: boolean,
  report: RepairReport,
): Promise<Set<string>> {
  storage.appended.flush();
  const found = spaces.flatMap((space) => [...damagedJournals(storage, space, dryRun)]);
  if (found.length === 0) return new Set();
  const journals = found.map(({ journal }) => journal);
  const byPath = new Map(found.map((each) => [each.journal.path, each]));
  const events = readEventIndex(storage, spaces);
  const outcomes = salvageSet(journals, {
    ownerOf: lineOwner(storage, spaces, journals, events),
    headerOf(assembled) {
      const { space, session } = required(byPath.get(assembled.journal.path));
      return rebuildHeader(assembled, { space, session, created: events.created.get(session.sessionId) });
    },
    quarantinedAs: ({ path, bytes }) => (bytes.length === 0 ? "" : quarantinePlace(path, bytes)),
    at: Date.now(),
    commit: storage.log.seq,
  });
  // Event files may be all that tells of a lost message: they are kept before they are made again.
  const isAnyLost = outcomes.some(({ lost }) => lost.length > 0);
  if (isAnyLost && !dryRun) keepEvents(storage, spaces, report);
  for (const outcome of outcomes) {
    report.recovered += outcome.salvaged.recovered;
    for (const range of outcome.lost) report.lost.push({ path: outcome.journal.path, ...range });
    if (!dryRun) await replaceJournal(storage, required(byPath.get(outcome.journal.path)), outcome, report);
  }
  return new Set(byPath.keys());
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("A journal that was not asked for came back.");
  return value;
}

function* damagedJournals(storage: VaultStorage, space: UserSpace, dryRun: boolean): Generator<Found> {
  for (const session of knownSessions(storage, space)) {
    const { sessionId, path, expected } = session;
    const file = fileOnDisk(storage, path);
    try {
      const examined =
        file === undefined || file.length === 0
          ? undefined
          : examineChain(file, { header: true, sessionId, expected, synced: syncedEnd(storage, path) });
      if (examined !== undefined && !isDamage(examined.faults, expected?.length ?? 0)) continue;
      const bytes = file === undefined ? Buffer.alloc(0) : file.read(0, file.length);
      if (isSavedAlready(bytes, examined?.faults ?? [], syncedEnd(storage, path) ?? expected)) {
        if (!dryRun) markAsSaved(storage, path, bytes);
        continue;
      }
      const isReplaced = examined?.faults.some(({ code }) => code === "FILE_REPLACED") === true;
      const end = isReplaced ? (syncedEnd(storage, path) ?? expected) : expected;
      const ending = end === undefined ? {} : { expected: end };
      const apart = linesApart(storage, path);
      yield { space, session, journal: { sessionId, path, bytes, apart, ...ending } };
    } finally {
      file?.close();
    }
  }
}

/** Lines of the log that recovery could not put into the journal, because bytes in front of them were gone. */
function linesApart(storage: VaultStorage, path: string): Buffer {
  const { files, root } = storage;
  const folder = absolutePath(root, layout.quarantine);
  const pieces = files.list(folder).flatMap(({ name }) => {
    if (!name.endsWith(".json")) return [];
    const note = noteOf(readWholeFile(files, `${folder}/${name}`));
    if (note["path"] !== path || note["reason"] !== linesWithoutPlace) return [];
    return [readWholeFile(files, `${folder}/${name.slice(0, -".json".length)}`) ?? Buffer.alloc(0)];
  });
  return Buffer.concat(pieces);
}

function noteOf(bytes: Buffer | undefined): Record<string, unknown> {
  try {
    return JSON.parse(bytes?.toString("utf8") ?? "{}") as Record<string, unknown>;
  } catch {
    // A damaged note says nothing of its piece, which stays where it is.
    return {};
  }
}

/** A torn tail that nothing acknowledged is in is none: it is cut. */
function isDamage(faults: readonly ChainFault[], durable: number): boolean {
  return faults.some((fault) => fault.followed || fault.from < durable || fault.code !== "LINE_DAMAGED");
}

/** True when a repair replaced the journal and was cut short before it could write down how the new one ends. */
function isSavedAlready(
  bytes: Buffer,
  faults: readonly ChainFault[],
  expected: DamagedJournal["expected"],
): boolean {
  const isSound = faults.every(({ code }) => code === "FILE_TRUNCATED" || code === "FILE_REPLACED");
  if (!isSound || expected === undefined || bytes.length === 0) return false;
  for (const line of bytes.toString("utf8").split("\n").reverse()) {
    if (!line.includes('"salvage":{')) continue;
    const mark = salvageMarkOf(JSON.parse(line) as { kind?: unknown; metadata?: unknown });
    if (mark !== undefined) return mark.expected?.hash === expected.hash;
  }
  return false;
}

function markAsSaved(storage: VaultStorage, path: string, bytes: Buffer): void {
  const end = endOf(path, bytes);
  storage.configuration.setCheckpoint(storage.configuration.checkpointSeq(), [
    { path, ...end, markedAt: Date.now() },
  ]);
  storage.appended.forget(path);
}

function endOf(path: string, bytes: Buffer): { length: number; seq: number; hash: string } {
  let hash = "";
  const source = {
    path,
    length: bytes.length,
    read: (at: number, length: number) => bytes.subarray(at, at + length),
  };
  const { lastSeq } = examineChain(source, { header: true, onRecord: (record) => (hash = record.hash) });
  return { length: bytes.length, seq: lastSeq, hash };
}

async function replaceJournal(
  storage: VaultStorage,
  { space, session, journal }: Found,
  { salvaged }: SalvageOutcome,
  report: RepairReport,
): Promise<void> {
  const { files, root } = storage;
  const { path, bytes } = journal;
  const absolute = absolutePath(root, path);
  await storage.replaceAppended(path, () => {
    const there = readWholeFile(files, absolute) ?? Buffer.alloc(0);
    // Somebody appended to it meanwhile: the next repair sees all of it.
    if (!there.equals(bytes)) return undefined;
    if (bytes.length > 0) {
      report.quarantined.push(keepOriginal(files, root, { path, bytes }, "damaged journal", Date.now()));
    }
    // A crash in front of this leaves the damaged journal, one behind it the new one, which says whose place it took.
    replaceFile(files, absolute, salvaged.bytes);
    return { path, ...salvaged.end };
  });
  // Its transcript may hold words that are lost: it is set aside and written anew.
  space.transcripts.forget(session.sessionId);
}

function keepEvents(storage: VaultStorage, spaces: readonly UserSpace[], report: RepairReport): void {
  const { files, root } = storage;
  for (const { context } of spaces) {
    for (const stream of derivedStreams) {
      const path = layout.events(context.user, stream);
      const bytes = readWholeFile(files, absolutePath(root, path));
      if (bytes === undefined || bytes.length === 0) continue;
      report.quarantined.push(
        keepOriginal(files, root, { path, bytes }, "events of a journal that lost records", Date.now()),
      );
    }
  }
}
