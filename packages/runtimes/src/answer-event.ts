import type { Part } from "@chatty/model";

/** Why an answer ended: `stopped` is the asker's own abort. */
export type FinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "stopped" | "other";

/** What happens while an answer is made. `finish` comes once and last; an answer without it failed. */
export type AnswerEvent =
  | { type: "text"; text: string }
  | { type: "thinking"; text: string }
  /** A tool call, tool result, citation or file, whole. */
  | { type: "part"; part: Part }
  | { type: "usage"; inputTokens?: number; outputTokens?: number }
  | { type: "finish"; reason: FinishReason };
