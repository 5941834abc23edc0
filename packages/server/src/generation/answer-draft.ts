import type { JsonObject, MessageId, Part } from "@chatty/model";
import type { AnswerFailure, FinishReason } from "@chatty/runtimes";
import { recordOfRecalled } from "../recall/recall-record.ts";
import type { Recalled } from "../recall/recall-port.ts";
import type { AnswerMessageDraft, Speaker } from "./answer-store.ts";

/** How an answer ended. */
export interface AnswerEnd {
  finishReason?: FinishReason;
  /** By the person. */
  stopped: boolean;
  failure?: AnswerFailure;
  responseTimeMs: number;
  /** 0 when the model did not think aloud. */
  thinkingMs: number;
  usage?: { inputTokens?: number; outputTokens?: number };
  /** The cut answer that this one goes on with. */
  continues?: MessageId;
  /** How many messages of the past were not sent. */
  leftOut: number;
  /** What of earlier conversations was sent along. */
  recalled?: Recalled;
}

/** What there is of an answer. Text and thinking grow; parts stand in the order in which they came. */
export class AnswerDraft {
  readonly #id: MessageId;
  readonly #parentId: MessageId;
  readonly #speaker: Speaker;
  readonly #parts: Part[] = [];
  text = "";
  thinking = "";
  model = "";

  constructor(id: MessageId, parentId: MessageId, speaker: Speaker) {
    this.#id = id;
    this.#parentId = parentId;
    this.#speaker = speaker;
  }

  addText(text: string): void {
    this.text += text;
    const last = this.#parts.at(-1);
    if (last?.kind === "text") last.text += text;
    else this.#parts.push({ kind: "text", text });
  }

  addThinking(text: string): void {
    this.thinking += text;
    const last = this.#parts.at(-1);
    if (last?.kind === "thinking") last.text += text;
    else this.#parts.push({ kind: "thinking", text });
  }

  addPart(part: Part): void {
    this.#parts.push(part);
  }

  /** Parts that are neither text nor thinking. */
  get otherParts(): Part[] {
    return this.#parts.filter(({ kind }) => kind !== "text" && kind !== "thinking");
  }

  /** The message as far as it has come. */
  message(): AnswerMessageDraft {
    const thinking = this.#parts.flatMap((part) => (part.kind === "thinking" ? [part.text] : []));
    const hasMore = this.#parts.some(({ kind }) => kind !== "text");
    return {
      id: this.#id,
      parentId: this.#parentId,
      role: "assistant",
      content: this.text,
      runtimeId: this.#speaker.runtimeId,
      constructId: this.#speaker.constructId,
      ...(this.model === "" ? {} : { model: this.model }),
      // Copies: what is being written must not grow under the writer's hands.
      ...(hasMore ? { parts: this.#parts.map((part) => ({ ...part })) } : {}),
      ...(thinking.length === 0 ? {} : { thinkingLog: thinking }),
    };
  }

  /**
   * The message as it stays. A failure is kept in `metadata.failure`, so that it outlives the page; where no text came, it is also
   * the message's only words, as an `error` part, which is never sent to a model.
   */
  endedMessage(end: AnswerEnd): AnswerMessageDraft {
    const message = this.message();
    const { failure } = end;
    const metadata = metadataOf(end);
    if (failure === undefined || this.text !== "") {
      return { ...message, responseTimeMs: end.responseTimeMs, metadata };
    }
    const error: Part = { kind: "error", name: failure.code, text: failure.message };
    return {
      ...message,
      content: failure.message,
      parts: [...this.#parts, error],
      responseTimeMs: end.responseTimeMs,
      metadata,
    };
  }
}

function metadataOf(end: AnswerEnd): JsonObject {
  const { finishReason, stopped, failure, usage, continues, leftOut, thinkingMs, recalled } = end;
  return {
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(stopped ? { stopped: true } : {}),
    ...(failure?.code === "CONNECTION_CUT" ? { cut: true } : {}),
    ...(failure === undefined ? {} : { failure: { ...failure } }),
    ...(thinkingMs === 0 ? {} : { thinkingMs }),
    ...(usage === undefined ? {} : { usage: { ...usage } }),
    ...(continues === undefined ? {} : { continues }),
    ...(leftOut === 0 ? {} : { leftOut }),
    ...(recalled === undefined ? {} : { recalled: recordOfRecalled(recalled) }),
  };
}
