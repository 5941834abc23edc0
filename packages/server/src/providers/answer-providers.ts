import { parseModelName } from "@chatty/runtimes";
import type { ModelInfo } from "@chatty/runtimes";
import type { AnswerProviders, FoundModel } from "../generation/answer-store.ts";
import type { KnownProvider, ProviderBook } from "./provider-book.ts";

/**
 * Which model answers: the one that was asked for and no other; else the person's default; else the first model of the first
 * provider that has one.
 */
export function createAnswerProviders(
  book: ProviderBook,
  defaultModel: () => string | undefined,
): AnswerProviders {
  const named = (name: string): FoundModel | undefined => {
    const parsed = parseModelName(name);
    if (parsed === undefined) return undefined;
    const provider = book.find(parsed.providerId);
    return provider === undefined || !provider.enabled ? undefined : modelOf(provider, parsed.model);
  };
  return {
    find(name) {
      if (name !== undefined) return Promise.resolve(named(name));
      const chosen = defaultModel();
      return Promise.resolve((chosen === undefined ? undefined : named(chosen)) ?? firstModel(book));
    },
  };
}

/** A model that is not in the list may be there all the same: providers say so when it is not. */
function modelOf({ config, models }: KnownProvider, id: string): FoundModel {
  const model: ModelInfo = models.find((each) => each.id === id) ?? { id };
  return { config, model };
}

function firstModel(book: ProviderBook): FoundModel | undefined {
  for (const { config, enabled, models } of book.all()) {
    const [model] = models;
    if (enabled && model !== undefined) return { config, model };
  }
  return undefined;
}
