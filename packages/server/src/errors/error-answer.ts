import { ChattyError, isChattyError } from "@chatty/model";
import type { ApiError } from "../api/error.ts";
import { statusOfError } from "./error-status.ts";

export interface ErrorAnswer {
  status: number;
  body: ApiError;
  /** True for what nobody expected: the log should have its stack, the answer must not. */
  isUnexpected: boolean;
}

/** What is told about an error. Never a stack, never the text of an error that is not our own. */
export function answerOfError(error: unknown): ErrorAnswer {
  const told = chattyErrorOf(error);
  if (told === undefined) {
    return {
      status: 500,
      isUnexpected: true,
      body: {
        error: {
          code: "INTERNAL",
          message: "Something happened that nobody expected.",
          hint: "Try again. If it stays, report what `chatty serve` printed about it.",
        },
      },
    };
  }
  const { code, message, hint, where } = told;
  return {
    status: statusOfError(code),
    isUnexpected: false,
    body: {
      error: {
        code,
        message,
        ...(hint === undefined ? {} : { hint }),
        ...(where === undefined ? {} : { where }),
      },
    },
  };
}

function chattyErrorOf(error: unknown): ChattyError | undefined {
  if (isChattyError(error)) return error;
  if (typeof error !== "object" || error === null) return undefined;
  if ("validation" in error && Array.isArray(error.validation))
    return invalidRequest(error.validation, error);
  // Fastify's own refusals of a body.
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) {
    return new ChattyError("BODY_TOO_LARGE", "The request is longer than this route takes.", {
      hint: "Attach long text as a file.",
    });
  }
  if (status === 415) {
    return new ChattyError("MEDIA_TYPE_REFUSED", "The request's Content-Type does not fit this route.", {
      hint: "Send JSON as application/json.",
    });
  }
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new ChattyError("REQUEST_INVALID", "The request cannot be read.", {
      hint: "Look at /api/docs for what this route takes.",
    });
  }
  return undefined;
}

function invalidRequest(problems: unknown[], error: object): ChattyError {
  const [first] = problems as { instancePath?: unknown; message?: unknown }[];
  const part = "validationContext" in error ? String(error.validationContext) : "request";
  const path = typeof first?.instancePath === "string" ? first.instancePath.slice(0, 200) : "";
  const reason = typeof first?.message === "string" ? first.message.slice(0, 200) : "does not fit";
  return new ChattyError("REQUEST_INVALID", `The ${part}${path === "" ? "" : ` at ${path}`} ${reason}.`, {
    hint: "Look at /api/docs for what this route takes.",
    where: { part, path },
  });
}
