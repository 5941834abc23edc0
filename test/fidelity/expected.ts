import type { Json } from "./source-json.ts";

/** A part whose text belongs to `content`. */
export interface ExpectedText {
  kind: "text" | "thinking" | "code" | "tool_result" | "error";
  text: string;
  /** Each must be found in the part's summary. */
  summaries?: string[];
  language?: string;
  callId?: string;
}

/** A part that adds nothing to `content`. */
export type ExpectedAside =
  | {
      kind: "media";
      kinds: readonly string[];
      pointer?: string;
      fileId?: string;
      name?: string;
      extractedText?: string;
    }
  | { kind: "tool_call"; name: string; callId?: string; input?: Json }
  | { kind: "silent_result"; callId?: string }
  | { kind: "citation"; url?: string }
  | { kind: "opaque"; type: string; raw: Json };

export interface ExpectedMessage {
  /** Mapping key or message uuid. */
  key: string;
  /** Keys of the message that may stand as parent; more than one only where the source contradicts itself. */
  parents: (string | null)[];
  role: string;
  /** Undefined elements stand for "absent"; an absent list is not checked. */
  authors?: (string | undefined)[];
  /** Milliseconds; absent where the source tells no usable time. */
  time?: number;
  /** `false`: not checked. */
  model: string | undefined | false;
  hidden: boolean;
  texts: ExpectedText[];
  asides: ExpectedAside[];
  /** True where an opaque block points at a picture, which may be told apart as a part of its own. */
  mayPointAtMore?: boolean;
  /** True where an empty text may be left without a part. */
  mayBeEmpty?: boolean;
}

/** What the receipt has to say about nodes; `free` nodes may be stored or flagged. */
export interface ExpectedCount {
  seen: number;
  clean: number;
  reserved: number;
  free: number;
  /** Nodes that nothing can be made of; these, and no others, may be skipped. */
  unreadable: number;
}

/** What has to come out of one conversation of a source, computed from its bytes alone. */
export interface ExpectedConversation {
  source: "chatgpt" | "claude";
  sourceId: string | undefined;
  title: string | undefined;
  messages: ExpectedMessage[];
  /** Groups of keys that share a parent, in the source's order. */
  siblings: string[][];
  /** Key of the message that the source shows last, where it says so. */
  leaf: string | undefined;
  count: ExpectedCount;
}

const lastInstant = Date.UTC(2200, 0, 1);
const firstInstant = Date.UTC(1900, 0, 1);

/** Seconds, milliseconds or microseconds by magnitude; ISO 8601, where no zone means UTC. */
export function expectedTime(token: Json | undefined): number | undefined {
  let ms: number | undefined;
  if (typeof token === "string" && /^-?\d+(\.\d+)?$/.test(token.trim())) ms = fromNumber(Number(token));
  else if (typeof token === "string") ms = fromIso(token.trim());
  else if (typeof token === "number") ms = fromNumber(token);
  return ms === undefined || !Number.isFinite(ms) || ms < firstInstant || ms > lastInstant ? undefined : ms;
}

function fromNumber(value: number): number | undefined {
  if (value <= 0) return undefined;
  return value < 1e11 ? value * 1000 : value < 1e14 ? value : value / 1000;
}

function fromIso(text: string): number | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
  if (match === null) return undefined;
  const [, day = "", clock = "00:00", zone = "Z"] = match;
  const ms = Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Stored, flagged or open, from what is known about one message. */
export function classifyMessage(
  message: ExpectedMessage,
  isReserved: boolean,
): "clean" | "reserved" | "free" {
  if (isReserved || message.hidden) return "reserved";
  const opaque = message.asides.filter((aside) => aside.kind === "opaque").length;
  if (opaque > 0 && message.texts.length === 0) {
    const isOpaqueOnly = message.asides.length === opaque && message.mayPointAtMore !== true;
    return isOpaqueOnly ? "reserved" : "free";
  }
  return message.texts.length + message.asides.length === 0 ? "free" : "clean";
}
