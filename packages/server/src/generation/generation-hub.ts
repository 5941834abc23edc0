import { ChattyError, createUuid, parseMessageId } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import { streamAnswer } from "@chatty/runtimes";
import type { BuiltinEngine } from "@chatty/runtimes";
import type { GenerationEvent, RegenerateRequest } from "../api/messages.ts";
import type { RecallPort } from "../recall/recall-port.ts";
import type { GenerationPort, GenerationState } from "../routes/generation/generation-port.ts";
import { systemClock } from "./answer-store.ts";
import type { AnswerProviders, AnswerStore, Clock, KeptMessage } from "./answer-store.ts";
import { RunningAnswer } from "./running-answer.ts";
import type { AnswerParts } from "./running-answer.ts";

export interface GenerationHubOptions {
  store: AnswerStore;
  providers: AnswerProviders;
  /** The model inside this process, if there is one. */
  builtin?: BuiltinEngine | undefined;
  /** What earlier conversations say; nothing is recalled without it. */
  recall?: RecallPort | undefined;
  /** Milliseconds from an answer's first words to its first checkpoint; 750 when absent. */
  checkpointFirstMs?: number;
  /** Milliseconds between later checkpoints, asked for at the beginning of each answer; 2000 when absent. */
  checkpointEveryMs?: () => number;
  clock?: Clock;
  createId?: () => string;
  /** Asks the model; for tests. */
  ask?: typeof streamAnswer;
}

/** All answers that are being made. It owns them: they go on whoever reads. */
export interface GenerationHub extends GenerationPort {
  /** What a reader that fell behind needs instead of the events it missed; undefined when nothing is being made. */
  state(sessionId: SessionId): { id: number; event: GenerationEvent } | undefined;
}

/** Begins, follows and ends answers; `close` must be called before the vault is closed. */
export function createGenerationHub(options: GenerationHubOptions): GenerationHub {
  const { store, createId = createUuid } = options;
  const parts: AnswerParts = {
    store,
    providers: options.providers,
    clock: options.clock ?? systemClock,
    checkpointFirstMs: options.checkpointFirstMs ?? 750,
    checkpointEveryMs: options.checkpointEveryMs ?? (() => 2000),
    builtin: options.builtin,
    recall: options.recall,
    ask: options.ask ?? streamAnswer,
  };
  const running = new Map<MessageId, RunningAnswer>();
  const listeners = new Set<(state: GenerationState) => void>();
  let isClosed = false;

  const ofSession = (sessionId: SessionId): RunningAnswer[] =>
    [...running.values()].filter(({ task }) => task.sessionId === sessionId);

  const tell = (state: GenerationState): void => {
    for (const listener of listeners) {
      try {
        listener(state);
      } catch {
        // Who listens must not be able to end an answer.
      }
    }
  };

  const begin = (answer: RunningAnswer): void => {
    const { sessionId, answerId } = answer.task;
    running.set(answerId, answer);
    tell({ sessionId, answerId, state: "started" });
  };

  return {
    isGenerating: (sessionId) => ofSession(sessionId).length > 0,

    async start(sessionId, request) {
      const answerId = parseMessageId(request.id ?? createId());
      if (running.get(answerId)?.task.sessionId === sessionId) return answerId;
      const speaker = await store.speaker(sessionId, askedSpeaker(request));
      const kept = await store.message(sessionId, answerId);
      // A repeat of a request whose answer is durable: there is nothing to make. One that a kill left half is made anew.
      if (kept !== undefined && !kept.partial) return answerId;
      const continues = await continuedMessage(store, sessionId, request);
      const parent = await parentMessage(store, sessionId, request, continues);
      // From here to `begin` nothing waits, so two requests at once cannot both pass.
      if (running.get(answerId)?.task.sessionId === sessionId) return answerId;
      if (isClosed) throw closing();
      if (running.has(answerId) || ofSession(sessionId).some(({ task }) => task.parent.id === parent.id)) {
        throw alreadyRunning();
      }
      const answer = new RunningAnswer(
        { sessionId, answerId, parent, speaker, model: request.model, continues },
        parts,
      );
      begin(answer);
      const end = (): void => {
        running.delete(answerId);
        tell({ sessionId, answerId, state: "ended" });
      };
      // It never rejects; if it did, the answer would be over all the same.
      answer.ended.then(end, end);
      return answerId;
    },

    follow: (sessionId, _lastEventId, reader) => ofSession(sessionId).at(-1)?.follow(reader),

    state: (sessionId) => ofSession(sessionId).at(-1)?.state(),

    async stop(sessionId) {
      const answers = ofSession(sessionId);
      await Promise.all(answers.map((answer) => answer.cutShort("stopped")));
      return answers.length > 0;
    },

    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async close() {
      isClosed = true;
      await Promise.all([...running.values()].map((answer) => answer.cutShort("closed")));
    },
  };
}

function askedSpeaker({ runtimeId, constructId }: RegenerateRequest): {
  runtimeId?: string;
  constructId?: string;
} {
  return {
    ...(runtimeId === undefined ? {} : { runtimeId }),
    ...(constructId === undefined ? {} : { constructId }),
  };
}

async function continuedMessage(
  store: AnswerStore,
  sessionId: SessionId,
  { continues }: RegenerateRequest,
): Promise<KeptMessage | undefined> {
  if (continues === undefined) return undefined;
  const message = await store.message(sessionId, parseMessageId(continues));
  if (message === undefined || message.role !== "assistant") throw notFound(continues);
  return message;
}

/** The message to answer: the one named, that of the cut answer, or the last one of the person on the active path. */
async function parentMessage(
  store: AnswerStore,
  sessionId: SessionId,
  { parentId }: RegenerateRequest,
  continues: KeptMessage | undefined,
): Promise<KeptMessage> {
  const named = continues?.parentId ?? (parentId === undefined ? undefined : parseMessageId(parentId));
  if (named !== undefined) {
    const message = await store.message(sessionId, named);
    if (message === undefined) throw notFound(named);
    return message;
  }
  const leaf = await store.leaf(sessionId);
  // At the end stands an answer: to answer anew means to answer what it answers.
  const asked =
    leaf?.role === "assistant" && leaf.parentId !== null
      ? await store.message(sessionId, leaf.parentId)
      : leaf;
  if (asked === undefined) {
    throw new ChattyError("MESSAGE_NOT_FOUND", "The conversation has no message to answer.", {
      hint: "Write one first.",
    });
  }
  return asked;
}

function notFound(id: string): ChattyError {
  return new ChattyError("MESSAGE_NOT_FOUND", `The conversation has no message ${id}.`, {
    hint: "Load the conversation again.",
    where: { messageId: id },
  });
}

function alreadyRunning(): ChattyError {
  return new ChattyError("GENERATION_RUNNING", "This message is being answered already.", {
    hint: "Wait for the answer or stop it.",
  });
}

function closing(): ChattyError {
  return new ChattyError("SERVER_STOPPING", "Chatty is being closed.", { hint: "Start it again." });
}
