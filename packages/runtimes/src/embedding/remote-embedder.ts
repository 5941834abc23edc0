import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ChattyError, isChattyError } from "@chatty/model";
import type { Embedder } from "@chatty/model";
import { embedMany } from "ai";
import type { EmbeddingModel } from "ai";
import { setTimeout as wait } from "node:timers/promises";
import { boundFetch } from "../bound-fetch.ts";
import type { Fetch } from "../bound-fetch.ts";
import { estimateTokens } from "../estimate-tokens.ts";
import { baseUrlOf } from "../provider-config.ts";
import type { ProviderConfig } from "../provider-config.ts";
import { providerError } from "../provider-failure.ts";
import { keyFor } from "../provider-key.ts";
import type { ProviderKey } from "../provider-key.ts";
import { knownModel } from "./known-models.ts";

/** A server that embeds. */
export interface RemoteEmbedderSetting {
  /** Ollama's own address may be given without `/v1`. */
  kind: "openai-compatible" | "ollama";
  baseUrl: string;
  model: string;
}

export interface RemoteAccess {
  /** Sent to the origin that it is bound to and nowhere else. */
  key?: ProviderKey;
  fetch?: Fetch;
  signal?: AbortSignal;
  /** Milliseconds that a request may take; 60,000 when absent. */
  requestTimeoutMs?: number;
  /** Milliseconds before a failed request is made again, times two each time; 500 when absent. */
  retryAfterMs?: number;
}

const mostTexts = 64;
const mostUnits = 200_000;
const mostTries = 4;
const longestWaitMs = 30_000;
/** Embedded once to learn how long this model's vectors are. */
const probe = "The quick brown fox jumps over the lazy dog.";

/**
 * Embeds through a server that speaks OpenAI's protocol, as Ollama does too. Asks it once for a vector, to learn how long they are.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE, EMBEDDER_FAILED, PROVIDER_ADDRESS, KEY_REFUSED for a key of another origin; the signal's reason
 */
export async function createRemoteEmbedder(
  setting: RemoteEmbedderSetting,
  access: RemoteAccess = {},
): Promise<Embedder> {
  const config = configOf(setting, access.key);
  const known = knownModel(setting.model);
  const key = keyFor(config);
  const model = createOpenAICompatible({
    name: "embedder",
    baseURL: baseUrlOf(config),
    fetch: boundFetch(config, access.fetch),
    ...(key === undefined ? {} : { apiKey: key }),
  }).embeddingModel(setting.model);
  const ask: Ask = (texts, signal) => askRetrying({ config, setting, model, access }, texts, signal);
  const [first] = await ask([probe], access.signal);
  const dimensions = first?.length ?? 0;
  const closed = new AbortController();
  return {
    model: `${setting.model}@${String(dimensions)}`,
    dimensions,
    maxTokens: known.maxTokens,
    countTokens: estimateTokens,
    async embed(texts, kind, signal) {
      const both = signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
      const prefix = kind === "query" ? known.queryPrefix : known.documentPrefix;
      const vectors: Float32Array[] = [];
      for (const batch of batchesOf(texts.map((text) => prefix + cutTo(text, known.maxTokens)))) {
        for (const vector of await embedBatch(ask, batch, both)) {
          if (vector.length !== dimensions) throw changedError(setting, dimensions, vector.length);
          vectors.push(vector);
        }
      }
      return vectors;
    },
    close() {
      closed.abort(new ChattyError("EMBEDDER_UNAVAILABLE", "The embedder was closed."));
      return Promise.resolve();
    },
  };
}

type Ask = (texts: readonly string[], signal?: AbortSignal) => Promise<Float32Array[]>;

interface Asked {
  config: ProviderConfig;
  setting: RemoteEmbedderSetting;
  model: EmbeddingModel;
  access: RemoteAccess;
}

function configOf(setting: RemoteEmbedderSetting, key: ProviderKey | undefined): ProviderConfig {
  const bare = setting.kind === "ollama" && !/\/v1\/*$/.test(setting.baseUrl);
  return {
    providerId: "embedder",
    kind: "openai-compatible",
    name: setting.kind === "ollama" ? "Ollama" : "The embedding server",
    baseUrl: bare ? `${setting.baseUrl.replace(/\/+$/, "")}/v1` : setting.baseUrl,
    ...(key === undefined ? {} : { key }),
  };
}

/** A batch that is too long for the server goes text by text, and a text that is too long is halved until it fits. */
async function embedBatch(ask: Ask, batch: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
  try {
    return await ask(batch, signal);
  } catch (error) {
    if (!isTooLong(error)) throw error;
    const vectors: Float32Array[] = [];
    for (const text of batch) vectors.push(await embedShortening(ask, text, signal));
    return vectors;
  }
}

async function embedShortening(ask: Ask, text: string, signal: AbortSignal): Promise<Float32Array> {
  for (let part = text; ; part = part.slice(0, Math.floor(part.length / 2))) {
    try {
      const [vector] = await ask([part], signal);
      if (vector !== undefined) return vector;
    } catch (error) {
      if (!isTooLong(error) || part.length < 200) throw error;
    }
  }
}

function isTooLong(error: unknown): boolean {
  return isChattyError(error) && error.where?.["reason"] === "CONTEXT_TOO_LONG";
}

async function askRetrying(
  asked: Asked,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const { access } = asked;
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(access.requestTimeoutMs ?? 60_000);
    const abortSignal = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      const { embeddings } = await embedMany({
        model: asked.model,
        values: [...texts],
        maxRetries: 0,
        abortSignal,
      });
      return checked(asked.setting, texts.length, embeddings);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = limit.aborted ? timeoutError(asked) : failureOf(asked, error);
      if (tries >= mostTries || !passesByItself(failure)) throw failure;
      const told = failure.where?.["retryAfter"];
      const waitMs = typeof told === "number" ? told * 1000 : (access.retryAfterMs ?? 500) * 2 ** (tries - 1);
      await wait(Math.min(waitMs, longestWaitMs), undefined, signal === undefined ? {} : { signal }).catch(
        () => {
          // Called off while waiting: the beginning of the loop says so.
        },
      );
    }
  }
}

/** It is tried again; what needs a person is told at once. */
function passesByItself(failure: ChattyError): boolean {
  const reason = failure.where?.["reason"];
  return reason === "PROVIDER_DOWN" || reason === "RATE_LIMITED" || reason === "CONNECTION_CUT";
}

function failureOf({ config, setting }: Asked, error: unknown): ChattyError {
  if (isChattyError(error) && error.code.startsWith("EMBEDDER_")) return error;
  const failure = providerError(error, { config, model: setting.model, begun: false });
  const unavailable = ["PROVIDER_DOWN", "RATE_LIMITED", "KEY_REFUSED", "MODEL_UNKNOWN"].includes(
    failure.code,
  );
  return new ChattyError(unavailable ? "EMBEDDER_UNAVAILABLE" : "EMBEDDER_FAILED", failure.message, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    where: { ...failure.where, reason: failure.code },
  });
}

function timeoutError({ config, setting }: Asked): ChattyError {
  return new ChattyError("EMBEDDER_UNAVAILABLE", `${config.name} took too long to embed.`, {
    hint: "Check that the server is not overloaded, or choose a smaller model.",
    where: { model: setting.model, reason: "PROVIDER_DOWN" },
  });
}

function checked(
  setting: RemoteEmbedderSetting,
  wanted: number,
  vectors: readonly number[][],
): Float32Array[] {
  if (vectors.length !== wanted)
    throw badAnswer(setting, `${String(vectors.length)} vectors for ${String(wanted)} texts`);
  return vectors.map((vector) => {
    const length = Math.hypot(...vector);
    if (vector.length === 0 || !Number.isFinite(length) || length === 0) {
      throw badAnswer(setting, "a vector without a direction");
    }
    return Float32Array.from(vector, (value) => value / length);
  });
}

function badAnswer(setting: RemoteEmbedderSetting, what: string): ChattyError {
  return new ChattyError("EMBEDDER_FAILED", `The server answered with ${what}.`, {
    hint: `Check that ${setting.model} is a model for embedding.`,
    where: { model: setting.model },
  });
}

function changedError(setting: RemoteEmbedderSetting, before: number, now: number): ChattyError {
  return new ChattyError(
    "EMBEDDER_FAILED",
    `The vectors of ${setting.model} had ${String(before)} numbers and have ${String(now)} now.`,
    { hint: "The model behind this name has changed. Start Chatty again.", where: { model: setting.model } },
  );
}

function* batchesOf(texts: readonly string[]): Generator<string[], void, undefined> {
  let batch: string[] = [];
  let units = 0;
  for (const text of texts) {
    if (batch.length > 0 && (batch.length >= mostTexts || units + text.length > mostUnits)) {
      yield batch;
      [batch, units] = [[], 0];
    }
    // A server refuses an empty text.
    batch.push(text.trim() === "" ? "." : text);
    units += text.length;
  }
  if (batch.length > 0) yield batch;
}

function cutTo(text: string, maxTokens: number): string {
  const tokens = estimateTokens(text);
  return tokens <= maxTokens ? text : text.slice(0, Math.floor((text.length * maxTokens) / tokens));
}
