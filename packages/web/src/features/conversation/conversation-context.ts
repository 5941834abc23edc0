import type { FilePart } from "@chatty/model";
import type { Message, SessionDetail } from "@chatty/server/api";
import { createContext, use } from "react";

/** What can be done from within a message. The same object for as long as the conversation is open, so that rows are not drawn anew. */
export interface ConversationActions {
  /** The conversation as it is now. */
  session: () => SessionDetail;
  /** It is shown as it was then, and nothing of it can be changed; milliseconds UTC. */
  asOf?: number;
  chooseBranch: (messageId: string) => void;
  regenerate: (message: Message) => Promise<void>;
  continueAnswer: (message: Message) => Promise<void>;
  /** Sends another text in place of a message, on a branch beside it. Answers false when it could not be sent. */
  resend: (message: Message, text: string) => Promise<boolean>;
  /** Gives a message another text in its place. Answers false when that failed. */
  correct: (message: Message, text: string) => Promise<boolean>;
  forkAt: (message: Message) => Promise<void>;
  remove: (message: Message) => Promise<void>;
  copyLink: (message: Message) => Promise<void>;
  showRaw: (message: Message) => void;
  showFile: (file: FilePart) => void;
  /** Which folded parts are open; remembered while their message is out of sight. */
  openFolds: Set<string>;
}

export const ConversationContext = createContext<ConversationActions | undefined>(undefined);

export function useConversation(): ConversationActions {
  const actions = use(ConversationContext);
  if (actions === undefined) throw new TypeError("A message is drawn outside of a conversation.");
  return actions;
}

/** Imported messages, those of the conversation that this one continues, and those of another time stay as they are. */
export function canChange(actions: ConversationActions, message: Message): boolean {
  return actions.asOf === undefined && !actions.session().imported && message.past !== true;
}
