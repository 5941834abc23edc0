import { Worker } from "node:worker_threads";
import type { Sha256 } from "@chatty/model";
import { compressNow, packOptions } from "./pack-codec.ts";

/** A record as it goes into a pack. */
export interface CompressedRecord {
  compressed: Uint8Array;
  /** Bytes before compression. */
  rawLength: number;
  /** Of the bytes before compression. */
  rawSha256: Sha256;
}

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

/** Bytes sent together: a message to a thread costs about as much as compressing a small record. */
const batchBytes = 256 * 1024;

/**
 * Compresses records in another thread while the next ones are read: compressing is a fifth of the work of an import. A small import never
 * starts the thread. Whoever made it closes it.
 */
export class RecordCompressor {
  #worker: Worker | undefined;
  #raws: Uint8Array[] = [];
  #rawBytes = 0;
  #waiting: Waiting[] = [];
  readonly #sent = new Map<number, Waiting[]>();
  #batch = 0;

  /** @param raw copied before this returns. */
  async compress(raw: Uint8Array, rawSha256: Sha256): Promise<CompressedRecord> {
    const compressed = await new Promise<Uint8Array>((resolve, reject) => {
      this.#raws.push(new Uint8Array(raw));
      this.#rawBytes += raw.length;
      this.#waiting.push({ resolve, reject });
      if (this.#rawBytes >= batchBytes) this.#send();
    });
    return { compressed, rawLength: raw.length, rawSha256 };
  }

  /** Finishes what waits for a full batch: here and now when no thread was needed so far. */
  flush(): void {
    if (this.#raws.length === 0) return;
    if (this.#worker !== undefined) return this.#send();
    const [raws, waiting] = this.#take();
    for (const [index, raw] of raws.entries()) waiting[index]?.resolve(compressNow(raw));
  }

  /** Ends the thread. What was not answered is refused. Safe to call twice. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#refuse(new Error("The compressor was closed."));
  }

  #send(): void {
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

  #take(): [Uint8Array[], Waiting[]] {
    const taken: [Uint8Array[], Waiting[]] = [this.#raws, this.#waiting];
    this.#raws = [];
    this.#waiting = [];
    this.#rawBytes = 0;
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
