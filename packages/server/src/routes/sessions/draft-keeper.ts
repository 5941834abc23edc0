import type { SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import type { DraftRequest } from "../../api/sessions.ts";

/**
 * Keeps drafts one after the other, so that of two tabs that write over the same draft the second one is told. It then has both texts
 * and loses neither.
 * @throws {ChattyError} DRAFT_CHANGED from what it returns
 */
export function createDraftKeeper(
  user: Pick<UserVault, "draft" | "setDraft">,
): (sessionId: SessionId, draft: DraftRequest) => Promise<void> {
  const turns = new Map<SessionId, Promise<void>>();
  const keep = async (sessionId: SessionId, { text, base }: DraftRequest): Promise<void> => {
    const there = user.draft(sessionId)?.text ?? "";
    // Whoever repeats a request whose answer was lost wrote the very text that is there.
    if (base !== undefined && there !== base && there !== text) {
      throw new ChattyError("DRAFT_CHANGED", "Something else was typed there meanwhile.", {
        hint: "Nothing was changed. Read the conversation again and keep both texts.",
        where: { sessionId },
      });
    }
    await user.setDraft(sessionId, text);
  };
  return async (sessionId, draft) => {
    const before = turns.get(sessionId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(async () => await keep(sessionId, draft));
    turns.set(sessionId, turn);
    try {
      await turn;
    } finally {
      if (turns.get(sessionId) === turn) turns.delete(sessionId);
    }
  };
}
