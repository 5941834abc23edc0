import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { FramedPassages, PassagePiece, RecallTurn } from "@chatty/runtimes";

/** A stretch of one message, UTF-16 units of its text. */
export interface RecalledPiece {
  messageId: MessageId;
  from: number;
  to: number;
}

/** A passage of an earlier conversation, as it is given to a model. */
export interface FoundPassage {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  /** Name of the runtime, for people. */
  runtime: string;
  title: string;
  /** Integer milliseconds UTC of its first message; absent where the source has none. */
  timestamp?: number;
  /** In the order of the conversation. */
  pieces: RecalledPiece[];
  /** The same stretches as they are read, for the frame. */
  quoted: PassagePiece[];
  /** The message that was found; opening the passage leads to it. */
  messageId: MessageId;
  /** As the model reads it. */
  text: string;
  /** Of `text`, in hexadecimal. */
  sha256: string;
  /** Higher is better; comparable within one answer only. */
  score: number;
  /** Words of the message that stand in it, and `meaning` where its sense was alike. */
  why: string[];
  tokens: number;
}

/** What is looked for, and what for. */
export interface RecallAsk {
  sessionId: SessionId;
  /** The end of the conversation, oldest first. */
  turns: readonly RecallTurn[];
  /** Messages that the model is shown anyway. */
  inContext: ReadonlySet<MessageId>;
  /** Room for everything that is added to the request. */
  maxTokens: number;
  /** The model that will read it runs on this machine. */
  isLocal: boolean;
}

/** What was found for one answer. */
export interface Recalled {
  passages: FoundPassage[];
  framed: FramedPassages;
  /** Integer milliseconds UTC of the looking. */
  at: number;
  tookMs: number;
}

/** What earlier conversations say about a message, as the making of answers needs it. */
export interface RecallPort {
  /** Never rejects and never takes longer than its bound: without an outcome the answer is made without recalling. */
  find(ask: RecallAsk): Promise<Recalled | undefined>;
  /** Learns in the background which words are usual, if that is not known; resolves when it is. Never rejects. */
  prepare(): Promise<void>;
  /** Keeps in the history that an answer was made with it. Never rejects: the answer's own record says the same. */
  keep(sessionId: SessionId, answerId: MessageId, recalled: Recalled): Promise<void>;
}
