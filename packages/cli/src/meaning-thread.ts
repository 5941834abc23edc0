// What runs in the thread of search by meaning: the embedders, without a vault.
import { enableCompileCache } from "node:module";
import type { JsonValue } from "@chatty/model";
import type { EmbedderPlace, EmbedderSetting } from "@chatty/runtimes";
import type { MeaningEmbedders } from "@chatty/store/meaning-thread";

// As in the program itself, and for the same reason; a thread does not inherit it.
enableCompileCache();

const { createEmbedder, parseStoredKey } = await import("@chatty/runtimes");
const { serveMeaning } = await import("@chatty/store/meaning-thread");

/** What the quick model is called before it is made, which takes a while. */
const quickModel = "minilm-l6-v2-static@1";

const embedders: MeaningEmbedders = {
  async open(stored, { cacheFolder, signal, key }) {
    const setting = settingOf(stored);
    const bound = key === undefined ? undefined : parseStoredKey(key);
    const place: EmbedderPlace = { cacheFolder, signal, ...(bound === undefined ? {} : { key: bound }) };
    const main = await createEmbedder(setting, place);
    if (setting !== "builtin") return { main };
    return { main, first: { model: quickModel, open: () => createEmbedder("builtin-fast", place) } };
  },
};

/** What the server checked when it was set; anything else is as if nothing had been set. */
function settingOf(stored: JsonValue): EmbedderSetting {
  if (stored === "builtin-fast") return stored;
  if (typeof stored !== "object" || stored === null || Array.isArray(stored)) return "builtin";
  const { kind, baseUrl, model } = stored;
  const isServer = kind === "openai-compatible" || kind === "ollama";
  return isServer && typeof baseUrl === "string" && typeof model === "string"
    ? { kind, baseUrl, model }
    : "builtin";
}

serveMeaning(embedders);
