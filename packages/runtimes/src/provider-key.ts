import { ChattyError, isJsonObject } from "@chatty/model";
import type { JsonValue } from "@chatty/model";
import { originOf } from "./provider-config.ts";
import type { ProviderConfig } from "./provider-config.ts";

/**
 * A key and the origin it was given for. The key itself stands in a closure: printing, copying or serialising this value shows
 * the origin and nothing else.
 */
export interface ProviderKey {
  readonly origin: string;
  /** The key. For the wire and for the store of secrets only. */
  readonly reveal: () => string;
}

/**
 * Binds a key to the place that `config` names. Blanks around the key (as copied) are dropped.
 * @throws {ChattyError} PROVIDER_ADDRESS, PROVIDER_KEY when it cannot be sent in a header.
 */
export function bindKey(config: Pick<ProviderConfig, "kind" | "baseUrl">, secret: string): ProviderKey {
  const key = secret.trim();
  if (!/^[\u0021-\u007e]+$/.test(key)) {
    throw new ChattyError(
      "PROVIDER_KEY",
      "This is not a key: it is empty or has blanks or unusual letters.",
      {
        hint: "Copy the key again from the provider's page.",
      },
    );
  }
  return keyAt(originOf(config), key);
}

/** What to put into the store of secrets: the key with its origin. */
export function storedFromKey(key: ProviderKey): string {
  return JSON.stringify({ origin: key.origin, key: key.reveal() });
}

/** Reads what `storedFromKey` wrote. Undefined for anything else: a key without an origin is bound to nothing and not used. */
export function parseStoredKey(stored: string): ProviderKey | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(stored) as JsonValue;
  } catch {
    // Not ours; the caller asks for the key again.
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { origin, key } = value;
  return typeof origin === "string" && typeof key === "string" ? keyAt(origin, key) : undefined;
}

/**
 * The key to send with requests of `config`; undefined when it has none.
 * @throws {ChattyError} KEY_REFUSED when the key was stored for another origin.
 */
export function keyFor(config: ProviderConfig): string | undefined {
  if (config.key === undefined) return undefined;
  const origin = originOf(config);
  if (config.key.origin !== origin) {
    throw new ChattyError(
      "KEY_REFUSED",
      `The key of ${config.name} was given for ${config.key.origin} and is not sent to ${origin}.`,
      { hint: "Enter the key again for the new address in Settings." },
    );
  }
  return config.key.reveal();
}

function keyAt(origin: string, secret: string): ProviderKey {
  return Object.freeze({ origin, reveal: () => secret });
}
