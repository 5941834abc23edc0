import { parentPort } from "node:worker_threads";
import type { ExportReader } from "@chatty/model";
import { nodeFiles } from "../../files/node-files.ts";
import { hashFile, openByteSource } from "../archive-bytes.ts";
import { openDigestsHere } from "./export-digests.ts";
import type { ConversationOwner, DigestBatch, ExportDigests } from "./export-digests.ts";
import { RecordCompressor } from "./record-compressor.ts";
import type { CallMessage, ThreadCall, ThreadCalls } from "./thread-messages.ts";
import { sendError } from "./thread-messages.ts";

/**
 * Makes the thread that it is called in the one that reads exports for imports; `ExportReader.thread` names the module that calls it.
 * Reads the named archive and nothing else, and writes nothing.
 */
export function serveImports(reader: ExportReader): void {
  const port = parentPort;
  if (port === null) throw new TypeError("Imports are served in a thread of their own.");
  const session = new ThreadSession(reader);
  port.on("message", ({ id, call, asked }: CallMessage) => {
    session.answer(call, asked as never).then(
      (answer) => port.postMessage({ id, answer }, call === "batches" ? buffersOf(answer) : []),
      (error: unknown) => port.postMessage({ id, failure: sendError(error) }),
    );
  });
}

type Answers = {
  [Call in ThreadCall]: (asked: ThreadCalls[Call]["asked"]) => Promise<ThreadCalls[Call]["answer"]>;
};

/** One export, opened once. The thread ends from outside; what it has open goes with it. */
class ThreadSession {
  readonly #reader: ExportReader;
  readonly #compressor = new RecordCompressor();
  #digests: ExportDigests | undefined;
  #owners: AsyncIterator<ConversationOwner[], undefined> | undefined;
  #batches: AsyncIterator<DigestBatch, undefined> | undefined;
  readonly #answers: Answers = {
    open: async ({ path, name, source }) => {
      const bytes = openByteSource(nodeFiles(), path, name);
      this.#digests = await openDigestsHere(
        this.#reader,
        bytes,
        { source, compressor: this.#compressor },
        () => bytes.close(),
      );
      const { source: found, description, identity, totalBytes, problems } = this.#digests;
      return { source: found, description, identity, totalBytes, problems };
    },
    owners: async () => {
      this.#owners ??= this.#opened().owners()[Symbol.asyncIterator]();
      const next = await this.#owners.next();
      if (next.done !== true) return next.value;
      // Whoever asks again begins anew.
      this.#owners = undefined;
      return undefined;
    },
    leaveOwners: async () => {
      await this.#owners?.return?.();
      this.#owners = undefined;
      return undefined;
    },
    batches: async () => {
      this.#batches ??= this.#opened().batches()[Symbol.asyncIterator]();
      const next = await this.#batches.next();
      return next.done === true ? undefined : next.value;
    },
    judge: (question) => this.#opened().judge(question),
    hash: async ({ path }) => {
      const file = nodeFiles().open(path, "read");
      try {
        return await hashFile(file);
      } finally {
        file.close();
      }
    },
  };

  constructor(reader: ExportReader) {
    this.#reader = reader;
  }

  async answer(call: ThreadCall, asked: never): Promise<unknown> {
    return await this.#answers[call](asked);
  }

  #opened(): ExportDigests {
    if (this.#digests === undefined) throw new TypeError("No export is open in this thread.");
    return this.#digests;
  }
}

/** Compressed bytes are handed over and not copied. */
function buffersOf(answer: unknown): ArrayBuffer[] {
  const batch = answer as DigestBatch | undefined;
  return (batch?.digests ?? []).flatMap((digest) => {
    const isKept = digest.kind === "conversation" || digest.kind === "broken";
    return isKept && digest.bytes !== undefined ? (digest.bytes.compressed.buffer as ArrayBuffer) : [];
  });
}
