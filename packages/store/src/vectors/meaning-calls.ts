import type { JsonValue } from "@chatty/model";
import type { UserPlace } from "../files/layout.ts";
import type { MeaningPort } from "./meaning-port.ts";

/** What the thread of search by meaning can be asked. */
export type MeaningCall = keyof MeaningPort;

/** To the thread. */
export interface MeaningCallMessage {
  id: number;
  call: MeaningCall;
  asked: unknown[];
}

/** Whose vectors a thread keeps, and how. */
export interface MeaningThreadData {
  /** The vault, absolute. */
  root: string;
  user: UserPlace;
  /** As it is kept under `search.embedder`. */
  setting: JsonValue;
  /** For the server that embeds, where one is set; in memory only. */
  key?: string | undefined;
}
