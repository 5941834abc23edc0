import type { Embedder } from "@chatty/model";
import { createMiniLmEmbedder } from "./minilm-embedder.ts";
import { createRemoteEmbedder } from "./remote-embedder.ts";
import type { RemoteAccess, RemoteEmbedderSetting } from "./remote-embedder.ts";
import { createStaticEmbedder } from "./static-embedder.ts";

/**
 * What the setting `search.embedder` chooses: the model that is installed with Chatty, its fast and coarse table, or a server.
 */
export type EmbedderSetting = "builtin" | "builtin-fast" | RemoteEmbedderSetting;

export interface EmbedderPlace extends RemoteAccess {
  /** Folder for what can be made again: the fast table, which takes some 20 seconds to make. Made when it is not there. */
  cacheFolder: string;
}

/**
 * The embedder that a setting chooses. It works in the thread that calls. Close it when it is done with.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE, EMBEDDER_FAILED, PROVIDER_ADDRESS, KEY_REFUSED; the signal's reason
 */
export async function createEmbedder(setting: EmbedderSetting, place: EmbedderPlace): Promise<Embedder> {
  const { cacheFolder, signal } = place;
  signal?.throwIfAborted();
  if (setting === "builtin") return createMiniLmEmbedder();
  if (setting === "builtin-fast") return createStaticEmbedder(cacheFolder, signal);
  return createRemoteEmbedder(setting, place);
}
