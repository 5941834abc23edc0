// Under which names facts are left for later groups of the same batch of the log.
import type { MessageId, SessionId } from "@chatty/model";

/** Of a session's row. */
export function sessionKey(sessionId: SessionId): string {
  return `session ${sessionId}`;
}

/** Of what tells that a row must be made again from its journal. */
export function refoldKey(sessionId: SessionId): string {
  return `refold ${sessionId}`;
}

/** Of what was said under an id. */
export function messageKey(sessionId: SessionId, messageId: MessageId): string {
  return `message ${sessionId} ${messageId}`;
}
