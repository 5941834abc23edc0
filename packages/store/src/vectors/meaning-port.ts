import type { MeaningState, MessageId, SearchFilters, SessionId } from "@chatty/model";
import type { Visibility } from "../search/session-filter.ts";

/** A question by meaning. Exactly one of `text`, `vector` and `like` is given. */
export interface MeaningQuestion {
  text?: string;
  /** Of the model that answers; see {@link MeaningAnswer.model}. */
  vector?: Float32Array;
  /** Asks for what is like a message, which itself is left out. */
  like?: { sessionId: SessionId; messageId: MessageId };
  /** What every hit must fulfil, all of it: exactly as in a search by words. */
  filters: SearchFilters | readonly SearchFilters[];
  visibility: Visibility;
  limit: number;
}

/** A message that means what was asked for. */
export interface MeaningHit {
  sessionId: SessionId;
  messageId: MessageId;
  /** Cosine; where two models answered, by how many deviations it is more than usual for its model. Comparable within one answer. */
  score: number;
  /** In which of its texts the nearest passage stands, and where: UTF-16 units, the end exclusive. */
  field: "text" | "file";
  from: number;
  to: number;
}

export interface MeaningAnswer {
  /** Best first, each message once. */
  hits: MeaningHit[];
  /** Models that answered, the best first; none while there are no vectors. */
  models: string[];
  /** False when some messages have no vector yet. */
  isComplete: boolean;
}

/** Search by meaning, wherever it is done. Answers come in any order. Whoever opened it closes it. */
export interface MeaningPort {
  /** Says that the index of words changed: what is new is embedded soon. */
  sync(): void;
  /** @throws {ChattyError} EMBEDDER_UNAVAILABLE, EMBEDDER_FAILED */
  find(question: MeaningQuestion): Promise<MeaningAnswer>;
  /**
   * Removes every vector of conversations, from all files, and writes nothing of them from then on. Await it before their folders go, and
   * again, with `isGone`, when the index of words has forgotten them: what it says of them afterwards is news.
   */
  forget(sessionIds: readonly SessionId[], isGone: boolean): Promise<void>;
  /** Leaves no trace in the database of what was taken out. @returns false when somebody reads it for too long. */
  scrub(): Promise<boolean>;
  /** Lets go of the index of words, which is being begun anew, and opens it again at the next occasion. */
  reopen(): Promise<void>;
  /** Makes the database again from the files; nothing is embedded anew. @returns vectors in it */
  rebuild(): Promise<number>;
  state(): Promise<MeaningState>;
  /** Embeds nothing more until {@link MeaningPort.resume}; questions are answered. */
  pause(): void;
  resume(): void;
  /** Resolves when everything that the index of words has is embedded, or when embedding failed or is paused. */
  settle(): Promise<void>;
  close(): Promise<void>;
}
