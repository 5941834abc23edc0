import { Worker } from "node:worker_threads";
import { ChattyError } from "@chatty/model";
import { receiveError } from "../imports/digest/thread-messages.ts";
import type { AnswerMessage } from "../imports/digest/thread-messages.ts";
import type { MeaningCall, MeaningCallMessage, MeaningThreadData } from "./meaning-calls.ts";
import type { MeaningPort } from "./meaning-port.ts";

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: unknown) => void;
}

export interface MeaningThread extends MeaningPort {
  /** Ends the thread in the middle of whatever it does. */
  terminate(): Promise<void>;
}

/** Mebibytes: what is embedded is made and forgotten at once. Vectors and models lie outside of it. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 };

/**
 * Search by meaning in a thread of its own, begun with the first call and again after it broke off.
 * @param thread address of a module that calls `serveMeaning`.
 */
export function meaningInThread(thread: string, data: MeaningThreadData): MeaningThread {
  const worker = new MeaningWorker(thread, data);
  // What is told and not asked: a thread that broke off begins again with the next question.
  const tell = (call: MeaningCall): void => void worker.call(call, []).catch(() => undefined);
  return {
    sync: () => tell("sync"),
    pause: () => tell("pause"),
    resume: () => tell("resume"),
    find: (...asked) => worker.call("find", asked),
    forget: (...asked) => worker.call("forget", asked),
    scrub: () => worker.call("scrub", []),
    reopen: () => worker.call("reopen", []),
    rebuild: () => worker.call("rebuild", []),
    state: () => worker.call("state", []),
    settle: () => worker.call("settle", []),
    close: () => worker.close(),
    terminate: () => worker.terminate(),
  };
}

type Answer<Call extends MeaningCall> = Awaited<ReturnType<MeaningPort[Call]>>;

class MeaningWorker {
  readonly #thread: string;
  readonly #data: MeaningThreadData;
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #calls = 0;
  #isClosed = false;

  constructor(thread: string, data: MeaningThreadData) {
    this.#thread = thread;
    this.#data = data;
  }

  async call<Call extends MeaningCall>(
    call: Call,
    asked: Parameters<MeaningPort[Call]>,
  ): Promise<Answer<Call>> {
    if (this.#isClosed) throw closed();
    const worker = (this.#worker ??= this.#begin());
    this.#calls += 1;
    const message: MeaningCallMessage = { id: this.#calls, call, asked };
    return await new Promise<Answer<Call>>((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
      worker.postMessage(message);
    });
  }

  /** Ends the thread; what was written stays whole, whatever it was doing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const worker = this.#worker;
    // In order when it answers soon; embedding is given up.
    if (worker !== undefined) await Promise.race([this.call("close", []).catch(() => undefined), patience()]);
    await this.terminate();
  }

  async terminate(): Promise<void> {
    const worker = this.#worker;
    this.#isClosed = true;
    this.#leave(closed());
    await worker?.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(new URL(this.#thread), {
      name: "chatty meaning",
      workerData: this.#data,
      resourceLimits,
    });
    worker.on("message", (message: AnswerMessage) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ("failure" in message) waiting?.reject(receiveError(message.failure));
      else waiting?.resolve(message.answer as never);
    });
    const end = (error?: unknown): void => {
      if (this.#worker === worker) this.#leave(brokenOff(error));
    };
    worker.on("error", end);
    worker.on("exit", () => end());
    return worker;
  }

  #leave(error: Error): void {
    this.#worker = undefined;
    const all = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (const { reject } of all) reject(error);
  }
}

const patienceMs = 2_000;

function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref();
  });
}

function closed(): ChattyError {
  return new ChattyError("SEARCH_CLOSED", "The vault is being closed: nothing is searched any more.");
}

function brokenOff(cause: unknown): ChattyError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ".";
  return new ChattyError("SEARCH_BROKE_OFF", `Search by meaning broke off${reason}`, {
    hint: "Nothing is lost: try again, with more memory if there was too little, and report it if that does not help.",
    cause,
  });
}
