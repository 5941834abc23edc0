import type { Invocation } from "../invocation.ts";
import type { ErrorReport } from "../output/error-report.ts";
import type { TerminalTraits } from "../streams.ts";

/** Changes whenever an owner of one build and an asker of another would misunderstand each other. */
export const protocolVersion = 2;

/** First frame of both sides. */
export interface Greeting {
  protocol: number;
  environment: string;
  /** Of the owner only. */
  vaultId?: string;
  processId?: number;
}

export interface ForwardedRequest {
  invocation: Invocation;
  terminal: TerminalTraits;
}

/** How a forwarded command ended. */
export type Ending = { kind: "exit"; code: number } | { kind: "error"; report: ErrorReport };

/**
 * What a frame is. From the asker: `greeting`, `request`, `input` (an empty one is the end), `cancel`.
 * From the owner: `greeting`, `accepted`, `closing` (ask the next owner), `wantInput` (send one chunk), `out`, `err`, `ending`.
 */
export const frameKinds = [
  "greeting",
  "request",
  "input",
  "cancel",
  "accepted",
  "closing",
  "wantInput",
  "out",
  "err",
  "ending",
] as const;

export type FrameKind = (typeof frameKinds)[number];
