import { isChattyError } from "@chatty/model";
import { failureFromError } from "./answer-failure.ts";
import { listModels } from "./list-models.ts";
import type { ProviderAccess } from "./list-models.ts";
import type { ModelInfo, ProviderConfig } from "./provider-config.ts";

/** What a test of a provider found, for people. Never holds a key. */
export interface ProviderTestResult {
  ok: boolean;
  message: string;
  hint?: string;
  /** One of the nine codes of a failed answer, or PROVIDER_ADDRESS. */
  code?: string;
  models: ModelInfo[];
  tookMs: number;
}

const patienceMs = 15_000;

/**
 * Asks a provider for its models, which needs the address and, where there is one, the key to be right and costs nothing.
 * Every failure is a result; only the asker's own abort rejects. Gives up after 15 seconds.
 */
export async function testProvider(
  config: ProviderConfig,
  signal: AbortSignal,
  access: ProviderAccess & { patienceMs?: number } = {},
): Promise<ProviderTestResult> {
  const startedMs = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startedMs);
  const patience = AbortSignal.timeout(access.patienceMs ?? patienceMs);
  try {
    const models = await listModels(config, AbortSignal.any([signal, patience]), access);
    const ok = models.length > 0;
    return {
      ok,
      message: ok
        ? `${config.name} answers and offers ${models.length === 1 ? "one model" : `${models.length} models`}.`
        : `${config.name} answers and has no model yet.`,
      ...(ok ? {} : { hint: "Add a model to it first.", code: "MODEL_UNKNOWN" }),
      models,
      tookMs: tookMs(),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    if (patience.aborted) {
      return {
        ok: false,
        code: "PROVIDER_DOWN",
        message: `${config.name} did not answer within ${(access.patienceMs ?? patienceMs) / 1000} seconds.`,
        hint: "Check the address and the network, and try again.",
        models: [],
        tookMs: tookMs(),
      };
    }
    const { message, hint, code } = failureFromError(error);
    return {
      ok: false,
      code: isChattyError(error, "PROVIDER_ADDRESS") ? error.code : code,
      message,
      ...(hint === undefined ? {} : { hint }),
      models: [],
      tookMs: tookMs(),
    };
  }
}
