import { ChattyError } from "@chatty/model";
import type { Streams } from "../streams.ts";
import { harmless } from "./plain-text.ts";
import { createStyle } from "./style.ts";

/** An error as programs see it; also the form in which the owner hands it to the asker. */
export interface ErrorReport {
  code: string;
  message: string;
  hint: string;
  where?: Record<string, string | number>;
  stack?: string;
}

/** What keeps a vault from opening, and what a backup mends better than a repair. */
const notOpened = new Set(["CONFIGURATION_CORRUPT", "CONFIGURATION_MISSING", "LOG_DAMAGED", "LOG_MISSING"]);
const restoreHint =
  "Nothing was changed. Restore a backup if there is one. Else `chatty repair` keeps what is damaged in quarantine/ and brings back what the other files tell; it says what is gone.";

/** Turns anything thrown into a report. What nobody expected becomes INTERNAL; its stack is told with CHATTY_DEBUG only. */
export function reportFromError(error: unknown, debug: boolean): ErrorReport {
  const stack = debug && error instanceof Error ? { stack: stackWithCauses(error) } : {};
  if (error instanceof ChattyError) {
    return {
      code: error.code,
      message: error.message,
      hint: notOpened.has(error.code)
        ? restoreHint
        : (error.hint ?? "docs/guides/errors.md explains the code."),
      ...(error.where === undefined ? {} : { where: error.where }),
      ...stack,
    };
  }
  return {
    code: "INTERNAL",
    message: `Chatty met something it did not expect: ${error instanceof Error ? error.message : String(error)}`,
    hint: "Run it again with CHATTY_DEBUG=1 and report what it prints; `chatty verify` tells whether all is well.",
    ...stack,
  };
}

/** The error that a report stands for, so that it can be thrown on the asker's side. */
export function errorFromReport(report: ErrorReport): ChattyError {
  const error = new ChattyError(report.code, report.message, {
    hint: report.hint,
    ...(report.where === undefined ? {} : { where: report.where }),
  });
  if (report.stack !== undefined) error.stack = report.stack;
  return error;
}

/** Writes an error where the contract wants it: one object on stdout, or two lines on stderr. */
export async function writeError(streams: Streams, json: boolean, report: ErrorReport): Promise<void> {
  const { stack, ...error } = report;
  if (json) await streams.stdout.write(Buffer.from(`${JSON.stringify({ error })}\n`, "utf8"));
  const style = createStyle(streams.terminal.stderrIsTerminal, streams.terminal);
  const lines = json
    ? []
    : [
        `${style.bad("Error")} ${style.faint(`(${error.code})`)}: ${onOneLine(error.message)}${place(error.where)}`,
        `${style.strong("Hint")}: ${style.hint(onOneLine(error.hint))}`,
      ];
  if (stack !== undefined) lines.push(stack);
  if (lines.length > 0) await streams.stderr.write(Buffer.from(`${lines.join("\n")}\n`, "utf8"));
}

function place(where: Record<string, string | number> | undefined): string {
  if (where === undefined) return "";
  const given = Object.entries(where).filter(([, value]) => value !== "");
  const parts = given.map(([key, value]) => `${key} ${onOneLine(String(value))}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function onOneLine(text: string): string {
  return harmless(text).replace(/\s*\n\s*/g, " ");
}

function stackWithCauses(error: Error): string {
  const stacks = [error.stack ?? error.message];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    stacks.push(`caused by ${cause.stack ?? cause.message}`);
  }
  return stacks.join("\n");
}
