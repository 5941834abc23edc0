import { mergeRanges } from "./byte-range.ts";
import type { ByteRange } from "./byte-range.ts";
import { findSealedLines } from "./find-sealed-lines.ts";
import type { FoundLine } from "./find-sealed-lines.ts";
import { fragmentsOf, joinFragments } from "./join-fragments.ts";
import type { Fragment } from "./join-fragments.ts";
import { LineChains } from "./line-chains.ts";
import type { LineChain } from "./line-chains.ts";

/** A journal that is to be saved, with what is known of its state before the damage. */
export interface DamagedJournal {
  /** The session whose place it is, by its folder. */
  sessionId: string;
  /** Relative path. */
  path: string;
  /** All of it; empty when the file is gone. */
  bytes: Buffer;
  /** Lines of it that are kept apart from it. */
  apart?: Buffer;
  /** Where it ended when that was last written down: length in bytes, number and hash of its last line. */
  expected?: JournalEnd;
}

export interface JournalEnd {
  length: number;
  seq: number;
  hash: string;
}

/** A line and the file in which it was found. */
export interface PlacedLine extends FoundLine {
  path: string;
}

/** A place where records are missing. */
export interface JournalGap {
  /** Index of the record in front of which they are missing; the number of records for the end. */
  before: number;
  /** Numbers of the first and the last record missing; undefined when none is known to be. */
  firstSeq?: number;
  lastSeq?: number;
  /** Bytes of the damaged file in which they stood or must have stood. */
  range: ByteRange;
}

/** What can be saved of one journal. */
export interface AssembledJournal {
  journal: DamagedJournal;
  header: PlacedLine | undefined;
  /** In order of their numbers, without repetitions. */
  records: PlacedLine[];
  gaps: JournalGap[];
  /** Where something of this journal was lost, in bytes of the damaged file. */
  lost: ByteRange[];
}

/** Says to which session a line belongs, by what is known beside the damaged files; undefined when nothing is known of it. */
export type LineOwner = (line: FoundLine) => string | undefined;

/**
 * Puts every line that can be read in damaged journals back into the journal it came from, also when it stands in another file.
 * A line belongs to the session of the header that its chain leads to, or of the last line that was written down; else to the one
 * that `ownerOf` names; else to the one whose messages it answers; and else to the only one in which its numbers are missing and its
 * commits fit. What can be shown to belong to no journal that is to be saved, or may belong to more than one, is left out.
 */
export function assembleJournals(
  journals: readonly DamagedJournal[],
  ownerOf: LineOwner = () => undefined,
): AssembledJournal[] {
  const chains = new LineChains();
  const unreadable = new Map<string, ByteRange[]>();
  const fragments: Fragment[] = [];
  for (const { sessionId, path, bytes, apart } of journals) {
    if (apart !== undefined) {
      for (const line of findSealedLines(apart).lines)
        chains.add({ ...line, path: `${path} (apart)` }, sessionId);
    }
    const found = findSealedLines(bytes);
    unreadable.set(path, found.unreadable);
    for (const line of found.lines) chains.add({ ...line, path }, sessionId);
    fragments.push(...fragmentsOf(path, bytes, found.unreadable));
  }
  const sessionAt = new Map(journals.map(({ path, sessionId }) => [path, sessionId]));
  for (const fragment of fragments) chains.addRemains(fragment);
  for (const line of joinFragments(fragments)) chains.add(line, sessionAt.get(line.path) ?? "");
  const owned = shareOut(chains.all(), journals, ownerOf);
  return journals.map((journal) =>
    assemble(journal, owned.get(journal.sessionId) ?? [], {
      unreadable: unreadable.get(journal.path) ?? [],
      standing: chains.linesIn(journal.path),
    }),
  );
}

function shareOut(
  chains: readonly LineChain[],
  journals: readonly DamagedJournal[],
  ownerOf: LineOwner,
): Map<string, LineChain[]> {
  const owned = new Map<string, LineChain[]>();
  const owners = new Map<string, string>();
  const take = (chain: LineChain, sessionId: string): void => {
    const list = owned.get(sessionId);
    if (list === undefined) owned.set(sessionId, [chain]);
    else list.push(chain);
    for (const id of chain.ids) owners.set(id, sessionId);
  };
  const ends = new Map(journals.map(({ sessionId, expected }) => [expected?.hash, sessionId]));
  let open: LineChain[] = [];
  for (const chain of chains) {
    const owner =
      chain.headerOf ??
      firstDefined(chain.lines, ({ body }) => ends.get(body.hash)) ??
      firstDefined(chain.lines, ownerOf);
    if (owner === undefined) open.push(chain);
    else take(chain, owner);
  }
  // A message that answers one of a session belongs to that session; what answers it in turn is found in the next round.
  for (let before = -1; before !== open.length;) {
    before = open.length;
    open = open.filter((chain) => {
      const owner = firstDefined(chain.lines, (line) => answeredOwner(line, owners));
      if (owner === undefined || !fits(chain, owned.get(owner) ?? [])) return true;
      take(chain, owner);
      return false;
    });
  }
  // The journal that a chain came from has room for it: where one journal alone has room, it is that one. What is taken makes
  // less room for what is left.
  for (let before = -1; before !== open.length;) {
    before = open.length;
    open = open.filter((chain) => {
      const [only, ...others] = journals.filter(({ sessionId }) => fits(chain, owned.get(sessionId) ?? []));
      if (only === undefined || others.length > 0) return true;
      take(chain, only.sessionId);
      return false;
    });
  }
  return owned;
}

function firstDefined(
  lines: readonly PlacedLine[],
  ask: (line: PlacedLine) => string | undefined,
): string | undefined {
  for (const line of lines) {
    const answer = ask(line);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function answeredOwner({ body }: PlacedLine, owners: ReadonlyMap<string, string>): string | undefined {
  const named = body["parentId"] ?? body["targetId"];
  return typeof named === "string" ? owners.get(named) : undefined;
}

/** True when no number is taken already and commits rise with the numbers. */
function fits(chain: LineChain, others: readonly LineChain[]): boolean {
  const [first, last] = [chain.lines[0], chain.lines.at(-1)];
  if (first === undefined || last === undefined) return false;
  let below: PlacedLine | undefined;
  let above: PlacedLine | undefined;
  for (const line of others.flatMap(({ lines }) => lines)) {
    const seq = seqOf(line);
    if (seq >= seqOf(first) && seq <= seqOf(last)) return false;
    if (seq < seqOf(first) && (below === undefined || seq > seqOf(below))) below = line;
    if (seq > seqOf(last) && (above === undefined || seq < seqOf(above))) above = line;
  }
  return (
    (below === undefined || commitOf(below) <= commitOf(first)) &&
    (above === undefined || commitOf(above) >= commitOf(last))
  );
}

/** Number of a line; 0 for a header. */
export function seqOf({ body }: FoundLine): number {
  return typeof body["seq"] === "number" ? body["seq"] : 0;
}

function commitOf({ body }: FoundLine): number {
  const metadata = body["metadata"] as { commit?: unknown } | undefined;
  const commit = body["commit"] ?? metadata?.commit;
  return typeof commit === "number" ? commit : 0;
}

function assemble(
  journal: DamagedJournal,
  chains: readonly LineChain[],
  file: { unreadable: readonly ByteRange[]; standing: readonly PlacedLine[] },
): AssembledJournal {
  const bySeq = new Map<number, PlacedLine>();
  const ordered = chains.toSorted(
    (left, right) =>
      Number(right.headerOf !== undefined) - Number(left.headerOf !== undefined) ||
      right.lines.length - left.lines.length,
  );
  for (const line of ordered.flatMap(({ lines }) => lines)) {
    if (!bySeq.has(seqOf(line))) bySeq.set(seqOf(line), line);
  }
  const header = bySeq.get(0);
  bySeq.delete(0);
  const records = [...bySeq.values()].sort((left, right) => seqOf(left) - seqOf(right));
  const gaps = gapsOf(journal, header, records);
  const taken = new Set([header, ...records].map((line) => line?.body.hash));
  // Where something is missing, what is left of it may have been moved to any place.
  const proven = gaps.length > 0 ? [] : provenRanges(journal, header, records, gaps);
  const suspicious = [
    ...file.unreadable,
    ...file.standing
      .filter(({ body }) => !taken.has(body.hash))
      .map(({ start, end }) => ({ from: start, to: end })),
  ].filter((range) => !proven.some(({ from, to }) => range.from >= from && range.to <= to));
  const isEndKnown = journal.expected !== undefined && gaps.length === 0 && header !== undefined;
  const atEnd = records.at(-1) ?? header;
  // Behind the last line that was ever written down nothing can have been lost.
  const counted = isEndKnown
    ? suspicious.filter(({ from }) => atEnd?.path === journal.path && from < atEnd.end)
    : suspicious;
  if (!isEndKnown || gaps.length > 0) addEnd(journal, counted, records.length, gaps);
  return {
    journal,
    header,
    records,
    gaps,
    lost: mergeRanges([...gaps.map(({ range }) => range), ...counted]),
  };
}

/** Bytes at the end that say nothing may have been records. */
function addEnd(
  journal: DamagedJournal,
  suspicious: readonly ByteRange[],
  count: number,
  gaps: JournalGap[],
): void {
  const last = suspicious.at(-1);
  if (last?.to !== journal.bytes.length || gaps.some(({ before }) => before === count)) return;
  if (journal.expected === undefined) gaps.push({ before: count, range: last });
}

function gapsOf(
  { path, bytes, expected }: DamagedJournal,
  header: PlacedLine | undefined,
  records: readonly PlacedLine[],
): JournalGap[] {
  const gaps: JournalGap[] = [];
  let before = header;
  let seq = 0;
  for (const [index, record] of records.entries()) {
    const isNext = before !== undefined && record.body.prev === before.body.hash && seqOf(record) === seq + 1;
    if (!isNext) {
      const missing = seqOf(record) > seq + 1 ? { firstSeq: seq + 1, lastSeq: seqOf(record) - 1 } : {};
      gaps.push({
        before: index,
        ...missing,
        range: rangeBetween(path, before, record, Math.max(bytes.length, expected?.length ?? 0)),
      });
    }
    before = record;
    seq = seqOf(record);
  }
  if (records.length === 0 && header === undefined) {
    gaps.push({ before: 0, range: { from: 0, to: Math.max(bytes.length, expected?.length ?? 0) } });
  } else if (
    expected !== undefined &&
    records.some((record) => seqOf(record) === expected.seq && record.body.hash !== expected.hash)
  ) {
    // A journal that was written anew, by whoever: what stood in it before is not known.
    gaps.push({ before: records.length, range: { from: 0, to: Math.max(bytes.length, expected.length) } });
  } else if (expected !== undefined && seq < expected.seq) {
    const from = before?.path === path ? before.end : 0;
    const range = { from, to: Math.max(bytes.length, expected.length, from) };
    gaps.push({ before: records.length, firstSeq: seq + 1, lastSeq: expected.seq, range });
  }
  return gaps;
}

function rangeBetween(
  path: string,
  before: PlacedLine | undefined,
  after: PlacedLine,
  length: number,
): ByteRange {
  const from =
    before?.path === path ? before.end : before === undefined && after.path === path ? 0 : undefined;
  const to = after.path === path ? after.start : undefined;
  if (from !== undefined && to !== undefined) return from <= to ? { from, to } : { from, to: from };
  const at = from ?? to;
  // Both neighbours came from elsewhere: nothing tells where in this file it was.
  return at === undefined ? { from: 0, to: length } : { from: at, to: at };
}

/** Stretches of the file between two lines that follow one another: nothing of this journal can have stood there. */
function provenRanges(
  { path }: DamagedJournal,
  header: PlacedLine | undefined,
  records: readonly PlacedLine[],
  gaps: readonly JournalGap[],
): ByteRange[] {
  const broken = new Set(gaps.map(({ before }) => before));
  const proven: ByteRange[] = [];
  let before = header;
  for (const [index, record] of records.entries()) {
    if (!broken.has(index) && before?.path === path && record.path === path && before.end <= record.start) {
      proven.push({ from: before.end, to: record.start });
    }
    before = record;
  }
  return proven;
}
