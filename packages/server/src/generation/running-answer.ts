import type { MessageId, SessionId } from "@chatty/model";
import { failureFromError } from "@chatty/runtimes";
import type { AnswerEvent, AnswerFailure, BuiltinEngine, FinishReason, streamAnswer } from "@chatty/runtimes";
import type { GenerationEvent } from "../api/messages.ts";
import type { AnswerReader } from "../routes/generation/generation-port.ts";
import type { Recalled, RecallPort } from "../recall/recall-port.ts";
import { AnswerDraft } from "./answer-draft.ts";
import type {
  AnswerProviders,
  AnswerStore,
  Clock,
  FoundModel,
  KeptMessage,
  Speaker,
} from "./answer-store.ts";
import { buildContext } from "./build-context.ts";
import type { AnswerContext } from "./build-context.ts";
import { CheckpointRhythm } from "./checkpoint-rhythm.ts";
import { closedFailure, noProviderFailure, storageFailure } from "./own-failures.ts";
import { unlessAborted, untilAborted } from "./until-aborted.ts";

/** What all answers of a hub share. */
export interface AnswerParts {
  store: AnswerStore;
  providers: AnswerProviders;
  clock: Clock;
  /** Milliseconds to the first checkpoint and between later ones. */
  checkpointFirstMs: number;
  checkpointEveryMs: () => number;
  builtin?: BuiltinEngine | undefined;
  /** Finds what earlier conversations say; nothing is recalled without it. */
  recall?: RecallPort | undefined;
  /** Asks the model; `streamAnswer` outside tests. */
  ask: typeof streamAnswer;
}

/** One answer that is asked for. */
export interface AnswerTask {
  sessionId: SessionId;
  answerId: MessageId;
  /** The message that is answered. */
  parent: KeptMessage;
  speaker: Speaker;
  /** `{providerId}/{model}` if one was asked for. */
  model?: string | undefined;
  /** The cut answer that is gone on with. */
  continues?: KeptMessage | undefined;
}

/**
 * One answer from its start until it is durable. Readers come and go; it goes on without them. It never rejects: whatever
 * happens is kept with the message and told by the last event.
 */
export class RunningAnswer {
  readonly task: AnswerTask;
  readonly #parts: AnswerParts;
  readonly #draft: AnswerDraft;
  readonly #rhythm: CheckpointRhythm;
  readonly #readers = new Set<AnswerReader>();
  readonly #abort = new AbortController();
  readonly #startedAt: number;
  readonly #continued: string | undefined;
  /** Resolves when the answer is durable and told. */
  readonly ended: Promise<void>;
  /** The first event is the `state` that an early reader gets. */
  #number = 1;
  #cutShort: "stopped" | "closed" | undefined;
  /** True once nothing more is taken in and what there is is being kept. */
  #isEnding = false;
  /** The last event. */
  #done: GenerationEvent | undefined;
  #storageFailure: AnswerFailure | undefined;
  #finishReason: FinishReason | undefined;
  #usage: { inputTokens?: number; outputTokens?: number } | undefined;
  #leftOut = 0;
  #recalled: Recalled | undefined;
  /** When the thinking that goes on began, and how long all before it took. */
  #thinkingSince: number | undefined;
  #thinkingMs = 0;

  constructor(task: AnswerTask, parts: AnswerParts) {
    this.task = task;
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    this.#draft = new AnswerDraft(task.answerId, task.parent.id, task.speaker);
    const everyMs = parts.checkpointEveryMs();
    this.#rhythm = new CheckpointRhythm({
      firstMs: Math.min(parts.checkpointFirstMs, everyMs),
      everyMs,
      clock: parts.clock,
      write: () => parts.store.checkpoint(task.sessionId, this.#draft.message()),
      onFailure: (error) => {
        this.#storageFailure = storageFailure(error);
        this.#abort.abort();
      },
    });
    this.#continued = task.continues === undefined ? undefined : this.#takeOver(task.continues);
    this.ended = this.#run();
  }

  /**
   * Everything so far, and the number of the last event that it holds. When the answer is over: that it is, since what it holds
   * is durable then.
   */
  state(): { id: number; event: GenerationEvent } {
    if (this.#done !== undefined) return { id: this.#number, event: this.#done };
    const { answerId, parent } = this.task;
    const { text, thinking, otherParts, model } = this.#draft;
    return {
      id: this.#number,
      event: {
        type: "state",
        answerId,
        parentId: parent.id,
        model: model === "" ? (this.task.model ?? "") : model,
        startedAt: this.#startedAt,
        text,
        thinking,
        parts: otherParts,
      },
    };
  }

  /** Tells the reader the state and then what comes; returns how to stop. Undefined when the answer is over. */
  follow(reader: AnswerReader): (() => void) | undefined {
    if (this.#done !== undefined) return undefined;
    const { id, event } = this.state();
    this.#safely(() => reader.event(id, event));
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /** Ends the answer with what there is; resolves when it is durable. `closed` marks it as cut, so that it can be gone on with. */
  async cutShort(why: "stopped" | "closed"): Promise<void> {
    // An answer that is whole, or has failed, and is only being kept was not cut.
    if (!this.#isEnding && this.#finishReason === undefined) this.#cutShort ??= why;
    this.#abort.abort();
    await this.ended;
  }

  async #run(): Promise<void> {
    let failure: AnswerFailure | undefined;
    try {
      failure = await this.#ask();
    } catch (error) {
      failure = failureFromError(error);
    }
    await this.#end(failure);
  }

  async #ask(): Promise<AnswerFailure | undefined> {
    const { store, ask, builtin } = this.#parts;
    const { signal } = this.#abort;
    let prepared;
    try {
      prepared = await unlessAborted(this.#prepare(), signal);
    } catch (error) {
      return storageFailure(error);
    }
    if (prepared === undefined) return undefined;
    if ("failure" in prepared) return prepared.failure;
    const { found, context } = prepared;
    this.#draft.model = `${found.config.providerId}/${found.model.id}`;
    this.#leftOut = context.leftOut;
    this.#recalled = context.recalled;
    // The model's name was not known when the first readers came.
    this.#tell(this.state().event);
    const events = ask({
      config: found.config,
      model: found.model.id,
      messages: context.messages,
      signal,
      readFile: (part) => store.readFile(part),
      keepFile: (file) => store.keepFile(file),
      ...(context.system === "" ? {} : { system: context.system }),
      ...(builtin === undefined ? {} : { builtin }),
    });
    for await (const event of untilAborted(events, signal)) this.#take(event);
    return undefined;
  }

  async #prepare(): Promise<{ found: FoundModel; context: AnswerContext } | { failure: AnswerFailure }> {
    const { store, providers } = this.#parts;
    const { sessionId, speaker, parent, model } = this.task;
    const found = await providers.find(model, speaker);
    if (found === undefined) return { failure: noProviderFailure(model) };
    const system = speaker.system ?? "";
    const continued = this.#continued;
    const context = await buildContext({
      store,
      sessionId,
      parent,
      found,
      system,
      recall: this.#parts.recall,
      ...(continued === undefined ? {} : { continued }),
    });
    return { found, context };
  }

  #take(event: AnswerEvent): void {
    switch (event.type) {
      case "text":
        this.#endThinking();
        this.#draft.addText(event.text);
        break;
      case "thinking":
        this.#thinkingSince ??= this.#parts.clock.now();
        this.#draft.addThinking(event.text);
        break;
      case "part":
        this.#endThinking();
        this.#draft.addPart(event.part);
        break;
      case "usage": {
        const { type: _, ...usage } = event;
        this.#usage = usage;
        return;
      }
      case "finish":
        if (event.reason !== "stopped") this.#finishReason = event.reason;
        return;
    }
    this.#rhythm.grew();
    this.#tell(event);
  }

  #endThinking(): void {
    if (this.#thinkingSince === undefined) return;
    this.#thinkingMs += Math.max(0, this.#parts.clock.now() - this.#thinkingSince);
    this.#thinkingSince = undefined;
  }

  async #end(thrown: AnswerFailure | undefined): Promise<void> {
    const { store, clock } = this.#parts;
    const { sessionId, answerId, continues } = this.task;
    this.#isEnding = true;
    this.#endThinking();
    await this.#rhythm.end();
    const stopped = this.#cutShort === "stopped";
    let failure = this.#storageFailure ?? (this.#cutShort === undefined ? thrown : undefined);
    if (this.#cutShort === "closed") failure ??= closedFailure;
    const draft = this.#draft.endedMessage({
      stopped,
      responseTimeMs: Math.max(0, Math.round(clock.now() - this.#startedAt)),
      leftOut: this.#leftOut,
      thinkingMs: this.#thinkingMs,
      ...(stopped ? { finishReason: "stopped" as const } : {}),
      ...(this.#finishReason === undefined ? {} : { finishReason: this.#finishReason }),
      ...(failure === undefined ? {} : { failure }),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(continues === undefined ? {} : { continues: continues.id }),
      ...(this.#recalled === undefined ? {} : { recalled: this.#recalled }),
    });
    try {
      await store.append(sessionId, draft);
    } catch (error) {
      failure = storageFailure(error);
    }
    if (this.#recalled !== undefined) await this.#parts.recall?.keep(sessionId, answerId, this.#recalled);
    this.#done = {
      type: "done",
      messageId: answerId,
      stopped,
      ...(failure === undefined ? {} : { failure }),
    };
    this.#tell(this.#done);
    for (const reader of this.#readers) this.#safely(() => reader.end());
    this.#readers.clear();
  }

  #tell(event: GenerationEvent): void {
    this.#number += 1;
    for (const reader of this.#readers) this.#safely(() => reader.event(this.#number, event));
  }

  #safely(tell: () => void): void {
    try {
      tell();
    } catch {
      // A reader that cannot be told is gone or broken: its own affair, never the answer's.
    }
  }

  /** Begins with what a cut answer had; undefined when it had no text to go on with. */
  #takeOver(cut: KeptMessage): string | undefined {
    const parts = cut.parts ?? [];
    const text =
      parts.length === 0
        ? cut.content
        : parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
    if (text === "") return undefined;
    const thinking = parts.map((part) => (part.kind === "thinking" ? part.text : "")).join("");
    if (thinking !== "") this.#draft.addThinking(thinking);
    this.#draft.addText(text);
    return text;
  }
}
