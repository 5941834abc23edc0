import type { MessageId, SessionId } from "@chatty/model";
import type { GenerationEvent, RegenerateRequest } from "../../api/messages.ts";

/** Told when an answer begins and when it is durable, whole or cut. */
export interface GenerationState {
  sessionId: SessionId;
  answerId: MessageId;
  state: "started" | "ended";
}

/** Somebody who reads an answer while it is made. */
export interface AnswerReader {
  /** @param id rises from 1 */
  event(id: number, event: GenerationEvent): void;
  /** Nothing follows. */
  end(): void;
}

/** Answers that are being made, as routes need them. The maker owns them: no reader has to stay. */
export interface GenerationPort {
  isGenerating(sessionId: SessionId): boolean;
  /**
   * Begins an answer and says which id it has, before any provider is asked. The same id again gives the answer that is there.
   * What goes wrong with the provider is told by the answer's `done` event.
   * @throws {ChattyError} GENERATION_RUNNING, SESSION_READ_ONLY, MESSAGE_NOT_FOUND
   */
  start(sessionId: SessionId, request: RegenerateRequest): Promise<MessageId>;
  /**
   * Gives a reader everything after `lastEventId`, or one `state` with all so far, and then what comes.
   * @returns how to stop reading; undefined when nothing is being made
   */
  follow(
    sessionId: SessionId,
    lastEventId: number | undefined,
    reader: AnswerReader,
  ): (() => void) | undefined;
  /** What a reader that fell behind needs instead of what it missed; undefined when nothing is being made. */
  state(sessionId: SessionId): { id: number; event: GenerationEvent } | undefined;
  /** Stops an answer and resolves when what there is of it is durable. False when nothing was being made. */
  stop(sessionId: SessionId): Promise<boolean>;
  onState(listener: (state: GenerationState) => void): () => void;
  /** Stops everything, with what there is of each answer durable. */
  close(): Promise<void>;
}
