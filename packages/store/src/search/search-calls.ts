import type { SearchPlace } from "./search-place.ts";

/** What the threads of search can be asked: one keeps an index, the other answers questions about it. */
export type SearchCall = Exclude<keyof SearchPlace, "close">;

/** What a call is given, and what it answers. */
export type AskedOf<Call extends SearchCall> = Parameters<SearchPlace[Call]>;
export type AnswerOf<Call extends SearchCall> = Awaited<ReturnType<SearchPlace[Call]>>;

/** Which of the two threads it is, and of which index. */
export interface SearchThreadData {
  role: "index" | "question";
  /** Absolute. */
  path: string;
}

/** To the thread. */
export interface SearchCallMessage {
  id: number;
  call: SearchCall;
  asked: unknown[];
}
