import type { FilePart, JsonValue, Part } from "@chatty/model";
import { streamText } from "ai";
import type { TextStreamPart, ToolSet } from "ai";
import type { AnswerEvent, FinishReason } from "./answer-event.ts";
import { errorFromFailure } from "./answer-failure.ts";
import type { AnswerMessage, ReadFilePart } from "./answer-message.ts";
import type { Fetch } from "./bound-fetch.ts";
import { streamBuiltin } from "./stream-builtin.ts";
import type { BuiltinEngine } from "./builtin-engine.ts";
import { languageModelFor } from "./language-model.ts";
import { modelPrompt } from "./model-messages.ts";
import type { ProviderConfig } from "./provider-config.ts";
import { cutFailure, providerError } from "./provider-failure.ts";

/** A file that a model made. */
export interface MadeFile {
  name?: string;
  mime: string;
  bytes: Uint8Array;
}

export interface AnswerRequest {
  config: ProviderConfig;
  /** The provider's own name of the model. */
  model: string;
  /** The past, oldest first, ending with what is to be answered. */
  messages: readonly AnswerMessage[];
  system?: string;
  /** Stops the answer: it then ends with `finish` and the reason `stopped`. */
  signal: AbortSignal;
  fetch?: Fetch;
  /** Bytes of files that messages point at. */
  readFile?: ReadFilePart;
  /** Keeps a file that the model made and says how it is found. Without it such a file is told of as missing. */
  keepFile?: (file: MadeFile) => Promise<FilePart>;
  /** For providers of kind `builtin`. */
  builtin?: BuiltinEngine;
}

/**
 * Asks a model and tells the answer as it comes. Nothing is tried twice: what fails is shown.
 * Iterating throws a ChattyError with one of the nine codes of a failed answer (or PROVIDER_ADDRESS), without a cause and without
 * the key; what came before stays valid. A stream that ends without its finish is CONNECTION_CUT.
 */
export async function* streamAnswer(request: AnswerRequest): AsyncGenerator<AnswerEvent, void, undefined> {
  const { config, model, signal } = request;
  let begun = false;
  try {
    const events = config.kind === "builtin" ? streamBuiltin(request) : streamProvider(request);
    for await (const event of events) {
      begun ||= event.type !== "usage";
      yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw providerError(error, { config, model, begun });
    yield { type: "finish", reason: "stopped" };
  }
}

async function* streamProvider(request: AnswerRequest): AsyncGenerator<AnswerEvent, void, undefined> {
  const { config, signal } = request;
  const prompt = await modelPrompt(request.messages, request.system, request.readFile);
  // Warnings of the library ("this model has no such setting") would go to the program's standard error.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const { fullStream } = streamText({
    model: languageModelFor(config, request.model, request.fetch),
    ...(prompt.instructions === undefined ? {} : { instructions: prompt.instructions }),
    messages: prompt.messages,
    maxRetries: 0,
    abortSignal: signal,
    // Errors arrive in the stream; without a listener the library prints them, with the whole request.
    onError: () => undefined,
    // A model may name any address in its answer. Nothing is fetched from there.
    experimental_download: (files) => Promise.resolve(files.map(() => null)),
    // Nothing of a conversation is kept at the provider beyond the answer, where that can be asked for.
    ...(config.kind === "openai" ? { providerOptions: { openai: { store: false } } } : {}),
  });
  let finished = false;
  for await (const part of fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "abort") {
      signal.throwIfAborted();
      throw errorFromFailure(cutFailure(config), { provider: config.providerId, model: request.model });
    }
    if (part.type === "finish") {
      finished = true;
      yield usageFrom(part.totalUsage);
      yield { type: "finish", reason: finishFrom(part, request) };
      continue;
    }
    yield* eventsFrom(part, request);
  }
  signal.throwIfAborted();
  if (!finished) {
    throw errorFromFailure(cutFailure(config), { provider: config.providerId, model: request.model });
  }
}

async function* eventsFrom(
  part: TextStreamPart<ToolSet>,
  { keepFile }: AnswerRequest,
): AsyncGenerator<AnswerEvent, void, undefined> {
  switch (part.type) {
    case "text-delta":
      if (part.text !== "") yield { type: "text", text: part.text };
      return;
    case "reasoning-delta":
      if (part.text !== "") yield { type: "thinking", text: part.text };
      return;
    case "source":
      yield { type: "part", part: citationFrom(part) };
      return;
    case "file": {
      const { mediaType: mime, uint8Array: bytes } = part.file;
      yield { type: "part", part: (await keepFile?.({ mime, bytes })) ?? lostFile(mime, bytes) };
      return;
    }
    case "tool-call":
      yield {
        type: "part",
        part: {
          kind: "tool_call",
          name: part.toolName,
          callId: part.toolCallId,
          input: jsonFrom(part.input),
        },
      };
      return;
    case "tool-result":
      yield {
        type: "part",
        part: {
          kind: "tool_result",
          name: part.toolName,
          callId: part.toolCallId,
          output: jsonFrom(part.output),
        },
      };
      return;
    // `tool-error` is only the library's note that a called tool is not offered here; the call itself was told.
    default:
      return;
  }
}

function finishFrom(
  part: Extract<TextStreamPart<ToolSet>, { type: "finish" }>,
  { config, model }: AnswerRequest,
): FinishReason {
  const { finishReason, rawFinishReason } = part;
  switch (finishReason) {
    case "stop":
    case "length":
    case "content-filter":
    case "tool-calls":
      return finishReason;
    default:
      // A library that met the end of the stream without a finish chunk says `other` or `error` and has no provider's word for it.
      if (rawFinishReason === undefined) {
        throw errorFromFailure(cutFailure(config), { provider: config.providerId, model });
      }
      return "other";
  }
}

function usageFrom(usage: {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
}): AnswerEvent {
  const { inputTokens, outputTokens } = usage;
  return {
    type: "usage",
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

function citationFrom(part: Extract<TextStreamPart<ToolSet>, { type: "source" }>): Part {
  if (part.sourceType === "url") {
    return { kind: "citation", url: part.url, ...(part.title === undefined ? {} : { title: part.title }) };
  }
  return { kind: "citation", title: part.title };
}

function lostFile(mime: string, bytes: Uint8Array): FilePart {
  const kind = /^(image|audio|video)\//.exec(mime)?.[1] as "image" | "audio" | "video" | undefined;
  return { kind: kind ?? "file", mime, size: bytes.length, missing: true };
}

/** Exactly what JSON can carry of a value: what cannot be written could not be kept either. */
function jsonFrom(value: unknown): JsonValue {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? null : (JSON.parse(text) as JsonValue);
}
