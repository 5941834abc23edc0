import type { MessageId, SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";

/** The error for an id that was given to other words before. */
export function messageIdTaken(sessionId: SessionId, messageId: MessageId): ChattyError {
  return new ChattyError(
    "MESSAGE_ID_TAKEN",
    `Session ${sessionId} has another message under the id ${messageId}.`,
    {
      hint: "Nothing was written. An id may only be sent again with the same words; give this message an id of its own.",
      where: { session: sessionId, message: messageId },
    },
  );
}

/** The error for an id that no session has. */
export function sessionNotFound(sessionId: SessionId): ChattyError {
  return new ChattyError("SESSION_NOT_FOUND", `There is no session ${sessionId}.`, {
    hint: "`chatty sessions` lists them.",
    where: { session: sessionId },
  });
}

/** The error for an id that no message of a session has. */
export function messageNotFound(sessionId: SessionId, messageId: MessageId): ChattyError {
  return new ChattyError("MESSAGE_NOT_FOUND", `Session ${sessionId} has no message ${messageId}.`, {
    hint: "`chatty show` lists its messages with their ids.",
    where: { session: sessionId, message: messageId },
  });
}

/** The error for a change that was meant for another state of the session. */
export function revisionConflict(what: string): ChattyError {
  return new ChattyError("REVISION_CONFLICT", `${what} was changed meanwhile.`, {
    hint: "Nothing was changed. Look at it again, then repeat the change.",
  });
}
