import type { ModelInfo } from "./provider-config.ts";

/** One turn for the built-in model: text only. */
export interface BuiltinTurn {
  role: "user" | "assistant";
  text: string;
}

export interface BuiltinRequest {
  model: string;
  system?: string;
  turns: readonly BuiltinTurn[];
  /** The engine stops soon after it is aborted and ends its answer. */
  signal: AbortSignal;
}

/** What the built-in model tells while it answers. `finish` comes last; an answer that ends without it was cut. */
export type BuiltinEvent =
  | { type: "text"; text: string }
  | { type: "thinking"; text: string }
  | { type: "finish"; reason: "stop" | "length"; inputTokens?: number; outputTokens?: number };

/**
 * A model that runs inside this process. The port of provider kind `builtin`: whoever composes the program hands in the engine if
 * one is installed. It answers one request after the other.
 */
export interface BuiltinEngine {
  models(signal: AbortSignal): Promise<ModelInfo[]>;
  answer(request: BuiltinRequest): AsyncIterable<BuiltinEvent>;
}
