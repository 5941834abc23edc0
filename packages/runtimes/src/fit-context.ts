import type { AnswerMessage } from "./answer-message.ts";
import { estimateMessageTokens, estimateTokens } from "./estimate-tokens.ts";
import { isLoopback } from "./provider-config.ts";
import type { ModelInfo, ProviderConfig } from "./provider-config.ts";

/** What of a conversation is sent. */
export interface FittedContext<Message extends AnswerMessage> {
  /** In order; always ends with the last user message and what follows it. */
  messages: Message[];
  /** Messages that did not fit, from the start of the conversation, oldest first. */
  leftOut: Message[];
  /** Estimate of what is sent, with the system text. */
  tokens: number;
}

/**
 * Takes as much of the past as fits into `budgetTokens`, newest first. The system text, system messages, and everything from the
 * last user message on are always taken, even beyond the budget: without them there is no question. A message is taken whole or
 * not at all, and what is sent has no gaps: the first message that does not fit leaves out all before it (system messages stay).
 */
export function fitContext<Message extends AnswerMessage>(
  messages: readonly Message[],
  budgetTokens: number,
  system = "",
): FittedContext<Message> {
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const askedFrom = lastUser === -1 ? messages.length - 1 : lastUser;
  const isFixed = (message: Message, index: number): boolean =>
    index >= askedFrom || message.role === "system";
  let tokens = estimateTokens(system);
  for (const [index, message] of messages.entries()) {
    if (isFixed(message, index)) tokens += estimateMessageTokens(message);
  }
  let from = askedFrom;
  for (let index = askedFrom - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message === undefined || isFixed(message, index)) continue;
    const cost = estimateMessageTokens(message);
    if (tokens + cost > budgetTokens) break;
    tokens += cost;
    from = index;
  }
  const isTaken = (message: Message, index: number): boolean => index >= from || isFixed(message, index);
  return {
    messages: messages.filter(isTaken),
    leftOut: messages.filter((message, index) => !isTaken(message, index)),
    tokens,
  };
}

/** Room kept free for the answer. */
const answerTokens = 4096;

/**
 * How many tokens of past to send to a model: what the provider tells, else a cautious guess by kind, less room for the answer.
 * Local servers are the cautious case: many take in 8,000 tokens or fewer unless told otherwise.
 */
export function contextBudget(config: ProviderConfig, model?: ModelInfo): number {
  const whole = model?.contextTokens ?? guessedContext(config);
  return Math.max(Math.floor(whole / 2), whole - answerTokens);
}

function guessedContext(config: ProviderConfig): number {
  switch (config.kind) {
    case "openai":
      return 128_000;
    case "anthropic":
      return 200_000;
    case "google":
      return 1_000_000;
    case "builtin":
      return 4096;
    case "openai-compatible":
      return isLoopback(config) ? 8192 : 32_768;
  }
}
