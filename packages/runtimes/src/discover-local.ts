import { listModels } from "./list-models.ts";
import type { Fetch } from "./bound-fetch.ts";
import type { ModelInfo } from "./provider-config.ts";

/** A model server that runs on this machine. */
export interface LocalServer {
  name: string;
  baseUrl: string;
  models: ModelInfo[];
}

/** Where a model server usually listens. */
export interface LocalPlace {
  name: string;
  port: number;
}

export const usualPlaces: readonly LocalPlace[] = [
  { name: "Ollama", port: 11_434 },
  { name: "LM Studio", port: 1234 },
  { name: "llama.cpp", port: 8080 },
  { name: "vLLM", port: 8000 },
];

const patienceMs = 300;

/**
 * Looks for model servers on 127.0.0.1 and nowhere else. What does not list models within 300 ms is none: other programs use
 * these ports too. An aborted signal rejects with its reason.
 */
export async function discoverLocal(
  signal: AbortSignal,
  options: { places?: readonly LocalPlace[]; patienceMs?: number; fetch?: Fetch } = {},
): Promise<LocalServer[]> {
  const found = await Promise.all(
    (options.places ?? usualPlaces).map(async ({ name, port }): Promise<LocalServer[]> => {
      const baseUrl = `http://127.0.0.1:${port}/v1`;
      const patience = AbortSignal.timeout(options.patienceMs ?? patienceMs);
      try {
        const models = await listModels(
          { providerId: "probe", kind: "openai-compatible", name, baseUrl },
          AbortSignal.any([signal, patience]),
          options.fetch === undefined ? {} : { fetch: options.fetch },
        );
        return [{ name, baseUrl, models }];
      } catch {
        // Nobody there, or somebody else: both mean that there is nothing to offer.
        return [];
      }
    }),
  );
  signal.throwIfAborted();
  return found.flat();
}
