/** Where a problem lies inside an import, as far as it is known. Offsets and lengths are bytes. */
export interface ProblemPlace {
  /** Member of the archive, under its raw name. */
  member?: string;
  /** Byte offset inside the member (or inside the archive when no member is named). */
  offset?: number;
  /** The source's own conversation id. */
  conversation?: string;
  /** The source's own node id. */
  node?: string;
}

/** One thing that an import, a verification or a repair has to tell. Codes are stable, messages are not. */
export interface Problem {
  code: string;
  message: string;
  where?: ProblemPlace;
}

export interface ChattyErrorOptions {
  /** What the person can do about it, one sentence. */
  hint?: string;
  /** The file, member, id or position it is about. */
  where?: Record<string, string | number>;
  cause?: unknown;
}

/**
 * The one error class of Chatty. `code` is stable across releases and documented in
 * `docs/guides/errors.md`; `message` names the thing, `hint` names the remedy.
 * Programmer mistakes are plain `TypeError`s and are not meant to be caught.
 */
export class ChattyError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly where: Record<string, string | number> | undefined;

  constructor(code: string, message: string, options: ChattyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ChattyError";
    this.code = code;
    this.hint = options.hint;
    this.where = options.where;
  }
}

/** True when `error` is a {@link ChattyError}, optionally with the given code. */
export function isChattyError(error: unknown, code?: string): error is ChattyError {
  return error instanceof ChattyError && (code === undefined || error.code === code);
}
