import { ChattyError, isChattyError } from "@chatty/model";

/** Codes of a failed answer; each is a state that the page shows with what to do about it. */
export const answerFailureCodes = [
  "NO_PROVIDER",
  "KEY_REFUSED",
  "MODEL_UNKNOWN",
  "RATE_LIMITED",
  "CONTEXT_TOO_LONG",
  "CONNECTION_CUT",
  "PROVIDER_DOWN",
  "PROVIDER_ERROR",
  "STORAGE_FAILED",
] as const;
export type AnswerFailureCode = (typeof answerFailureCodes)[number];

/** Why an answer failed, for people. Never holds a key. */
export interface AnswerFailure {
  code: AnswerFailureCode;
  message: string;
  /** What to do, one sentence. */
  hint?: string;
  /** Seconds after which it may be tried again. */
  retryAfter?: number;
}

/** True for one of the nine codes. */
export function isAnswerFailureCode(code: string): code is AnswerFailureCode {
  return (answerFailureCodes as readonly string[]).includes(code);
}

/** The error that this package throws for a failure. It has no cause: causes of libraries hold requests with their headers. */
export function errorFromFailure(failure: AnswerFailure, where: Record<string, string>): ChattyError {
  return new ChattyError(failure.code, failure.message, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    where: {
      ...where,
      ...(failure.retryAfter === undefined ? {} : { retryAfter: failure.retryAfter }),
    },
  });
}

/** The failure that an error of this package stands for; PROVIDER_ERROR without details for anything unexpected. */
export function failureFromError(error: unknown): AnswerFailure {
  if (!isChattyError(error)) {
    return {
      code: "PROVIDER_ERROR",
      message: "Something unexpected happened while the answer was made.",
      hint: "Try again.",
    };
  }
  const retryAfter = error.where?.["retryAfter"];
  return {
    code: isAnswerFailureCode(error.code) ? error.code : "PROVIDER_ERROR",
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(typeof retryAfter === "number" ? { retryAfter } : {}),
  };
}
