import type { LegacyMessage, LegacyReading, LegacySpan, Problem } from "@chatty/model";
import type { JsonLine } from "./json-line.ts";

/** Collects what the lines of one file are, so that every byte is accounted for. */
export class JsonlReading {
  readonly spans: LegacySpan[] = [];
  readonly problems: Problem[] = [];
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  structure({ from, to }: JsonLine): void {
    this.spans.push({ kind: "structure", path: this.path, from, to });
  }

  /** Keeps a line that is no message, and says why. */
  keep({ from, to }: JsonLine, reason: string): void {
    this.spans.push({ kind: "kept", path: this.path, from, to, reason });
  }

  /** Keeps bytes that are no JSON. */
  keepUnreadable(line: JsonLine & { kind: "unreadable" }): void {
    this.keep(line, line.isTorn ? "a line that was torn off" : "a line that is not valid JSON");
  }

  finish(conversations: LegacyReading["conversations"]): LegacyReading {
    return { conversations, spans: this.spans, problems: this.problems };
  }
}

/** The key behind which the next message comes; null for the first. */
export function lastKey(messages: readonly LegacyMessage[]): string | null {
  return messages.at(-1)?.key ?? null;
}
