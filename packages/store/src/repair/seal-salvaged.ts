import { hash } from "node:crypto";
import type { JsonObject } from "@chatty/model";
import { nameUuid } from "../imports/name-uuid.ts";
import type { JournalHeader, NoteRecord } from "../journal/record.ts";
import { sealLine } from "../log/chained-line.ts";
import type { SealedLine } from "../log/chained-line.ts";
import { seqOf } from "./assemble-journals.ts";
import type { SalvageMark } from "../journal/salvage-mark.ts";
import type { AssembledJournal, JournalEnd, JournalGap, PlacedLine } from "./assemble-journals.ts";

/** A journal made of what could be saved. */
export interface SalvagedJournal {
  bytes: Buffer;
  end: JournalEnd;
  /** Records taken over, without the notes that mark gaps. */
  recovered: number;
}

export interface SealSalvagedOptions {
  /** Stands in when the header could not be read. */
  rebuiltHeader?: JournalHeader;
  /** Where the damaged journal is kept, relative to the vault. */
  quarantined: string;
  /** Integer milliseconds UTC. */
  at: number;
  /** Sequence number of the vault's last commit. */
  commit: number;
}

const sealStart = /,"prev":"(?:[0-9a-f]{64})?","hash":"[0-9a-f]{64}"\}$/;
const sealBytes = 160;

/**
 * Writes a journal from what was saved. Lines up to the first gap stay as they are, byte for byte; each gap gets a note that says so;
 * lines behind it keep their content byte for byte and get new numbers and seals. Without a gap the result is what was there before
 * the damage.
 */
export function sealSalvaged(assembled: AssembledJournal, options: SealSalvagedOptions): SalvagedJournal {
  const pieces: Buffer[] = [];
  let end: JournalEnd = { length: 0, seq: -1, hash: "" };
  const push = ({ bytes, hash: sealed }: SealedLine): void => {
    pieces.push(bytes);
    end = { length: end.length + bytes.length, seq: end.seq + 1, hash: sealed };
  };
  const { records } = assembled;
  const gaps = new Map(assembled.gaps.map((gap) => [gap.before, gap]));
  push(headerLine(assembled.header, options.rebuiltHeader));
  // An invented header that the first record continues is the header that was lost.
  const [first] = records;
  if (first !== undefined && seqOf(first) === 1 && first.body.prev === end.hash) gaps.delete(0);
  const missing = missingIds(assembled, options.rebuiltHeader, gaps);
  for (const [index, record] of records.entries()) {
    const gap = gaps.get(index);
    if (gap !== undefined) push(noteLine(assembled, gap, missing.get(index), options, end));
    const fits = record.body.prev === end.hash && seqOf(record) === end.seq + 1;
    push(fits ? wholeLine(record) : resealed(record, end));
  }
  const last = gaps.get(records.length);
  if (last !== undefined) push(noteLine(assembled, last, undefined, options, end));
  return { bytes: Buffer.concat(pieces), end, recovered: records.length };
}

function headerLine(found: PlacedLine | undefined, rebuilt: JournalHeader | undefined): SealedLine {
  if (found !== undefined) return wholeLine(found);
  if (rebuilt === undefined) throw new TypeError("A journal without a header cannot be written.");
  return sealLine(rebuilt, "");
}

function wholeLine({ text, body }: PlacedLine): SealedLine {
  return { bytes: Buffer.concat([text, Buffer.from("\n")]), hash: body.hash };
}

/** The same content under another number and behind another line. */
function resealed({ text }: PlacedLine, { seq, hash: prev }: JournalEnd): SealedLine {
  const tail = sealStart.exec(text.toString("latin1", Math.max(0, text.length - sealBytes)));
  const head = /^\{"seq":\d+/.exec(text.toString("latin1", 0, 32));
  if (tail === null || head === null) throw new TypeError("A line that is no record cannot be sealed again.");
  const content = text.subarray(head[0].length, text.length - tail[0].length);
  const covered = Buffer.concat([
    Buffer.from(`{"seq":${seq + 1}`),
    content,
    Buffer.from(`,"prev":"${prev}"`),
  ]);
  const digest = hash("sha256", covered, "hex");
  return { bytes: Buffer.concat([covered, Buffer.from(`,"hash":"${digest}"}\n`)]), hash: digest };
}

function noteLine(
  { journal }: AssembledJournal,
  gap: JournalGap,
  missing: readonly string[] | undefined,
  options: SealSalvagedOptions,
  end: JournalEnd,
): SealedLine {
  const { firstSeq, lastSeq, range } = gap;
  const mark: SalvageMark = {
    quarantined: options.quarantined,
    from: range.from,
    to: range.to,
    ...(firstSeq === undefined ? {} : { firstSeq }),
    ...(lastSeq === undefined ? {} : { lastSeq }),
    ...(missing === undefined || missing.length === 0 ? {} : { missingIds: [...missing] }),
    ...(journal.expected === undefined ? {} : { expected: journal.expected }),
  };
  const note: NoteRecord = {
    kind: "note",
    id: nameUuid(journal.sessionId, `salvage:${end.hash}:${range.from}:${range.to}:${options.quarantined}`),
    text: textOf(gap, options.quarantined),
    metadata: { salvage: mark as unknown as JsonObject },
    commit: options.commit,
    timestamp: options.at,
  };
  return sealLine({ seq: end.seq + 1, ...note }, end.hash);
}

function textOf({ firstSeq, lastSeq, range }: JournalGap, quarantined: string): string {
  const count = firstSeq === undefined || lastSeq === undefined ? undefined : lastSeq - firstSeq + 1;
  const what =
    count === undefined
      ? "The journal was damaged here"
      : `${count === 1 ? "1 record" : `${count} records`} could not be read here`;
  const kept = quarantined === "" ? "the file was gone" : `the damaged journal is kept as ${quarantined}`;
  return `${what} (bytes ${range.from} to ${range.to}); ${kept}.`;
}

/** For each gap the ids that records from there to the next gap name and that no record has. */
function missingIds(
  { header, records }: AssembledJournal,
  rebuilt: JournalHeader | undefined,
  gaps: ReadonlyMap<number, JournalGap>,
): Map<number, string[]> {
  const known = new Set<unknown>(records.map(({ body }) => body["id"]));
  const metadata = (header?.body["metadata"] ?? rebuilt?.metadata) as JournalHeader["metadata"] | undefined;
  known.add(metadata?.forkedFrom?.messageId);
  const missing = new Map<number, string[]>();
  let list: string[] | undefined;
  for (const [index, { body }] of records.entries()) {
    if (gaps.has(index)) {
      list = [];
      missing.set(index, list);
    }
    const named = body["parentId"] ?? body["targetId"];
    if (typeof named !== "string" || known.has(named) || list === undefined) continue;
    known.add(named);
    list.push(named);
  }
  return missing;
}
