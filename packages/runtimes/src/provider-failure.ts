import { ChattyError, isChattyError, isJsonObject } from "@chatty/model";
import type { JsonValue } from "@chatty/model";
import { APICallError, InvalidResponseDataError, LoadAPIKeyError } from "ai";
import { errorFromFailure } from "./answer-failure.ts";
import type { AnswerFailure, AnswerFailureCode } from "./answer-failure.ts";
import { isLoopback, originOf } from "./provider-config.ts";
import type { ProviderConfig } from "./provider-config.ts";
import { createRedactor } from "./redact.ts";

/** What is known about a request when it fails. */
export interface FailedRequest {
  config: ProviderConfig;
  model?: string;
  /** True when part of the answer had come. */
  begun: boolean;
  /** Now, milliseconds UTC; for `Retry-After` as a date. */
  nowMs?: number;
}

/** What a provider told about an error, whatever shape it came in. */
interface Told {
  status?: number;
  /** Machine words: codes and types. */
  codes: string;
  /** Sentence for people. */
  text: string;
  headers: Record<string, string>;
}

const longestQuote = 300;
const tooLong =
  /context_length_exceeded|exceed_context_size|maximum context length|context (?:window|length|size)|prompt is too long|input (?:is )?too long|input token count|too many tokens in|request_too_large/i;
const unknownModel =
  /model_not_found|(?:unknown|invalid|no such) model|model\b.{0,120}\b(?:not found|does not exist|doesn't exist|is not supported|not available|not loaded)|no models? loaded/i;
const badKey =
  /invalid_api_key|api_key_invalid|authentication_error|api key not valid|incorrect api key|invalid (?:api|x-api-)[- ]?key/i;
const noCredit = /insufficient_quota|billing|credit balance|exceeded your current quota/i;

/**
 * Turns whatever a request ended with into the error for people: one of the nine codes, a sentence, a hint, no key and no cause.
 * Errors that already are such pass through.
 */
export function providerError(error: unknown, request: FailedRequest): ChattyError {
  if (isChattyError(error)) return error;
  const inner = chattyCause(error);
  if (inner !== undefined) return inner;
  const { config, model } = request;
  const redact = redactorOf(config);
  const failure = failureOf(error, request, redact);
  return errorFromFailure(failure, {
    provider: config.providerId,
    ...(model === undefined ? {} : { model }),
  });
}

/** The failure of an answer that ended without saying that it was whole. */
export function cutFailure(config: ProviderConfig): AnswerFailure {
  return {
    code: "CONNECTION_CUT",
    message: `The connection to ${config.name} broke before the answer was whole.`,
    hint: "What came is kept. Continue the answer, or ask again.",
  };
}

function failureOf(error: unknown, request: FailedRequest, redact: (text: string) => string): AnswerFailure {
  const { config, begun } = request;
  if (LoadAPIKeyError.isInstance(error)) return keyFailure(config, "");
  // The libraries' word for a stream that stopped without a finish chunk.
  if (InvalidResponseDataError.isInstance(error) && /finish reason/i.test(error.message)) {
    return cutFailure(config);
  }
  const told = toldBy(error);
  if (told === undefined) return begun ? cutFailure(config) : unexpectedFailure(error, config, redact);
  const { status } = told;
  const quote = quoted(redact(told.text));
  if (status === undefined || (status >= 200 && status < 300)) {
    const code = codeOfText(told);
    if (code !== undefined) return failureWith(code, request, told, quote);
    if (APICallError.isInstance(error)) {
      return begun || status !== undefined ? cutFailure(config) : downFailure(config);
    }
    return failureWith("PROVIDER_ERROR", request, told, quote);
  }
  return failureWith(codeOfStatus(status, told), request, told, quote);
}

function codeOfText({ codes, text }: Told): AnswerFailureCode | undefined {
  const words = `${codes} ${text}`;
  if (tooLong.test(words)) return "CONTEXT_TOO_LONG";
  if (badKey.test(words)) return "KEY_REFUSED";
  if (/rate_limit|resource_exhausted/i.test(codes) || noCredit.test(words)) return "RATE_LIMITED";
  if (unknownModel.test(words)) return "MODEL_UNKNOWN";
  if (/overloaded|unavailable/i.test(codes)) return "PROVIDER_DOWN";
  return undefined;
}

function codeOfStatus(status: number, told: Told): AnswerFailureCode {
  switch (status) {
    case 401:
    case 403:
      return "KEY_REFUSED";
    case 402:
    case 429:
      return "RATE_LIMITED";
    case 404:
    case 410:
      return "MODEL_UNKNOWN";
    case 413:
      return "CONTEXT_TOO_LONG";
    case 408:
    case 502:
    case 503:
    case 504:
    case 529:
      return "PROVIDER_DOWN";
    default:
      return codeOfText(told) ?? "PROVIDER_ERROR";
  }
}

function failureWith(
  code: AnswerFailureCode,
  { config, model, nowMs }: FailedRequest,
  told: Told,
  quote: string,
): AnswerFailure {
  switch (code) {
    case "KEY_REFUSED":
      return keyFailure(config, quote);
    case "MODEL_UNKNOWN":
      return {
        code,
        message: `${config.name} does not have the model ${model ?? "that was asked for"}.${quote}`,
        hint: "Choose another model. If none works, check the provider's address in Settings.",
      };
    case "RATE_LIMITED":
      return limitFailure(config, told, quote, nowMs ?? Date.now());
    case "CONTEXT_TOO_LONG":
      return {
        code,
        message: `The conversation is longer than ${model ?? "the model"} can take in at once.${quote}`,
        hint: "Choose a model with a larger context, or begin a branch further up.",
      };
    case "PROVIDER_DOWN":
      return {
        code,
        message: `${config.name} cannot answer at the moment.${quote}`,
        hint: "Wait a little and try again, or choose another model.",
      };
    case "CONNECTION_CUT":
      return cutFailure(config);
    case "NO_PROVIDER":
    case "STORAGE_FAILED":
    case "PROVIDER_ERROR":
      return {
        code: "PROVIDER_ERROR",
        message: `${config.name} answered with an error${told.status === undefined ? "" : ` (${told.status})`}.${quote}`,
        hint: "Try again. If it stays, test the provider in Settings.",
      };
  }
}

function keyFailure(config: ProviderConfig, quote: string): AnswerFailure {
  const hasKey = config.key !== undefined;
  return {
    code: "KEY_REFUSED",
    message: `${config.name} ${hasKey ? "refused the key" : "asks for a key, and none is stored"}.${quote}`,
    hint: hasKey ? "Check the key in Settings, or enter a new one." : "Enter its key in Settings.",
  };
}

/** For a request that must not be made without a key. */
export function missingKeyError(config: ProviderConfig): ChattyError {
  return errorFromFailure(keyFailure(config, ""), { provider: config.providerId });
}

function limitFailure(config: ProviderConfig, told: Told, quote: string, nowMs: number): AnswerFailure {
  if (told.status === 402 || noCredit.test(`${told.codes} ${told.text}`)) {
    return {
      code: "RATE_LIMITED",
      message: `The account at ${config.name} has no credit left.${quote}`,
      hint: "Look at the account on the provider's page, or choose another model.",
    };
  }
  const retryAfter = retryAfterSeconds(told.headers, nowMs);
  return {
    code: "RATE_LIMITED",
    message: `${config.name} takes no more requests for now.${quote}`,
    hint: retryAfter === undefined ? "Wait a little and try again." : `Try again in ${retryAfter} seconds.`,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function downFailure(config: ProviderConfig): AnswerFailure {
  const origin = originOf(config);
  return {
    code: "PROVIDER_DOWN",
    message: `${config.name} cannot be reached at ${origin}.`,
    hint: isLoopback(config)
      ? `Start ${config.name} on this machine and try again.`
      : "Check the network and the address in Settings, and try again.",
  };
}

function unexpectedFailure(
  error: unknown,
  config: ProviderConfig,
  redact: (text: string) => string,
): AnswerFailure {
  const text = error instanceof Error ? error.message : "";
  return {
    code: "PROVIDER_ERROR",
    message: `The answer of ${config.name} could not be read.${quoted(redact(text))}`,
    hint: "Try again. If it stays, test the provider in Settings.",
  };
}

function toldBy(error: unknown): Told | undefined {
  if (APICallError.isInstance(error)) {
    const body = parsed(error.responseBody);
    const { codes, text } = wordsOf(body);
    return {
      codes,
      text: text === "" && error.statusCode !== undefined ? error.message : text,
      headers: error.responseHeaders ?? {},
      ...(error.statusCode === undefined ? {} : { status: error.statusCode }),
    };
  }
  // An error that came as a chunk: the library keeps the chunk as `data`, and a status where the chunk has one.
  if (error instanceof Error && "data" in error && isJsonObject(error.data)) {
    const status =
      "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
    return { ...wordsOf(error.data), headers: {}, ...(status === undefined ? {} : { status }) };
  }
  if (error instanceof Error || !isJsonObject(error)) {
    return typeof error === "string" ? { codes: "", text: error, headers: {} } : undefined;
  }
  return { ...wordsOf(error), headers: {} };
}

/** Error bodies look alike everywhere: `{error:{message,code,type,status}}`, the inside alone, or `{error:"…"}`. */
function wordsOf(body: JsonValue | undefined): { codes: string; text: string } {
  if (typeof body === "string") return { codes: "", text: body };
  if (Array.isArray(body)) return wordsOf(body[0]);
  if (!isJsonObject(body)) return { codes: "", text: "" };
  const inner = body["error"];
  if (typeof inner === "string" || isJsonObject(inner)) return wordsOf(inner);
  const codes = [body["code"], body["type"], body["status"]].filter((word) => typeof word === "string");
  const details = body["details"] === undefined ? "" : JSON.stringify(body["details"]);
  const text = body["message"] ?? body["detail"];
  return { codes: [...codes, details].join(" "), text: typeof text === "string" ? text : "" };
}

function parsed(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Pages of proxies and the like: their markup tells a person nothing.
    return text.trimStart().startsWith("<") ? undefined : text;
  }
}

/** Our own refusals come back wrapped when they happen inside a library's fetch. */
function chattyCause(error: unknown): ChattyError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (at instanceof ChattyError) return at;
  }
  return undefined;
}

function retryAfterSeconds(headers: Record<string, string>, nowMs: number): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return Math.ceil(seconds);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

function redactorOf(config: ProviderConfig): (text: string) => string {
  return createRedactor(config.key?.reveal());
}

function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "";
  return ` It says: “${line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line}”`;
}
