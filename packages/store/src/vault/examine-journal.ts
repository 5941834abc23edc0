import { openLine } from "../log/chained-line.ts";
import { scanLines } from "../journal/read.ts";
import type { PublishedBytes } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";

/** A stretch of a file of sealed lines that cannot be read, or a place where the chain is broken. */
export interface ChainFault {
  code: "LINE_DAMAGED" | "CHAIN_BROKEN" | "HEADER_DAMAGED";
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
}

/**
 * Reads every line and checks its hash, its place and its link. Goes on behind damage, so that one bad line does not hide others.
 * @param onRecord called for each good line behind the header.
 */
export function examineChain(
  source: PublishedBytes,
  options: { header: boolean; onRecord?: (record: JournalRecord, start: number, length: number) => void },
): ChainExamination {
  const found: ChainExamination = { lines: 0, faults: [], goodLength: 0 };
  let prev: string | undefined = "";
  let seq = -1;
  for (const line of scanLines(source)) {
    const to = line.start + line.bytes.length;
    const opened = openLine<{ seq?: number }>(line.bytes);
    if (opened.kind === "fault") {
      addDamage(found, line.start, to, opened.fault, options.header && line.start === 0);
      prev = undefined;
      continue;
    }
    for (const fault of found.faults) fault.followed = true;
    const { body } = opened;
    if (prev !== undefined && (body.prev !== prev || (body.seq ?? 0) !== seq + 1)) {
      const message = `the line there does not continue the one before it (number ${body.seq ?? 0} after ${seq})`;
      found.faults.push({ code: "CHAIN_BROKEN", from: line.start, to, message, followed: true });
    }
    prev = body.hash;
    seq = body.seq ?? 0;
    found.lines += 1;
    found.goodLength = to;
    if (!(options.header && line.start === 0))
      options.onRecord?.(body as unknown as JournalRecord, line.start, line.bytes.length);
  }
  return found;
}

function addDamage(found: ChainExamination, from: number, to: number, why: string, isHeader: boolean): void {
  const last = found.faults.at(-1);
  if (last !== undefined && last.code === "LINE_DAMAGED" && last.to === from && !last.followed) {
    last.to = to;
    return;
  }
  found.faults.push({
    code: isHeader ? "HEADER_DAMAGED" : "LINE_DAMAGED",
    from,
    to,
    message: `the bytes there are not a sealed line (${why})`,
    followed: false,
  });
}
