import type { SourceName } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { ConversationOwner, DigestBatch, ExportHead } from "./export-digests.ts";
import type { Judgement, VersionQuestion } from "./judge-versions.ts";

/** What the thread of an import can be asked; the answer stands beside each. One export in the life of a thread. */
export interface ThreadCalls {
  /** Opens the export; everything else comes after it. */
  open: { asked: { path: string; name: string; source: SourceName | undefined }; answer: ExportHead };
  /** The next batch of an iteration; undefined at its end. */
  owners: { asked: undefined; answer: ConversationOwner[] | undefined };
  batches: { asked: undefined; answer: DigestBatch | undefined };
  /** Ends an iteration early; the next call begins it anew. */
  leaveOwners: { asked: undefined; answer: undefined };
  judge: { asked: VersionQuestion; answer: Judgement };
  /** SHA-256 of a file in hexadecimal; needs no open export. */
  hash: { asked: { path: string }; answer: string };
}

export type ThreadCall = keyof ThreadCalls;

/** To the thread. */
export interface CallMessage {
  id: number;
  call: ThreadCall;
  asked: unknown;
}

/** From the thread: an answer, or why there is none. */
export type AnswerMessage = { id: number; answer: unknown } | { id: number; failure: SentError };

/** An error on its way between threads, which would lose its class and its fields. */
export interface SentError {
  chatty: boolean;
  name: string;
  message: string;
  stack: string | undefined;
  code: string | undefined;
  hint: string | undefined;
  where: Record<string, string | number> | undefined;
}

export function sendError(error: unknown): SentError {
  const whole = error instanceof Error ? error : new Error(String(error));
  const code = "code" in whole && typeof whole.code === "string" ? whole.code : undefined;
  const chatty = whole instanceof ChattyError ? whole : undefined;
  return {
    chatty: chatty !== undefined,
    name: whole.name,
    message: whole.message,
    stack: whole.stack,
    code,
    hint: chatty?.hint,
    where: chatty?.where,
  };
}

export function receiveError(sent: SentError): Error {
  const { code, message, hint, where, stack, name } = sent;
  const error =
    sent.chatty && code !== undefined
      ? new ChattyError(code, message, {
          ...(hint === undefined ? {} : { hint }),
          ...(where === undefined ? {} : { where }),
        })
      : Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });
  if (stack !== undefined) error.stack = stack;
  return error;
}
