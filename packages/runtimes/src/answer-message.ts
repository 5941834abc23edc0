import type { FilePart, Part, Role } from "@chatty/model";

/** A message of the past as a model is to see it. */
export interface AnswerMessage {
  role: Role;
  /** Plain text; used where there are no parts. */
  content: string;
  parts?: readonly Part[];
}

/** Bytes of a file of the conversation; undefined when they are not there. */
export type ReadFilePart = (part: FilePart) => Promise<Uint8Array | undefined>;
