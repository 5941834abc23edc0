import { parentPort, workerData } from "node:worker_threads";
import type { ExportReader } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { sendError } from "../imports/digest/thread-messages.ts";
import type { SearchCallMessage, SearchThreadData } from "./search-calls.ts";
import { SearchHere } from "./search-place.ts";

/**
 * Makes the thread that it is called in one that keeps an index, or one that answers questions about it; which, it is told when it is
 * made. `OpenVaultOptions.searchThread` names the module that calls it. Writes nothing but the index.
 * @param loadReader loads what converts exports, when it is needed.
 */
export function serveSearch(loadReader: () => Promise<ExportReader>): void {
  const port = parentPort;
  if (port === null) throw new TypeError("Search is served in a thread of its own.");
  const { role, path } = workerData as SearchThreadData;
  const place = (role === "index" ? loadReader() : Promise.resolve(undefined)).then(
    (reader) => new SearchHere(nodeFiles(), path, reader),
  );
  port.on("message", ({ id, call, asked }: SearchCallMessage) => {
    place
      .then((here) => (here[call] as (...given: unknown[]) => Promise<unknown>)(...asked))
      .then(
        (answer) => port.postMessage({ id, answer }),
        (error: unknown) => port.postMessage({ id, failure: sendError(error) }),
      );
  });
}
