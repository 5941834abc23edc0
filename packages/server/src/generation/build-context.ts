import type { SessionId } from "@chatty/model";
import { contextBudget, estimateMessageTokens, fitContext, isLoopback } from "@chatty/runtimes";
import type { AnswerMessage, RecallTurn } from "@chatty/runtimes";
import type { Recalled, RecallPort } from "../recall/recall-port.ts";
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
  /** Finds what earlier conversations say; without it nothing is recalled. */
  recall?: Pick<RecallPort, "find"> | undefined;
}

/** What a model is shown of a conversation. */
export interface AnswerContext {
  messages: AnswerMessage[];
  /** How many earlier messages did not fit. */
  leftOut: number;
  /** Instructions of whoever answers, with what is to be said of recalled passages. */
  system: string;
  /** What of earlier conversations is sent along. */
  recalled?: Recalled;
}

/** The most that is recalled, and which share of the room it may take. */
const mostRecalledTokens = 2000;
const recalledShare = 0.25;
/** In less room than this nothing useful is recalled. */
const leastRecalledTokens = 600;

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
  past.reverse();
  const room = Math.min(mostRecalledTokens, Math.floor(budget * recalledShare));
  const narrow = fitContext(past, budget - room, system);
  const recalled = room < leastRecalledTokens ? undefined : await recallFor(request, narrow.messages, room);
  // Without anything recalled its room is the conversation's.
  const fitted = recalled === undefined ? fitContext(past, budget, system) : narrow;
  const oldest = fitted.messages.find(({ role }) => role !== "system");
  const leftOut = oldest?.index ?? 0;
  if (recalled === undefined) return { messages: [...fitted.messages, ...closing], leftOut, system };
  const asked = fitted.messages.findLastIndex(({ role }) => role === "user");
  const messages: AnswerMessage[] = [...fitted.messages];
  messages.splice(Math.max(asked, 0), 0, ...recalled.framed.turns);
  const told = [system, recalled.framed.system].filter((text) => text !== "").join("\n\n");
  return { messages: [...messages, ...closing], leftOut, system: told, recalled };
}

async function recallFor(
  { recall, sessionId, found }: ContextRequest,
  shown: readonly PathMessage[],
  maxTokens: number,
): Promise<Recalled | undefined> {
  const turns = shown.flatMap(({ role, content }): RecallTurn[] =>
    role === "user" || role === "assistant" ? [{ role, text: content }] : [],
  );
  return await recall?.find({
    sessionId,
    turns: turns.slice(-6),
    inContext: new Set(shown.map(({ id }) => id)),
    maxTokens,
    isLocal: found.config.kind === "builtin" || isLoopback(found.config),
  });
}
