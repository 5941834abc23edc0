// Reads what `strace -f -y` wrote: which system call on which file began and ended when.

/** A system call with the places of its beginning and end in the order of the trace. */
export interface SystemCall {
  name: string;
  /** Path of the first descriptor among the arguments, as `-y` gives it; the text of the argument otherwise. */
  target: string;
  /** Arguments and result as strace prints them. */
  text: string;
  begun: number;
  ended: number;
  /** The number behind ` = `; undefined when the process ended first. */
  result: number | undefined;
}

/** Puts calls together that strace shows in two pieces because other threads ran in between. */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, SystemCall>();
  for (const [place, line] of trace.split("\n").entries()) {
    const [, thread = "", rest = ""] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    if (resumed !== null) {
      const call = unfinished.get(thread);
      unfinished.delete(thread);
      if (call !== undefined) finish(call, call.text + (resumed[1] ?? ""), place);
      continue;
    }
    const [, name, text] = /^(\w+)\((.*)$/s.exec(rest) ?? [];
    if (name === undefined || text === undefined) continue;
    const target = /^(?:AT_FDCWD(?:<[^>]*>)?, )?(?:\d+<([^>]*)>|"([^"]*)")/.exec(text);
    const call: SystemCall = {
      name,
      target: target?.[1] ?? target?.[2] ?? "",
      text,
      begun: place,
      ended: Number.POSITIVE_INFINITY,
      result: undefined,
    };
    calls.push(call);
    if (text.endsWith("<unfinished ...>")) unfinished.set(thread, call);
    else finish(call, text, place);
  }
  return calls;
}

function finish(call: SystemCall, text: string, place: number): void {
  const result = / = (-?\d+)(?:<[^>]*>)?(?: [^=]*)?$/.exec(text)?.[1];
  Object.assign(call, { text, ended: place, result: result === undefined ? undefined : Number(result) });
}

export interface OrderReport {
  /** Ids of the messages that were acknowledged, in order. */
  acknowledged: string[];
  /** One line for each acknowledgement that came too early. */
  violations: string[];
}

const logFile = /[\\/]log[\\/]\d+\.jsonl$/;

/**
 * Looks at each acknowledgement on standard output: the log write of its message has to be through before, then a sync of the
 * same file, begun after that write and through before the acknowledgement.
 */
export function checkOrder(calls: readonly SystemCall[]): OrderReport {
  const writes = calls.filter(({ name, target }) => name === "pwrite64" && logFile.test(target));
  const syncs = calls.filter(({ name, target }) => /^f(?:data)?sync$/.test(name) && logFile.test(target));
  const report: OrderReport = { acknowledged: [], violations: [] };
  for (const answer of calls.filter(({ name, text }) => /^writev?$/.test(name) && text.startsWith("1<"))) {
    for (const [, id = ""] of answer.text.matchAll(/\\"messageId\\":\\"([0-9a-f-]{36})\\"/g)) {
      report.acknowledged.push(id);
      const write = writes.find(
        ({ text, result }) => text.includes(id) && result !== undefined && result > 0,
      );
      if (write === undefined || write.ended >= answer.begun) {
        report.violations.push(`${id} was acknowledged before it was written`);
        continue;
      }
      const sync = syncs.find(
        ({ target, begun, ended, result }) =>
          target === write.target && begun > write.ended && ended < answer.begun && result === 0,
      );
      if (sync === undefined) report.violations.push(`${id} was acknowledged before it was synced`);
    }
  }
  return report;
}
