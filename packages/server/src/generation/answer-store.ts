import type { ConstructId, FilePart, MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { AnswerMessage, MadeFile, ModelInfo, ProviderConfig } from "@chatty/runtimes";
import type { MessageDraft } from "@chatty/store";

/** A message on the way back from the one that is answered. */
export interface PathMessage extends AnswerMessage {
  id: MessageId;
  /** Position on the path, from 0; the past that a fork continues counts. */
  index: number;
  hidden: boolean;
}

/** A message that may be answered or gone on with. */
export interface KeptMessage extends AnswerMessage {
  id: MessageId;
  parentId: MessageId | null;
  /** Only a checkpoint was written. */
  partial: boolean;
}

/** Who answers. */
export interface Speaker {
  runtimeId: RuntimeId;
  constructId: ConstructId;
  /** The construct's instructions. */
  system?: string;
}

/** A message with its id; what is written of an answer. */
export type AnswerMessageDraft = MessageDraft & { id: MessageId };

/** What a generation needs of the vault. Times and places are the vault's affair. */
export interface AnswerStore {
  /** @throws {ChattyError} SESSION_NOT_FOUND, SESSION_READ_ONLY, RUNTIME_NOT_FOUND, CONSTRUCT_NOT_FOUND */
  speaker(sessionId: SessionId, asked: { runtimeId?: string; constructId?: string }): Promise<Speaker>;
  /** End of the active path; undefined in an empty conversation. */
  leaf(sessionId: SessionId): Promise<KeptMessage | undefined>;
  message(sessionId: SessionId, id: MessageId): Promise<KeptMessage | undefined>;
  /** The path that ends with `leafId`, newest first; read only as far as it is asked for. */
  readPath(sessionId: SessionId, leafId: MessageId): AsyncIterable<PathMessage>;
  /** Resolves when it is durable; replaces the former checkpoint of the same id. */
  checkpoint(sessionId: SessionId, draft: AnswerMessageDraft): Promise<void>;
  /** Resolves when it is durable; the same id twice is one message. */
  append(sessionId: SessionId, draft: AnswerMessageDraft): Promise<void>;
  /** Undefined when the bytes are not there or too many to send. */
  readFile(part: FilePart): Promise<Uint8Array | undefined>;
  keepFile(file: MadeFile): Promise<FilePart>;
}

/** A model and who offers it. */
export interface FoundModel {
  config: ProviderConfig;
  model: ModelInfo;
}

/** The configured providers. */
export interface AnswerProviders {
  /** The model that `{providerId}/{model}` names, or the one to take when nothing is asked for; undefined when there is none. */
  find(name: string | undefined, speaker: Speaker): Promise<FoundModel | undefined>;
}

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Integer milliseconds UTC. */
  now(): number;
  /** Calls once after so many milliseconds; returns how to call it off. */
  after(delayMs: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
