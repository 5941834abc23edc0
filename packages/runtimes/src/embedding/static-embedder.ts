import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Embedder } from "@chatty/model";
import { keepCacheFile, readCacheFile, readMiniLmFiles } from "./model-files.ts";
import { cannotRun } from "./minilm-embedder.ts";
import { makeMiniLm } from "./minilm-network.ts";
import { decodeStaticTable, distilStaticTable, encodeStaticTable, staticDimensions } from "./static-table.ts";
import type { StaticTable } from "./static-table.ts";
import { makeWordPieces } from "./word-pieces.ts";

export const staticModel = "minilm-l6-v2-static@1";

/** The same as the full model takes in, so that both can share how a text is cut. */
const maxTokens = 254;
const textsPerTurn = 256;
const fileName = "minilm-l6-v2-static-1.bin";

/**
 * A hundred times faster than the full model and coarser: the weighed mean of the vectors of a text's pieces, whatever their
 * order. For a first pass over very much text.
 * @param cacheFolder where the table is kept; without one that is whole it is made, which takes some 20 seconds.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE; the signal's reason
 */
export async function createStaticEmbedder(cacheFolder: string, signal?: AbortSignal): Promise<Embedder> {
  const files = await readMiniLmFiles();
  const pieces = makeWordPieces(files.tokenizer);
  const path = join(cacheFolder, fileName);
  const kept = await readCacheFile(path);
  let table = kept === undefined ? undefined : decodeStaticTable(kept);
  if (table === undefined) {
    const network = await makeMiniLm(files.weights).catch((error: unknown) => {
      throw cannotRun(error);
    });
    table = await distilStaticTable(network, signal);
    await keepCacheFile(path, encodeStaticTable(table));
  }
  const made = table;
  return {
    model: staticModel,
    dimensions: staticDimensions,
    maxTokens,
    countTokens: (text) => pieces.count(text),
    async embed(texts, _kind, abort) {
      const vectors: Float32Array[] = [];
      for (const text of texts) {
        if (vectors.length % textsPerTurn === 0) {
          await setImmediate();
          abort?.throwIfAborted();
        }
        vectors.push(meanOf(made, pieces.ids(text, maxTokens)));
      }
      return vectors;
    },
    close: () => Promise.resolve(),
  };
}

/** Of length 1 also where nothing is known of the text: then it points along the first axis. */
function meanOf({ rows, scales }: StaticTable, ids: readonly number[]): Float32Array {
  const sums = new Float64Array(staticDimensions);
  for (const id of ids) {
    const scale = scales[id] ?? 0;
    if (scale === 0) continue;
    const from = id * staticDimensions;
    for (let k = 0; k < staticDimensions; k += 1) sums[k] = (sums[k] ?? 0) + scale * (rows[from + k] ?? 0);
  }
  const length = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
  if (length === 0) sums[0] = 1;
  return Float32Array.from(sums, (value) => value / (length || 1));
}
