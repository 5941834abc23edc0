import type { SessionId } from "@chatty/model";
import { contextBudget, estimateMessageTokens, fitContext } from "@chatty/runtimes";
import type { AnswerMessage } from "@chatty/runtimes";
import type { AnswerStore, FoundModel, KeptMessage, PathMessage } from "./answer-store.ts";

export interface ContextRequest {
  store: AnswerStore;
  sessionId: SessionId;
  /** The message that is answered. */
  parent: KeptMessage;
  system: string;
  found: FoundModel;
  /** Text of the cut answer that is gone on with. */
  continued?: string;
}

/** What a model is shown of a conversation. */
export interface AnswerContext {
  messages: AnswerMessage[];
  /** How many earlier messages did not fit. */
  leftOut: number;
}

const goOn =
  "Your last answer broke off. Go on exactly where it ends, in the middle of the word if need be. Repeat nothing and add no remark.";

/**
 * The past that is sent: back from the answered message, with what a fork continues, as far as the model's context reaches. It is
 * read only that far, so that the cost does not grow with the conversation. Hidden messages are left out: they are the vendors'
 * inner workings.
 */
export async function buildContext(request: ContextRequest): Promise<AnswerContext> {
  const { store, sessionId, parent, system, found, continued } = request;
  const closing: AnswerMessage[] =
    continued === undefined
      ? []
      : [
          { role: "assistant", content: continued },
          { role: "user", content: goOn },
        ];
  const reserved = closing.reduce((sum, message) => sum + estimateMessageTokens(message), 0);
  const budget = contextBudget(found.config, found.model) - reserved;
  const past: PathMessage[] = [];
  let tokens = 0;
  let hasQuestion = false;
  for await (const message of store.readPath(sessionId, parent.id)) {
    if (message.hidden) continue;
    past.push(message);
    tokens += estimateMessageTokens(message);
    hasQuestion ||= message.role === "user";
    if (hasQuestion && tokens > budget) break;
  }
  const fitted = fitContext(past.reverse(), budget, system);
  const oldest = fitted.messages.find(({ role }) => role !== "system");
  return { messages: [...fitted.messages, ...closing], leftOut: oldest?.index ?? 0 };
}
