import type { Embedder } from "@chatty/model";
import { createMiniLmEmbedder } from "./minilm-embedder.ts";

/** What the setting `search.embedder` chooses. */
export type EmbedderSetting = "builtin";

export interface EmbedderPlace {
  /** Folder for what can be made again: a table that takes long to make. Made when it is not there. */
  cacheFolder: string;
  signal?: AbortSignal;
}

/**
 * The embedder that a setting chooses. Close it when it is done with.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE; the signal's reason
 */
export async function createEmbedder(_setting: EmbedderSetting, place: EmbedderPlace): Promise<Embedder> {
  place.signal?.throwIfAborted();
  return createMiniLmEmbedder();
}
