import type { Summary } from "@chatty/server/api";
import { instant } from "./phrases.ts";
import { harmless, oneLine } from "./plain-text.ts";

/** A summary as one reads it, and who wrote it. */
export function summaryText({ method, model, text, points, madeAt, isOutdated }: Summary): string {
  if (method === "model") {
    const since = isOutdated ? " More was said since." : "";
    return `${harmless(text)}\n\nWritten by ${oneLine(model ?? "a model")} on ${instant(madeAt)}.${since}`;
  }
  if (points.length === 0) return "Nothing was said yet that could be summarised.";
  const lines = points.map((point) => `- ${oneLine(point.text)}`);
  return `${lines.join("\n")}\n\nSentences of the conversation itself; no model wrote this.`;
}
