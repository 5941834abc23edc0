import { parseMessageLine, splitLines } from "../commands/message-lines.ts";
import type { NumberedDraft } from "../commands/message-lines.ts";
import type { Invocation } from "../invocation.ts";
import type { Streams } from "../streams.ts";
import type { Asking } from "./asking.ts";

const newline = 0x0a;

/**
 * `append --lines`: the asker's side reads and checks the lines, gives ids to those that have none, and keeps each until its
 * answer has come. The next owner gets exactly those again, under the same ids, so that nothing is lost and nothing is doubled.
 */
export function askForLines(invocation: Invocation, streams: Streams): Asking {
  const batches = splitLines(streams.stdin);
  const unanswered: NumberedDraft[] = [];
  let lineNumber = 0;
  let failure: Error | undefined;
  let hasEnded = false;
  let reading: Promise<NumberedDraft[] | undefined> | undefined;
  let current = 0;

  return {
    invocation,
    canRepeat: true,
    attempt() {
      current += 1;
      return Promise.resolve({
        ...streams,
        stdin: canonicalLines(current),
        stdout: { write: answerTaker() },
      });
    },
    finish() {
      if (failure !== undefined) throw failure;
    },
    close: () => Promise.resolve(),
  };

  async function* canonicalLines(attempt: number): AsyncGenerator<Uint8Array> {
    if (unanswered.length > 0) yield encode(unanswered);
    for (;;) {
      // An attempt whose owner died may still wait here; what it waits for belongs to the attempt after it.
      reading ??= readBatch();
      const batch = await reading;
      if (attempt !== current || batch === undefined) return;
      reading = undefined;
      unanswered.push(...batch);
      if (batch.length > 0) yield encode(batch);
    }
  }

  async function readBatch(): Promise<NumberedDraft[] | undefined> {
    if (hasEnded) return undefined;
    const next = await batches.next();
    if (next.done === true) {
      hasEnded = true;
      return undefined;
    }
    const batch: NumberedDraft[] = [];
    for (const line of next.value) {
      lineNumber += 1;
      try {
        const numbered = parseMessageLine(line, lineNumber);
        if (numbered !== undefined) batch.push(numbered);
      } catch (error) {
        // Ends the input here; told in `finish`, when everything before it is durable and answered.
        failure = error instanceof Error ? error : new Error(String(error));
        hasEnded = true;
        break;
      }
    }
    return batch;
  }

  /** Passes whole lines on. Half a line of an owner that died is dropped: its message is sent again. */
  function answerTaker(): (bytes: Uint8Array) => Promise<void> {
    let pending = Buffer.alloc(0);
    return async (bytes) => {
      const all = pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([pending, bytes]);
      const end = all.lastIndexOf(newline) + 1;
      pending = all.subarray(end);
      const whole = all.subarray(0, end);
      if (whole.length === 0) return;
      let answers = 0;
      for (const byte of whole) if (byte === newline) answers += 1;
      unanswered.splice(0, answers);
      await streams.stdout.write(whole);
    };
  }
}

function encode(batch: readonly NumberedDraft[]): Buffer {
  return Buffer.from(batch.map((numbered) => `${JSON.stringify(numbered)}\n`).join(""), "utf8");
}
