import type { MadeJournal } from "./damage-journals.ts";
import type { PiecedFile } from "./damage-pieces.ts";

/** What a repair of journals made of them. */
export interface RepairedJournals {
  /** Every journal, damaged or not, by path. */
  files: ReadonlyMap<string, Buffer>;
  lost: readonly { path: string; from: number; to: number }[];
}

/** Something that checks and mends journals; what is tested, and what is planted. */
export interface JournalDoctor {
  verify(journals: readonly JournalOnDisk[]): { path: string; code: string }[];
  repair(journals: readonly JournalOnDisk[]): RepairedJournals;
}

export interface JournalOnDisk {
  sessionId: string;
  path: string;
  bytes: Buffer;
  expected?: MadeJournal["end"];
  /** Whose message an id is, where that is known beside the journals. */
  index?: ReadonlyMap<string, string>;
}

/** What was seen in one round. */
export interface Judgement {
  /** Records of which every byte stood somewhere in the damaged files, and how many of them came back. */
  undamaged: number;
  recovered: number;
  violations: string[];
}

const noteMark = '"metadata":{"salvage":{';

/** Holds a repair against what the journals were before the damage. It knows nothing of how the repair works. */
export function judge(
  journals: readonly MadeJournal[],
  damaged: readonly PiecedFile[],
  onDisk: readonly JournalOnDisk[],
  doctor: JournalDoctor,
): Judgement {
  const judged: Judgement = { undamaged: 0, recovered: 0, violations: [] };
  const blame = (what: string): void => {
    judged.violations.push(what);
  };
  const told = new Set(doctor.verify(onDisk).map(({ path }) => path));
  const repaired = doctor.repair(onDisk);
  const all = Buffer.concat(onDisk.map(({ bytes }) => bytes));
  let isAnyLost = false;
  for (const [index, journal] of journals.entries()) {
    const [file, now] = [damaged[index], onDisk[index]];
    const after = repaired.files.get(journal.path);
    if (file === undefined || now === undefined || after === undefined) {
      blame(`${journal.path} is gone`);
      continue;
    }
    const isSame = now.bytes.equals(journal.bytes);
    if (isSame && told.has(journal.path)) blame(`${journal.path}: verify blames a sound journal`);
    if (isSame && !after.equals(journal.bytes)) blame(`${journal.path}: repair changed a sound journal`);
    const isPrefix = now.expected === undefined && isWholePrefix(journal, now.bytes);
    if (!isSame && !told.has(journal.path) && !isPrefix)
      blame(`${journal.path}: verify is silent about a damage`);
    isAnyLost =
      judgeRecords(
        journal,
        { file, after, all, isMarked: now.expected !== undefined },
        repaired.lost,
        judged,
        blame,
      ) || isAnyLost;
  }
  const isKnown = onDisk.every(({ expected }) => expected !== undefined);
  if (!isAnyLost && isKnown && repaired.lost.length > 0)
    blame(`nothing is lost and ${JSON.stringify(repaired.lost)} is reported`);
  const again = onDisk.map((journal) => ({
    sessionId: journal.sessionId,
    path: journal.path,
    bytes: repaired.files.get(journal.path) ?? Buffer.alloc(0),
  }));
  for (const { path, code } of doctor.verify(again)) blame(`${path}: ${code} after the repair`);
  const second = doctor.repair(again);
  for (const { path, bytes } of again) {
    if (second.files.get(path)?.equals(bytes) !== true) blame(`${path}: a second repair changed it`);
  }
  if (second.lost.length > 0) blame("a second repair reports losses");
  return judged;
}

/** @returns true when a record is lost. */
function judgeRecords(
  journal: MadeJournal,
  state: { file: PiecedFile; after: Buffer; all: Buffer; isMarked: boolean },
  lost: RepairedJournals["lost"],
  judged: Judgement,
  blame: (what: string) => void,
): boolean {
  const { path, bytes, lines } = journal;
  const contents = new Map<string, number>();
  for (const [seq, { start, end }] of lines.entries()) {
    if (seq > 0) contents.set(contentOf(bytes.subarray(start, end - 1)), seq);
  }
  const kept = new Set<number>();
  let highest = 0;
  const ids = new Set<string>();
  const named: string[] = [];
  const missing = new Set<string>();
  for (const [index, line] of linesOf(state.after).entries()) {
    if (index === 0) {
      if (!line.includes(`"chat_id":"${journal.sessionId}"`))
        blame(`${path}: the header is of another session`);
      continue;
    }
    if (line.includes(noteMark)) {
      const note = JSON.parse(line.toString("utf8")) as { metadata: { salvage: { missingIds?: string[] } } };
      for (const id of note.metadata.salvage.missingIds ?? []) missing.add(id);
      continue;
    }
    const seq = contents.get(contentOf(line));
    if (seq === undefined) blame(`${path}: invented ${line.toString("utf8").slice(0, 120)}`);
    else if (kept.has(seq)) blame(`${path}: record ${seq} stands there twice`);
    else if (seq < highest) blame(`${path}: record ${seq} is out of order`);
    if (seq === undefined) continue;
    highest = Math.max(highest, seq);
    kept.add(seq);
    const body = lines[seq]?.body;
    if (typeof body?.["id"] === "string") ids.add(body["id"]);
    if (typeof body?.["parentId"] === "string") named.push(body["parentId"]);
  }
  for (const id of named)
    if (!ids.has(id) && !missing.has(id)) blame(`${path}: nothing says that ${id} is missing`);
  const ranges = lost.filter((range) => range.path === path);
  let isAnyLost = false;
  for (const [seq, { start, end }] of lines.entries()) {
    const isWhole = state.all.includes(bytes.subarray(start, end - 1));
    if (seq > 0 && isWhole) {
      judged.undamaged += 1;
      if (kept.has(seq)) judged.recovered += 1;
    }
    if (seq === 0 ? state.after.indexOf(bytes.subarray(start, end)) === 0 : kept.has(seq)) continue;
    isAnyLost = true;
    // Without a mark nothing tells of whole lines that are gone from the end.
    const isUntold = !state.isMarked && seq > highest && state.file.placesOf(start, end - 1).length === 0;
    if (!isUntold && seq > 0 && !isReported(state.file, start, end - 1, ranges)) {
      blame(
        `${path}: record ${seq} (bytes ${start} to ${end}) is lost and in no range ${JSON.stringify(ranges)}`,
      );
    }
  }
  return isAnyLost;
}

/** What is left of a record lies in a reported range or, when nothing is left or it was moved, the place where it was does. */
function isReported(
  file: PiecedFile,
  start: number,
  end: number,
  ranges: readonly { from: number; to: number }[],
): boolean {
  const covers = (from: number, to: number): boolean =>
    ranges.some((range) => range.from <= from && to <= range.to);
  const left = file.placesOf(start, end);
  if (left.some(({ from, to }) => covers(from, to))) return true;
  // Between what stood before it and what stood behind it, as far as that is left.
  const before = file.placeBefore(start) ?? 0;
  const after = file.placeBehind(end) ?? file.length;
  const [from, to] = [Math.min(before, after), Math.max(before, after) + 1];
  return ranges.some((range) => range.from <= to && range.to >= from);
}

/** A record without what sealing and numbering add to it. */
function contentOf(line: Buffer): string {
  return line
    .toString("latin1")
    .replace(/^\{"seq":\d+/, "")
    .replace(/,"prev":"[0-9a-f]*","hash":"[0-9a-f]{64}"\}$/, "");
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(0x0a, start);
    const end = at === -1 ? bytes.length : at;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** Whole lines from the beginning: nothing in the file itself tells that more was there. */
function isWholePrefix({ lines, bytes }: MadeJournal, now: Buffer): boolean {
  return lines.some(({ end }) => end === now.length) && bytes.subarray(0, now.length).equals(now);
}
