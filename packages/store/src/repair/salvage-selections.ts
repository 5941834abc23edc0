import { absolutePath, layout } from "../files/layout.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";
import { sealLine } from "../log/chained-line.ts";
import type { SealedLine } from "../log/chained-line.ts";
import { examineChain } from "../vault/examine-journal.ts";
import { eventBody } from "../vault/event-files.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { RepairReport } from "../views.ts";
import type { JournalEnd } from "./assemble-journals.ts";
import { mergeRanges } from "./byte-range.ts";
import type { ByteRange } from "./byte-range.ts";
import { findSealedLines } from "./find-sealed-lines.ts";
import type { FoundLine } from "./find-sealed-lines.ts";
import { keepOriginal, quarantinePlace } from "./keep-original.ts";

/** A line that stands where selections could not be read. */
interface LostEvents {
  timestamp: string;
  eventType: "events_lost";
  /** Where the damaged file is kept; empty when it was gone. */
  quarantined: string;
  /** Bytes of the damaged file. */
  from: number;
  to: number;
  commit: number;
}

interface SavedSelections {
  bytes: Buffer;
  end: JournalEnd;
  recovered: number;
  lost: ByteRange[];
}

/** Saves what can be read of a damaged file of selections, the only event file that nothing else knows. @returns its path when it was damaged */
export async function salvageSelections(
  storage: VaultStorage,
  space: UserSpace,
  dryRun: boolean,
  report: RepairReport,
): Promise<string | undefined> {
  const { files, root } = storage;
  const path = layout.events(space.context.user, "runtime_selections");
  const expected = storage.configuration.mark(path);
  const bytes = readWholeFile(files, absolutePath(root, path)) ?? Buffer.alloc(0);
  if (!isDamaged(path, bytes, expected)) return undefined;
  const quarantined = bytes.length === 0 ? "" : quarantinePlace(path, bytes);
  const saved = savedSelections(bytes, expected, { quarantined, at: Date.now(), commit: storage.log.seq });
  report.recovered += saved.recovered;
  for (const range of saved.lost) report.lost.push({ path, ...range });
  if (dryRun) return path;
  await storage.replaceAppended(path, () => {
    const there = readWholeFile(files, absolutePath(root, path)) ?? Buffer.alloc(0);
    // Somebody appended to it meanwhile: the next repair sees all of it.
    if (!there.equals(bytes)) return undefined;
    if (bytes.length > 0) {
      report.quarantined.push(keepOriginal(files, root, { path, bytes }, "damaged events", Date.now()));
    }
    replaceFile(files, absolutePath(root, path), saved.bytes);
    return { path, ...saved.end };
  });
  return path;
}

function isDamaged(path: string, bytes: Buffer, expected: JournalEnd | undefined): boolean {
  if (bytes.length === 0) return expected !== undefined && expected.length > 0;
  const read = (at: number, length: number): Buffer => bytes.subarray(at, at + length);
  const { faults } = examineChain({ path, length: bytes.length, read }, { header: false, expected });
  // A torn tail that nothing acknowledged is in is cut, not saved.
  return faults.some(
    (fault) => fault.followed || fault.from < (expected?.length ?? 0) || fault.code !== "LINE_DAMAGED",
  );
}

function savedSelections(
  bytes: Buffer,
  expected: JournalEnd | undefined,
  mark: { quarantined: string; at: number; commit: number },
): SavedSelections {
  const found = findSealedLines(bytes);
  const bySeq = new Map<number, FoundLine>();
  for (const line of found.lines) {
    const seq = line.body["seq"];
    const isEvent = typeof line.body["eventType"] === "string" && line.body["sessionId"] === undefined;
    if (isEvent && typeof seq === "number" && !bySeq.has(seq)) bySeq.set(seq, line);
  }
  const pieces: Buffer[] = [];
  const lost: ByteRange[] = [];
  let end: JournalEnd = { length: 0, seq: -1, hash: "" };
  let before: { end: number; seq: number; hash: string } = { end: 0, seq: -1, hash: "" };
  const push = (line: SealedLine): void => {
    pieces.push(line.bytes);
    end = { length: end.length + line.bytes.length, seq: end.seq + 1, hash: line.hash };
  };
  const pushGap = (from: number, to: number): void => {
    const range = { from: Math.min(from, to), to: Math.max(from, to) };
    lost.push(range);
    const timestamp = new Date(mark.at).toISOString();
    const gap: LostEvents = {
      timestamp,
      eventType: "events_lost",
      quarantined: mark.quarantined,
      ...range,
      commit: mark.commit,
    };
    push(sealLine({ seq: end.seq + 1, ...gap }, end.hash));
  };
  const events = [...bySeq].sort(([left], [right]) => left - right);
  for (const [seq, line] of events) {
    if (seq !== before.seq + 1 || line.body.prev !== before.hash) pushGap(before.end, line.start);
    const isNext = seq === end.seq + 1 && line.body.prev === end.hash;
    push(
      isNext
        ? { bytes: Buffer.concat([line.text, Buffer.from("\n")]), hash: line.body.hash }
        : sealLine({ seq: end.seq + 1, ...eventBody(line.body) }, end.hash),
    );
    before = { end: line.end, seq, hash: line.body.hash };
  }
  if (expected !== undefined && before.seq < expected.seq) {
    pushGap(before.end, Math.max(bytes.length, expected.length));
  } else if (expected === undefined && found.unreadable.at(-1)?.to === bytes.length && bytes.length > 0) {
    pushGap(found.unreadable.at(-1)?.from ?? 0, bytes.length);
  }
  return { bytes: Buffer.concat(pieces), end, recovered: events.length, lost: mergeRanges(lost) };
}
