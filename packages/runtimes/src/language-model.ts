import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModel } from "ai";
import { boundFetch } from "./bound-fetch.ts";
import type { Fetch } from "./bound-fetch.ts";
import { baseUrlOf } from "./provider-config.ts";
import type { ProviderConfig } from "./provider-config.ts";
import { missingKeyError } from "./provider-failure.ts";
import { keyFor } from "./provider-key.ts";

/**
 * The library's model for a provider. Key and address are always given: left out, the libraries would take them from the
 * environment, and a key could go to an address it was not stored for.
 * @throws {ChattyError} KEY_REFUSED, PROVIDER_ADDRESS
 */
export function languageModelFor(config: ProviderConfig, model: string, fetch?: Fetch): LanguageModel {
  const baseURL = baseUrlOf(config);
  const key = keyFor(config);
  const guarded = boundFetch(config, fetch);
  if (config.kind === "openai-compatible") {
    return createOpenAICompatible({
      baseURL,
      name: "provider",
      includeUsage: true,
      fetch: guarded,
      ...(key === undefined ? {} : { apiKey: key }),
    })(model);
  }
  if (key === undefined) throw missingKeyError(config);
  switch (config.kind) {
    case "openai": {
      const openai = createOpenAI({ baseURL, apiKey: key, fetch: guarded });
      // Other hosts of this protocol rarely speak the newer one.
      return new URL(baseURL).hostname === "api.openai.com" ? openai.responses(model) : openai.chat(model);
    }
    case "anthropic":
      return createAnthropic({ baseURL, apiKey: key, fetch: guarded })(model);
    case "google":
      return createGoogle({ baseURL, apiKey: key, fetch: guarded })(model);
    case "builtin":
      throw new TypeError("The built-in model answers through its engine.");
  }
}
