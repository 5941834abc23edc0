import { openLine } from "../log/chained-line.ts";
import type { LineFault } from "../log/chained-line.ts";
import { scanLines } from "../journal/read.ts";
import type { PublishedBytes, PublishedLine } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";
import { findSealedLines } from "../repair/find-sealed-lines.ts";

/** A stretch of a file of sealed lines that cannot be read, or a place where the chain is broken. */
export interface ChainFault {
  code:
    | "LINE_DAMAGED"
    | "LINE_REPEATED"
    | "CHAIN_BROKEN"
    | "HEADER_DAMAGED"
    | "FILE_SWAPPED"
    | "FILE_TRUNCATED"
    | "FILE_REPLACED";
  from: number;
  to: number;
  message: string;
  /** True when a good line follows. */
  followed: boolean;
}

/** What reading a file of sealed lines from end to end found. */
export interface ChainExamination {
  /** Good lines, header included. */
  lines: number;
  faults: ChainFault[];
  /** Bytes up to the end of the last good line that continues the chain. */
  goodLength: number;
  /** Number of the last good line; -1 when there is none. */
  lastSeq: number;
}

export interface ExamineOptions {
  /** True for a journal, whose first line is a header. */
  header: boolean;
  /** The session in whose folder a journal lies. */
  sessionId?: string;
  /** Where the file ended when that was last written down. */
  expected?: { length: number; seq: number; hash: string } | undefined;
  /** Where it ended at the last checkpoint, when that is not the same. */
  synced?: { length: number; seq: number; hash: string } | undefined;
  /** Called for each good line behind the header. */
  onRecord?: (record: JournalRecord, start: number, length: number) => void;
}

/**
 * Reads every line and checks its hash, its place and its link, and that the file is the one that belongs there. Goes on behind damage,
 * so that one bad line does not hide others.
 */
export function examineChain(source: PublishedBytes, options: ExamineOptions): ChainExamination {
  const examiner = new ChainExaminer(options);
  for (const line of scanLines(source)) examiner.take(line);
  return examiner.finish(source.length);
}

/** {@link examineChain} line by line, for whoever reads a file in slices. */
export class ChainExaminer {
  readonly #options: ExamineOptions;
  readonly #found: ChainExamination = { lines: 0, faults: [], goodLength: 0, lastSeq: -1 };
  #prev: string | undefined = "";
  #seq = -1;
  #highest = -1;
  #marked = false;

  constructor(options: ExamineOptions) {
    this.#options = options;
  }

  take(line: PublishedLine): void {
    const { header, sessionId, expected, synced, onRecord } = this.#options;
    const found = this.#found;
    const to = line.start + line.bytes.length;
    const isFirst = header && line.start === 0;
    const opened = openLine<{ seq?: number; chat_id?: unknown }>(line.bytes);
    if (opened.kind === "fault") {
      addDamage(found, line, opened.fault, isFirst);
      this.#prev = undefined;
      return;
    }
    for (const fault of found.faults) fault.followed = true;
    const { body } = opened;
    const number = body.seq ?? 0;
    const add = (code: ChainFault["code"], message: string): void => {
      found.faults.push({ code, from: line.start, to, message, followed: true });
    };
    if (isFirst && typeof body.chat_id !== "string") add("HEADER_DAMAGED", "the line there is no header");
    else if (isFirst && sessionId !== undefined && body.chat_id !== sessionId) {
      add("FILE_SWAPPED", `the file is the journal of session ${String(body.chat_id)}`);
    } else if (this.#prev !== undefined && (body.prev !== this.#prev || number !== this.#seq + 1)) {
      const isAgain = number <= this.#highest;
      const why = `number ${number} after ${this.#seq}${isAgain ? "; a line or a block stands there again or in a wrong place" : ""}`;
      add(
        isAgain ? "LINE_REPEATED" : "CHAIN_BROKEN",
        `the line there does not continue the one before it (${why})`,
      );
    }
    if (expected !== undefined && to === expected.length) {
      this.#marked = true;
      if (body.hash !== expected.hash && found.faults.length === 0)
        add(
          "FILE_REPLACED",
          "the line there is not the one that was synced there: the file was replaced or written anew",
        );
    }
    if (
      synced !== undefined &&
      number === synced.seq &&
      body.hash !== synced.hash &&
      found.faults.length === 0
    ) {
      add(
        "FILE_REPLACED",
        "the line there is not the one that was synced there: the file was replaced or written anew",
      );
    }
    this.#prev = body.hash;
    this.#seq = number;
    this.#highest = Math.max(this.#highest, number);
    found.lines += 1;
    found.goodLength = to;
    found.lastSeq = number;
    if (!isFirst) onRecord?.(body as unknown as JournalRecord, line.start, line.bytes.length);
  }

  /** @param length bytes of the file. */
  finish(length: number): ChainExamination {
    const { expected } = this.#options;
    const found = this.#found;
    if (expected !== undefined && length < expected.length) {
      const message = `${expected.length - length} acknowledged bytes are gone`;
      found.faults.push({
        code: "FILE_TRUNCATED",
        from: length,
        to: expected.length,
        message,
        followed: false,
      });
    } else if (expected !== undefined && expected.length > 0 && !this.#marked && found.faults.length === 0) {
      const message = "no line ends where the last synced one did: the file was replaced or written anew";
      found.faults.push({
        code: "FILE_REPLACED",
        from: expected.length,
        to: expected.length,
        message,
        followed: true,
      });
    }
    return found;
  }
}

function addDamage(found: ChainExamination, line: PublishedLine, fault: LineFault, isHeader: boolean): void {
  const from = line.start;
  const to = from + line.bytes.length;
  const last = found.faults.at(-1);
  if (last !== undefined && last.code === "LINE_DAMAGED" && last.to === from && !last.followed) {
    last.to = to;
    return;
  }
  found.faults.push({
    code: isHeader ? "HEADER_DAMAGED" : "LINE_DAMAGED",
    from,
    to,
    message: `the bytes there are not a sealed line (${lookOf(line.bytes, fault)})`,
    followed: false,
  });
}

/** What damaged bytes look like: a hint at what happened to them. */
function lookOf(bytes: Buffer, fault: LineFault): string {
  const zeros = bytes.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  if (zeros === bytes.length || (zeros > 0 && bytes.length - zeros < 3)) return "filled with NULs";
  if (zeros > 0) return "NULs among them";
  const inside = findSealedLines(bytes).lines.length;
  if (inside > 1) return "lines joined into one: their newlines are gone";
  if (fault === "no-newline") return inside === 1 ? "its newline is gone" : "cut short";
  if (inside === 1) return "something else stands on the line of a record";
  if (fault === "wrong-hash" && isJson(bytes))
    return "valid JSON that its hash does not fit: edited by hand, or damaged";
  return fault;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
