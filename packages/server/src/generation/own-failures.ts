import { isChattyError } from "@chatty/model";
import type { AnswerFailure } from "@chatty/runtimes";

// Failures of answers that are not the provider's.

/** Of an answer that the server's own end cut off. */
export const closedFailure: AnswerFailure = {
  code: "CONNECTION_CUT",
  message: "Chatty was closed before the answer was whole.",
  hint: "What came is kept. Continue the answer, or ask again.",
};

/** @param asked the model that was asked for */
export function noProviderFailure(asked: string | undefined): AnswerFailure {
  return asked === undefined
    ? {
        code: "NO_PROVIDER",
        message: "No model is chosen yet.",
        hint: "Choose one below, or add a provider in Settings.",
      }
    : {
        code: "NO_PROVIDER",
        message: `The provider of the model ${asked} is not set up.`,
        hint: "Choose another model, or add its provider in Settings.",
      };
}

/** Of a vault that could not be read or written. */
export function storageFailure(error: unknown): AnswerFailure {
  const known = isChattyError(error) ? error : undefined;
  return {
    code: "STORAGE_FAILED",
    message:
      known === undefined
        ? "The conversation could not be read or written."
        : `The conversation could not be read or written: ${known.message}`,
    hint: known?.hint ?? "Look at Settings, Data, and verify the vault.",
  };
}
