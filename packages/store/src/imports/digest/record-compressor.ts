import { Worker } from "node:worker_threads";
import { compressNow, packOptions } from "../pack-codec.ts";

/** Compresses records, here or elsewhere. */
export interface Compressor {
  /**
   * @param raw copied before this returns.
   * @returns bytes that fill their buffer, so that they can be handed over to another thread.
   */
  compress(raw: Uint8Array): Promise<Uint8Array>;
  /** Begins with everything that was given so far. */
  flush(): void;
}

/** Compresses at once; for exports that are read in slices. */
export const compressHere: Compressor = {
  compress: (raw) => Promise.resolve(new Uint8Array(compressNow(raw))),
  flush: () => undefined,
};

/** What is sent to the thread. */
interface RawBatch {
  batch: number;
  raws: Uint8Array[];
}

/** What the thread answers, in the same order. */
interface CompressedBatch {
  batch: number;
  compressed: Uint8Array[];
}

interface Waiting {
  resolve: (compressed: Uint8Array) => void;
  reject: (reason: unknown) => void;
}

/**
 * What the thread runs: the same as {@link compressNow}, with the same options. As text it needs neither a file of its own, which
 * would have another ending in a package, nor the loader for TypeScript, which takes 60 MB of memory.
 * What zlib gives may be a piece of a bigger buffer, and only whole buffers can be handed over: hence the copies.
 */
const threadSource = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { zstdCompressSync } = require("node:zlib");
  parentPort.on("message", ({ batch, raws }) => {
    const compressed = raws.map((raw) => new Uint8Array(zstdCompressSync(raw, workerData)));
    parentPort.postMessage({ batch, compressed }, compressed.map((bytes) => bytes.buffer));
  });
`;
/** Mebibytes: the thread keeps next to nothing. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/**
 * Compresses records in another thread while the next ones are read: compressing is a fifth of the work of an import. Records are sent
 * together when they are flushed, because a message to a thread costs about as much as compressing a small one. Whoever made it closes
 * it; it ends with the thread that made it at the latest.
 */
export class RecordCompressor implements Compressor {
  #worker: Worker | undefined;
  #raws: Uint8Array[] = [];
  #waiting: Waiting[] = [];
  readonly #sent = new Map<number, Waiting[]>();
  #batch = 0;

  async compress(raw: Uint8Array): Promise<Uint8Array> {
    return await new Promise<Uint8Array>((resolve, reject) => {
      this.#raws.push(new Uint8Array(raw));
      this.#waiting.push({ resolve, reject });
    });
  }

  flush(): void {
    if (this.#raws.length === 0) return;
    const worker = (this.#worker ??= this.#start());
    const [raws, waiting] = this.#take();
    this.#batch += 1;
    this.#sent.set(this.#batch, waiting);
    const message: RawBatch = { batch: this.#batch, raws };
    worker.postMessage(
      message,
      raws.map((raw) => raw.buffer as ArrayBuffer),
    );
  }

  /** Ends the thread. What was not answered is refused. Safe to call twice. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#refuse(new Error("The compressor was closed."));
  }

  #take(): [Uint8Array[], Waiting[]] {
    const taken: [Uint8Array[], Waiting[]] = [this.#raws, this.#waiting];
    this.#raws = [];
    this.#waiting = [];
    return taken;
  }

  #start(): Worker {
    const worker = new Worker(threadSource, { eval: true, workerData: packOptions, resourceLimits });
    worker.on("message", ({ batch, compressed }: CompressedBatch) => {
      const waiting = this.#sent.get(batch) ?? [];
      this.#sent.delete(batch);
      for (const [index, each] of waiting.entries()) {
        const bytes = compressed[index];
        if (bytes === undefined) each.reject(new Error("The compressor gave too few answers."));
        else each.resolve(bytes);
      }
    });
    worker.on("error", (error) => this.#refuse(error));
    worker.on("exit", () => this.#refuse(new Error("The compressor ended early.")));
    return worker;
  }

  #refuse(reason: unknown): void {
    const [, waiting] = this.#take();
    const all = [...[...this.#sent.values()].flat(), ...waiting];
    this.#sent.clear();
    for (const each of all) each.reject(reason);
  }
}
