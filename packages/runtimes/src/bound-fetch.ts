import { ChattyError } from "@chatty/model";
import { originOf } from "./provider-config.ts";
import type { ProviderConfig } from "./provider-config.ts";

/** What this package needs of `fetch`. */
export type Fetch = typeof globalThis.fetch;

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const followAtMost = 3;

/**
 * A `fetch` that knows one origin: it refuses any other, and follows a redirect only within it. So neither a library's default
 * address nor a provider's answer can carry a key or a conversation elsewhere.
 * Refusals are ChattyErrors with the code PROVIDER_ERROR.
 */
export function boundFetch(config: ProviderConfig, fetch: Fetch = globalThis.fetch): Fetch {
  const origin = originOf(config);
  return async (input, init) => {
    let url = new URL(input instanceof Request ? input.url : input);
    let method = init?.method ?? "GET";
    let body = init?.body ?? null;
    for (let followed = 0; ; followed += 1) {
      if (url.origin !== origin) throw refusal(config, `${config.name} asked to go to another address.`);
      const response = await fetch(url, { ...init, method, body, redirect: "manual" });
      const location = response.headers.get("location");
      if (!redirectStatuses.has(response.status) || location === null) return response;
      await response.body?.cancel();
      if (followed >= followAtMost) throw refusal(config, `${config.name} sends requests in a circle.`);
      if (!URL.canParse(location, url)) throw refusal(config, `${config.name} asked to go nowhere.`);
      url = new URL(location, url);
      // As browsers do: 303 always asks with GET, 301 and 302 do after a POST. That would lose the question, so it is refused.
      if (method !== "GET" && response.status < 307) {
        throw refusal(config, `${config.name} has moved its address.`);
      }
      if (response.status === 303) [method, body] = ["GET", null];
    }
  };
}

function refusal(config: ProviderConfig, message: string): ChattyError {
  return new ChattyError("PROVIDER_ERROR", message, {
    hint: "Requests stay at the address in Settings. Check it there.",
    where: { provider: config.providerId },
  });
}
