import { ChattyError } from "@chatty/model";
import type { ProviderKey } from "./provider-key.ts";

export type ProviderKind = "openai-compatible" | "openai" | "anthropic" | "google" | "builtin";

/** A configured provider of models. */
export interface ProviderConfig {
  providerId: string;
  kind: ProviderKind;
  /** Name for people. */
  name: string;
  /** Where requests go, with the version (`http://127.0.0.1:11434/v1`). The maker's own address when absent. */
  baseUrl?: string;
  /** Bound to an origin; see `bindKey`. */
  key?: ProviderKey;
}

/** A model that a provider offers. */
export interface ModelInfo {
  id: string;
  name?: string;
  /** Tokens that fit into one request, where the provider says so. */
  contextTokens?: number;
}

const makersBaseUrls: Readonly<Record<ProviderKind, string | undefined>> = {
  "openai-compatible": undefined,
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
  google: "https://generativelanguage.googleapis.com/v1beta",
  builtin: undefined,
};

/**
 * The address that requests are made under, without a trailing slash.
 * @throws {ChattyError} PROVIDER_ADDRESS when there is none or it is not an http(s) address without user name and query.
 */
export function baseUrlOf(config: Pick<ProviderConfig, "kind" | "baseUrl">): string {
  const text = config.baseUrl ?? makersBaseUrls[config.kind];
  const refuse = (message: string): ChattyError =>
    new ChattyError("PROVIDER_ADDRESS", message, {
      hint: "Give an address such as http://127.0.0.1:11434/v1.",
    });
  if (text === undefined || text.trim() === "") throw refuse("The provider has no address.");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw refuse("The provider's address is not an http or https address.");
  }
  // A password in an address would be shown wherever the address is.
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw refuse("The provider's address carries more than host, port and path.");
  }
  return url.href.replace(/\/+$/, "");
}

/** Scheme, host and port that requests go to. @throws {ChattyError} PROVIDER_ADDRESS */
export function originOf(config: Pick<ProviderConfig, "kind" | "baseUrl">): string {
  return new URL(baseUrlOf(config)).origin;
}

/** True when requests stay on this machine. */
export function isLoopback(config: Pick<ProviderConfig, "kind" | "baseUrl">): boolean {
  if (config.kind === "builtin") return true;
  const { hostname } = new URL(baseUrlOf(config));
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** `{providerId}/{model}` taken apart; the model's own name may hold slashes. Undefined for anything else. */
export function parseModelName(name: string): { providerId: string; model: string } | undefined {
  const slash = name.indexOf("/");
  if (slash <= 0 || slash === name.length - 1) return undefined;
  return { providerId: name.slice(0, slash), model: name.slice(slash + 1) };
}
