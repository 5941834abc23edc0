import type { MessageId, SessionId } from "@chatty/model";
import type { AttachmentDraft, UserVault } from "../user-vault.ts";
import type { AppendResult, MessageDraft, MessageView, SessionView } from "../views.ts";

/** A session as specification 002 names it. Times are integer milliseconds UTC. */
export interface FlatFileSession {
  session_id: SessionId;
  title: string;
  created_at: number | undefined;
  updated_at: number | undefined;
  message_count: number;
}

/**
 * The session manager of specification 002: creates and loads sessions of one user, each in a folder of its own with
 * `session_meta.json` and `messages.jsonl`. A thin face over the user's handle; the vault that the handle belongs to
 * must stay open and is closed by its owner.
 */
export class FlatFileSessionManager {
  readonly #user: UserVault;

  constructor(user: UserVault) {
    this.#user = user;
  }

  /** Makes a session; durable when it resolves. */
  async createSession(options: { title?: string; runtime?: string } = {}): Promise<FlatFileSession> {
    return sessionFromView(await this.#user.createSession(options));
  }

  /** @throws {ChattyError} SESSION_NOT_FOUND */
  async loadSession(sessionId: string): Promise<{ meta: FlatFileSession; messages: MessageView[] }> {
    const { session, messages } = await this.#user.show(sessionId);
    return { meta: sessionFromView(session), messages };
  }

  /** Every session that is neither deleted nor archived, imported ones included; reads page after page. */
  *listSessions(): Generator<FlatFileSession> {
    for (let after: string | undefined; ;) {
      const page = this.#user.sessions(after === undefined ? { limit: 1000 } : { limit: 1000, after });
      for (const session of page.sessions) yield sessionFromView(session);
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  /** Appends one message, with files if given; durable when it resolves. */
  async appendMessage(
    sessionId: string,
    message: MessageDraft,
    files: AttachmentDraft[] = [],
  ): Promise<AppendResult> {
    const [result] = await this.#user.append(sessionId, [message], files);
    if (result === undefined) throw new TypeError("An append gave no outcome.");
    return result;
  }

  /** The last `limit` messages; cost does not grow with the session. */
  async recentMessages(sessionId: string, limit: number): Promise<MessageView[]> {
    return await this.#user.tail(sessionId, limit);
  }

  async renameSession(sessionId: string, title: string): Promise<FlatFileSession> {
    return sessionFromView(await this.#user.renameSession(sessionId, title));
  }

  /** Deletes with undo: `restoreSession` brings it back. */
  async deleteSession(sessionId: string): Promise<FlatFileSession> {
    return sessionFromView(await this.#user.deleteSession(sessionId));
  }

  async restoreSession(sessionId: string): Promise<FlatFileSession> {
    return sessionFromView(await this.#user.restoreSession(sessionId));
  }

  /** A new session that goes on after a message of another one. */
  async forkSession(sessionId: string, at?: MessageId): Promise<FlatFileSession> {
    return sessionFromView(await this.#user.forkSession(sessionId, at === undefined ? {} : { at }));
  }
}

function sessionFromView(view: SessionView): FlatFileSession {
  return {
    session_id: view.sessionId,
    title: view.title,
    created_at: view.createdAt,
    updated_at: view.updatedAt,
    message_count: view.messageCount,
  };
}
