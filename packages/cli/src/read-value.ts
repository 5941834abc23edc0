import { resolve } from "node:path";
import { endOfTimeSpan, parseMessageId, parseTimeSpan, parseUserId } from "@chatty/model";
import type { TimeSpan } from "@chatty/model";
import type { ArgumentDescription, OptionDescription } from "./command-description.ts";
import { usageError } from "./invocation.ts";
import { nearestWord } from "./suggestion.ts";

/**
 * Reads one value as its description wants it.
 * @param shownName as messages call it
 * @throws {ChattyError} USAGE
 */
export function readValue(
  description: ArgumentDescription | OptionDescription,
  text: string,
  shownName: string,
  workingFolder: string,
): string | number {
  checkChoice(description, text, shownName);
  switch (description.kind) {
    case "path":
      if (text === "") throw usageError(`${shownName} is empty.`, "Give a path.");
      return text === "-" ? text : resolve(workingFolder, text);
    case "count":
      return readCount(description, text, shownName);
    case "time-until":
      return readTime(text, shownName).toMs;
    case "time-from":
      return readTime(text, shownName).fromMs;
    case "time-before":
      return endOfTimeSpan(readTime(text, shownName));
    case "message-id":
      try {
        return parseMessageId(text);
      } catch {
        throw usageError(
          `${shownName} is not a message id: ${JSON.stringify(text)}.`,
          "Give a UUID, as `chatty show SESSION --json` lists them.",
        );
      }
    case "text":
    case undefined:
      return text;
    default:
      return description.kind satisfies never;
  }
}

function readTime(text: string, shownName: string): TimeSpan {
  const time = parseTimeSpan(text);
  if (time !== undefined) return time;
  throw usageError(`${shownName} is not a time: ${JSON.stringify(text)}.`, timeHint(text));
}

function timeHint(text: string): string {
  if (/^\d{4}$/.test(text)) return `A year alone says too little: give a date, as in ${text}-12-31.`;
  if (/^\d+$/.test(text)) {
    const inMs = text.length <= 11 ? `, so a time in seconds is written ${text}000` : "";
    return `A plain number means milliseconds since 1970 UTC${inMs}. Or give ISO 8601, as in 2025-11-13T18:00:05Z.`;
  }
  return "Give ISO 8601, as in 2025-11-13T18:00:05Z, a date, or milliseconds since 1970 UTC.";
}

function checkChoice(
  { choices }: ArgumentDescription | OptionDescription,
  text: string,
  shownName: string,
): void {
  if (choices === undefined || choices.includes(text)) return;
  const near = nearestWord(text, choices);
  const possible = `Possible: ${choices.join(", ")}.`;
  throw usageError(
    `${shownName} cannot be ${JSON.stringify(text)}.`,
    near === undefined ? possible : `Did you mean ${near}? ${possible}`,
  );
}

function readCount(
  description: ArgumentDescription | OptionDescription,
  text: string,
  shownName: string,
): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  const min = "min" in description ? (description.min ?? 0) : 0;
  const max = "max" in description ? (description.max ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
  if (count >= min && count <= max) return count;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw usageError(`${shownName} cannot be ${JSON.stringify(text)}.`, `Give a whole number ${range}.`);
}

/** @throws {ChattyError} USAGE */
export function checkUser(text: string): string {
  try {
    return parseUserId(text);
  } catch {
    throw usageError(`--user is not a user id: ${JSON.stringify(text)}.`, "Give the user's UUID.");
  }
}

/** @throws {ChattyError} USAGE */
export function checkEnvironment(text: string): string {
  const environments = ["production", "staging", "development", "test"];
  if (environments.includes(text)) return text;
  throw usageError(
    `${JSON.stringify(text)} is not an environment.`,
    `--env and CHATTY_ENV take one of: ${environments.join(", ")}.`,
  );
}
