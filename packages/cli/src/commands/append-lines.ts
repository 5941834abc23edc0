import { ChattyError } from "@chatty/model";
import type { AppendResult } from "@chatty/store";
import type { CommandContext, ExitCode } from "../command-context.ts";
import { requireArgument } from "../invocation.ts";
import type { NumberedDraft } from "./message-lines.ts";
import { splitLines } from "./message-lines.ts";

/** Messages on their way at the same time: enough for one sync to serve many, few enough to bound memory. */
const windowSize = 256;

type Outcome = { kind: "durable"; result: AppendResult } | { kind: "failed"; error: unknown };

/**
 * Appends what the asker's side has read and numbered: canonical lines `{"line","draft"}`, every draft with an id.
 * Appends are handed to the store in order and without waiting for each other, so that they share a sync;
 * results are written in order, each only when its message is durable.
 */
export async function appendLines(context: CommandContext): Promise<ExitCode> {
  const { invocation, user, output, signal } = context;
  const name = requireArgument(invocation, 0);
  user.resolveSession(name);
  const waiting: { line: number; outcome: Promise<Outcome> }[] = [];
  const knownIds = new Set<string>();

  const answerFirst = async (): Promise<void> => {
    const first = waiting.shift();
    if (first === undefined) return;
    const outcome = await first.outcome;
    if (outcome.kind === "failed") throw withLine(outcome.error, first.line);
    await output.line(outcome.result);
  };
  const answerAll = async (): Promise<void> => {
    while (waiting.length > 0) await answerFirst();
  };

  try {
    for await (const numbered of withIdleAnswers(readCanonicalLines(context.stdin), answerAll)) {
      signal.throwIfAborted();
      const { draft, line } = numbered;
      // A parent that this run did not write may not exist. The lines after it wait until that is known, or they would
      // be appended behind a message that failed.
      const isRisky = typeof draft.parentId === "string" && !knownIds.has(draft.parentId);
      if (isRisky) await answerAll();
      waiting.push({ line, outcome: settled(user.append(name, [draft])) });
      knownIds.add(draft.id);
      if (isRisky) {
        await answerAll();
        if (typeof draft.parentId === "string") knownIds.add(draft.parentId);
      }
      while (waiting.length >= windowSize) await answerFirst();
    }
    await answerAll();
  } finally {
    await Promise.all(waiting.map(({ outcome }) => outcome));
  }
  return 0;
}

async function* readCanonicalLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<NumberedDraft> {
  // Written by the asker's side of this same program, see owner/line-asking.ts.
  for await (const lines of splitLines(bytes)) {
    for (const line of lines) yield JSON.parse(line.toString("utf8")) as NumberedDraft;
  }
}

/**
 * Passes values on, and answers what is waiting whenever the next value takes its time: an asker that sends one
 * line and waits for its answer must get it.
 */
async function* withIdleAnswers<Value>(
  values: AsyncGenerator<Value>,
  answer: () => Promise<void>,
): AsyncGenerator<Value> {
  for (;;) {
    const next = values.next();
    const arrived = await Promise.race([next.then(() => true), nextTurn()]);
    if (arrived !== true) await answer();
    const value = await next;
    if (value.done === true) return;
    yield value.value;
  }
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });
}

function settled(promise: Promise<AppendResult[]>): Promise<Outcome> {
  return promise.then(
    ([result]): Outcome =>
      result === undefined
        ? { kind: "failed", error: new TypeError("The store answered an append with nothing.") }
        : { kind: "durable", result },
    (error: unknown): Outcome => ({ kind: "failed", error }),
  );
}

/** Names the line in the error, so that the asker knows where to go on. */
function withLine(error: unknown, line: number): unknown {
  if (!(error instanceof ChattyError)) return error;
  return new ChattyError(error.code, `Line ${line}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    where: { ...error.where, line },
    cause: error,
  });
}
