import { Worker } from "node:worker_threads";
import { ChattyError } from "@chatty/model";
import type { AnswerMessage } from "../imports/digest/thread-messages.ts";
import { receiveError } from "../imports/digest/thread-messages.ts";
import type { AnswerOf, AskedOf, SearchCall, SearchCallMessage, SearchThreadData } from "./search-calls.ts";
import type { IndexedJobs } from "./indexer.ts";
import type { SearchPlace } from "./search-place.ts";

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: unknown) => void;
}

/** One thread, begun with the first call and again after it broke off. */
class SearchWorker {
  readonly #thread: string;
  readonly #data: SearchThreadData;
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #calls = 0;
  #isClosed = false;

  constructor(thread: string, data: SearchThreadData) {
    this.#thread = thread;
    this.#data = data;
  }

  async call<Call extends SearchCall>(call: Call, asked: AskedOf<Call>): Promise<AnswerOf<Call>> {
    if (this.#isClosed) throw closed();
    const worker = (this.#worker ??= this.#begin());
    this.#calls += 1;
    const message: SearchCallMessage = { id: this.#calls, call, asked };
    return await new Promise<AnswerOf<Call>>((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
      worker.postMessage(message);
    });
  }

  get isBegun(): boolean {
    return this.#worker !== undefined;
  }

  /** Ends the thread whatever it does. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#leave(closed());
    await worker?.terminate();
  }

  #begin(): Worker {
    const name = this.#data.role === "index" ? "chatty index" : "chatty search";
    const worker = new Worker(new URL(this.#thread), { name, workerData: this.#data });
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

/**
 * Works in two threads: what is asked never waits for what is indexed. They begin when they are needed.
 * @param thread address of a module that calls `serveSearch`.
 * @param path of the index, absolute.
 */
export function searchInThreads(thread: string, path: string): SearchPlace {
  const index = new SearchWorker(thread, { role: "index", path });
  const question = new SearchWorker(thread, { role: "question", path });
  /** A file that was begun anew is another one than that which is being read. */
  const letGo = async (): Promise<void> => {
    if (question.isBegun) await question.call("letGo", []);
  };
  const heeding = async (work: Promise<IndexedJobs>): Promise<IndexedJobs> => {
    const indexed = await work;
    if (indexed.isAnew) await letGo();
    return indexed;
  };
  return {
    head: async () => {
      const head = await index.call("head", []);
      if (head.isAnew) await letGo();
      return head;
    },
    index: (...asked) => heeding(index.call("index", asked)),
    beginPass: () => index.call("beginPass", []),
    endPass: () => heeding(index.call("endPass", [])),
    commit: () => index.call("commit", []),
    reach: (...asked) => index.call("reach", asked),
    tidy: () => index.call("tidy", []),
    wantPieces: () => index.call("wantPieces", []),
    digest: () => index.call("digest", []),
    forget: (...asked) => index.call("forget", asked),
    scrub: () => index.call("scrub", []),
    clear: async () => {
      await letGo();
      await index.call("clear", []);
      await letGo();
    },
    search: (...asked) => question.call("search", asked),
    similar: (...asked) => question.call("similar", asked),
    counts: () => question.call("counts", []),
    letGo,
    close: async () => {
      await Promise.all([question.close(), index.close()]);
    },
  };
}

function closed(): ChattyError {
  return new ChattyError("SEARCH_CLOSED", "The vault is being closed: nothing is searched any more.");
}

function brokenOff(cause: unknown): ChattyError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ".";
  return new ChattyError("SEARCH_BROKE_OFF", `Search broke off${reason}`, {
    hint: "Nothing is lost: try again, with more memory if there was too little, and report it if that does not help.",
    cause,
  });
}
