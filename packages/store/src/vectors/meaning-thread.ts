import { parentPort, workerData } from "node:worker_threads";
import { nodeFiles } from "../files/node-files.ts";
import { sendError } from "../imports/digest/thread-messages.ts";
import { MeaningHere } from "./meaning-here.ts";
import type { MeaningEmbedders } from "./meaning-here.ts";
import type { MeaningCallMessage, MeaningThreadData } from "./meaning-calls.ts";

export type { MeaningEmbedders, OpenEmbedders } from "./meaning-here.ts";

/**
 * Makes the thread that it is called in one that embeds texts and answers questions by meaning. `OpenVaultOptions.meaningThread` names the
 * module that calls it. Writes pairs of vectors and their database, and nothing else.
 */
export function serveMeaning(embedders: MeaningEmbedders): void {
  const port = parentPort;
  if (port === null) throw new TypeError("Search by meaning is served in a thread of its own.");
  const { root, user, setting, key } = workerData as MeaningThreadData;
  const here = new MeaningHere({ files: nodeFiles(), root, user, setting, key, embedders, now: Date.now });
  port.on("message", ({ id, call, asked }: MeaningCallMessage) => {
    Promise.resolve()
      .then(() => (here[call] as (...given: unknown[]) => unknown).apply(here, asked))
      .then(
        (answer) => port.postMessage({ id, answer }),
        (error: unknown) => port.postMessage({ id, failure: sendError(error) }),
      );
  });
}
