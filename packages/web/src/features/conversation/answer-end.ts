import type { GenerationFailure, Message } from "@chatty/server/api";

/** How a kept answer ended, as far as it is worth a word. */
export type AnswerEnd =
  | { kind: "whole" }
  /** Why it did not come, or not to its end. */
  | { kind: "failed"; failure: GenerationFailure }
  /** Only a part of it was written. */
  | { kind: "cut" }
  | { kind: "stopped" }
  /** The model reached the length that it may write at once. */
  | { kind: "too_long" };

/** How an answer ended. Imported answers are whole: their sources say nothing about it. */
export function answerEnd(message: Message): AnswerEnd {
  const { metadata } = message;
  const failure = failureFrom(metadata?.["failure"]);
  if (failure !== undefined) return { kind: "failed", failure };
  if (message.partial === true || metadata?.["cut"] === true) return { kind: "cut" };
  if (metadata?.["stopped"] === true) return { kind: "stopped" };
  return metadata?.["finishReason"] === "length" ? { kind: "too_long" } : { kind: "whole" };
}

/** How many messages of the past were not sent with the question, because they did not fit. */
export function leftOutCount(message: Message): number {
  const count = message.metadata?.["leftOut"];
  return typeof count === "number" ? count : 0;
}

function failureFrom(value: unknown): GenerationFailure | undefined {
  if (typeof value !== "object" || value === null || !("code" in value) || !("message" in value))
    return undefined;
  if (typeof value.code !== "string" || typeof value.message !== "string") return undefined;
  const hint = "hint" in value && typeof value.hint === "string" ? value.hint : undefined;
  return {
    code: value.code as GenerationFailure["code"],
    message: value.message,
    ...(hint === undefined ? {} : { hint }),
  };
}
