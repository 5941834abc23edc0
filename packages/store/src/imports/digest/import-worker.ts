import { Worker } from "node:worker_threads";
import { ChattyError } from "@chatty/model";
import { assertNotAborted } from "../import-errors.ts";
import type { ConversationOwner, DigestBatch, ExportDigests, OpenDigestsOptions } from "./export-digests.ts";
import type { AnswerMessage, CallMessage, ThreadCall, ThreadCalls } from "./thread-messages.ts";
import { receiveError } from "./thread-messages.ts";

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Batches asked for before they are needed, so that the thread always has work; it does nothing that it was not asked for, which
 * bounds what is under way.
 */
const batchesAhead = 3;
/** Mebibytes: what an import makes and forgets at once is small; only its biggest conversation may be big. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 };

/** A thread that reads exports for one import. Whoever made it closes it. */
export class ImportWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #end: Error | undefined;

  /** @param thread address of a module that calls `serveImports`. */
  constructor(thread: string) {
    this.#worker = new Worker(new URL(thread), { name: "chatty import", resourceLimits });
    this.#worker.on("message", (message: AnswerMessage) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ("failure" in message) waiting?.reject(receiveError(message.failure));
      else waiting?.resolve(message.answer as never);
    });
    this.#worker.on("error", (error) => this.#refuse(threadEnded(error)));
    this.#worker.on("exit", () => this.#refuse(threadEnded(undefined)));
  }

  /** Asks the thread; an abort ends the wait at once, and whoever aborts closes the thread. */
  async call<Call extends ThreadCall>(
    call: Call,
    asked: ThreadCalls[Call]["asked"],
    signal?: AbortSignal,
  ): Promise<ThreadCalls[Call]["answer"]> {
    assertNotAborted(signal);
    if (this.#end !== undefined) throw this.#end;
    this.#calls += 1;
    const id = this.#calls;
    let abandon: (() => void) | undefined;
    try {
      return await new Promise<ThreadCalls[Call]["answer"]>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        abandon = () => reject(signal?.reason as Error);
        signal?.addEventListener("abort", abandon, { once: true });
        const message: CallMessage = { id, call, asked };
        this.#worker.postMessage(message);
      });
    } catch (error) {
      assertNotAborted(signal);
      throw error;
    } finally {
      if (abandon !== undefined) signal?.removeEventListener("abort", abandon);
    }
  }

  /** Ends the thread whatever it does; what was not answered is refused. Safe to call twice. */
  async close(): Promise<void> {
    this.#refuse(new Error("The thread of the import was closed."));
    await this.#worker.terminate();
  }

  #refuse(error: Error): void {
    this.#end ??= error;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }
}

/** A thread that ends by itself has met what nobody expected, or has run out of memory; the process goes on. */
function threadEnded(cause: unknown): ChattyError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ".";
  return new ChattyError("IMPORT_BROKE_OFF", `Reading the export broke off${reason}`, {
    hint: "Nothing of it was kept. Import it again, with more memory if there was too little, and report it if that does not help.",
    cause,
  });
}

/** Opens an export in the thread; closing it closes the thread. @throws what the reader throws, ARCHIVE_MISSING, IMPORT_ABORTED */
export async function openDigestsInWorker(
  worker: ImportWorker,
  path: string,
  name: string,
  options: OpenDigestsOptions,
): Promise<ExportDigests> {
  const { source, signal } = options;
  const head = await worker.call("open", { path, name, source }, signal);
  return {
    ...head,
    owners: () => ownersFrom(worker, signal),
    batches: () => batchesFrom(worker, signal),
    judge: (question) => worker.call("judge", question, signal),
    close: () => worker.close(),
  };
}

async function* ownersFrom(
  worker: ImportWorker,
  signal: AbortSignal | undefined,
): AsyncGenerator<ConversationOwner[], void, undefined> {
  let isLeft = true;
  try {
    for (;;) {
      const owners = await worker.call("owners", undefined, signal);
      if (owners === undefined) break;
      yield owners;
    }
    isLeft = false;
  } finally {
    // After a failure there is nothing left to leave, and the failure is what counts.
    if (isLeft) await worker.call("leaveOwners", undefined).catch(() => undefined);
  }
}

async function* batchesFrom(
  worker: ImportWorker,
  signal: AbortSignal | undefined,
): AsyncGenerator<DigestBatch, void, undefined> {
  const asked: Promise<DigestBatch | undefined>[] = [];
  for (;;) {
    while (asked.length < batchesAhead) {
      const next = worker.call("batches", undefined, signal);
      // Whoever comes to it is told; until then nobody may be listening.
      next.catch(() => undefined);
      asked.push(next);
    }
    const batch = await asked.shift();
    if (batch === undefined) return;
    yield batch;
  }
}
