import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue } from "@chatty/model";
import { APICallError } from "ai";
import { boundFetch } from "./bound-fetch.ts";
import type { Fetch } from "./bound-fetch.ts";
import type { BuiltinEngine } from "./builtin-engine.ts";
import { errorFromFailure } from "./answer-failure.ts";
import { baseUrlOf } from "./provider-config.ts";
import type { ModelInfo, ProviderConfig } from "./provider-config.ts";
import { missingKeyError, providerError } from "./provider-failure.ts";
import { keyFor } from "./provider-key.ts";

export interface ProviderAccess {
  fetch?: Fetch;
  /** For providers of kind `builtin`. */
  builtin?: BuiltinEngine;
}

/** A list longer than this is not a list of models. */
const longestListBytes = 16 * 1024 * 1024;
const mostPages = 20;

/**
 * Models of a provider that can hold a conversation, in the provider's order.
 * @throws {ChattyError} one of the nine codes of a failed answer, or PROVIDER_ADDRESS. An aborted signal rejects with its reason.
 */
export async function listModels(
  config: ProviderConfig,
  signal: AbortSignal,
  access: ProviderAccess = {},
): Promise<ModelInfo[]> {
  if (config.kind === "builtin") {
    if (access.builtin === undefined) throw noEngineError(config);
    return access.builtin.models(signal);
  }
  const key = keyFor(config);
  if (key === undefined && config.kind !== "openai-compatible") throw missingKeyError(config);
  const models: ModelInfo[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const body = await readList(config, key, cursor, signal, access.fetch);
    models.push(...modelsOf(config, body));
    cursor = nextPage(config, body);
    if (cursor === undefined) break;
  }
  return models;
}

/** NO_PROVIDER for a built-in model that is not installed. */
export function noEngineError(config: ProviderConfig): Error {
  return errorFromFailure(
    {
      code: "NO_PROVIDER",
      message: "The built-in model is not installed.",
      hint: "Install it with the command line, or choose another provider in Settings.",
    },
    { provider: config.providerId },
  );
}

async function readList(
  config: ProviderConfig,
  key: string | undefined,
  cursor: string | undefined,
  signal: AbortSignal,
  fetch?: Fetch,
): Promise<JsonObject> {
  const url = listUrl(config, cursor);
  try {
    const response = await boundFetch(config, fetch)(url, { headers: headersFor(config, key), signal });
    const text = await readBounded(response);
    // Nothing is here: the address is wrong, not a model.
    if (response.status === 404 || response.status === 405) throw noListError(config);
    if (!response.ok) {
      throw new APICallError({
        message: response.statusText,
        url,
        requestBodyValues: undefined,
        statusCode: response.status,
        responseHeaders: Object.fromEntries(response.headers),
        responseBody: text,
      });
    }
    const body = JSON.parse(text) as JsonValue;
    if (!isJsonObject(body)) throw new SyntaxError("Its list of models is not an object.");
    return body;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SyntaxError) throw noListError(config);
    throw providerError(asCallError(error, url), { config, begun: false });
  }
}

/** Makes a failed connection look as it does when the libraries meet it. */
function asCallError(error: unknown, url: string): unknown {
  if (!(error instanceof TypeError)) return error;
  return new APICallError({ message: error.message, url, requestBodyValues: undefined });
}

function listUrl(config: ProviderConfig, cursor: string | undefined): string {
  const url = new URL(`${baseUrlOf(config)}/models`);
  if (config.kind === "google") {
    url.searchParams.set("pageSize", "1000");
    if (cursor !== undefined) url.searchParams.set("pageToken", cursor);
  }
  if (config.kind === "anthropic") {
    url.searchParams.set("limit", "1000");
    if (cursor !== undefined) url.searchParams.set("after_id", cursor);
  }
  return url.href;
}

function headersFor(config: ProviderConfig, key: string | undefined): Record<string, string> {
  if (key === undefined) return {};
  switch (config.kind) {
    case "anthropic":
      return { "x-api-key": key, "anthropic-version": "2023-06-01" };
    case "google":
      return { "x-goog-api-key": key };
    case "openai":
    case "openai-compatible":
    case "builtin":
      return { authorization: `Bearer ${key}` };
  }
}

function nextPage(config: ProviderConfig, body: JsonObject): string | undefined {
  const next =
    config.kind === "google"
      ? body["nextPageToken"]
      : config.kind === "anthropic" && body["has_more"] === true
        ? body["last_id"]
        : undefined;
  return typeof next === "string" && next !== "" ? next : undefined;
}

function modelsOf(config: ProviderConfig, body: JsonObject): ModelInfo[] {
  const list = config.kind === "google" ? body["models"] : (body["data"] ?? body["models"]);
  if (!Array.isArray(list)) throw noListError(config);
  return list.filter(isJsonObject).flatMap((entry) => modelFrom(config, entry));
}

function noListError(config: ProviderConfig): Error {
  return errorFromFailure(
    {
      code: "PROVIDER_ERROR",
      message: `What answers at ${baseUrlOf(config)} does not list models.`,
      hint: "Check the address: most end in /v1.",
    },
    { provider: config.providerId },
  );
}

function modelFrom(config: ProviderConfig, entry: JsonObject): ModelInfo[] {
  const raw = config.kind === "google" ? entry["name"] : (entry["id"] ?? entry["name"]);
  if (typeof raw !== "string" || raw === "") return [];
  const methods = entry["supportedGenerationMethods"];
  if (Array.isArray(methods) && !methods.includes("generateContent")) return [];
  const id = config.kind === "google" ? raw.replace(/^models\//, "") : raw;
  // OpenAI lists what draws, speaks and embeds beside what talks, and says nothing of the kind.
  if (config.kind === "openai" && notForTalk.test(id)) return [];
  const name = entry["display_name"] ?? entry["displayName"];
  const contextTokens = contextOf(entry);
  return [
    {
      id,
      ...(typeof name === "string" && name !== id ? { name } : {}),
      ...(contextTokens === undefined ? {} : { contextTokens }),
    },
  ];
}

const notForTalk =
  /embedding|whisper|tts|dall-e|image|moderation|transcribe|realtime|audio|sora|babbage|davinci|instruct|computer-use/;

/** vLLM, OpenRouter, LM Studio, Google, Anthropic and llama.cpp each have their own word. */
function contextOf(entry: JsonObject): number | undefined {
  const meta = isJsonObject(entry["meta"]) ? entry["meta"] : {};
  const candidates = [
    entry["max_model_len"],
    entry["context_length"],
    entry["max_context_length"],
    entry["inputTokenLimit"],
    entry["max_input_tokens"],
    meta["n_ctx"],
  ];
  return candidates.find((value) => typeof value === "number" && value > 0) as number | undefined;
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > longestListBytes) throw new SyntaxError("Its list of models has no end.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
