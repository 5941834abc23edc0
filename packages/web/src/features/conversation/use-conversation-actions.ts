import type { FilePart } from "@chatty/model";
import type { Message, SessionDetail } from "@chatty/server/api";
import { useMemo, useState } from "react";
import { describeError, request } from "../../api/client.ts";
import { correctMessage, deleteMessage } from "../../api/messages.ts";
import { takeBack } from "../../api/sessions.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";
import type { ConversationActions } from "./conversation-context.ts";
import { useLatest } from "./use-latest.ts";
import { filesOf, type useSending } from "./use-sending.ts";

interface ActionsOptions {
  session: SessionDetail;
  sending: ReturnType<typeof useSending>;
  chooseBranch: (messageId: string) => void;
  fork: (at?: string) => Promise<void>;
  /** Folds that are open from the beginning. */
  openFolds: readonly string[];
}

/** What can be done from within messages; one object for as long as the conversation is open. */
export function useConversationActions(options: ActionsOptions) {
  const latest = useLatest(options);
  const [raw, setRaw] = useState<Message>();
  const [file, setFile] = useState<FilePart>();
  const [openFolds] = useState(() => new Set(options.openFolds));

  const actions = useMemo<ConversationActions>(
    () => ({
      session: () => latest.current.session,
      chooseBranch: (messageId) => latest.current.chooseBranch(messageId),
      regenerate: (message) =>
        latest.current.sending.ask(
          message.parentId,
          message.parentId === null ? {} : { parentId: message.parentId },
        ),
      continueAnswer: (message) => latest.current.sending.ask(message.parentId, { continues: message.id }),
      resend: (message, text) =>
        latest.current.sending.send({ text, files: filesOf(message), generate: {} }, message.parentId),
      correct: (message, text) => correct(latest.current.session.sessionId, message.id, text),
      forkAt: async (message) => {
        try {
          await latest.current.fork(message.id);
        } catch (error) {
          showProblem(describeError(error));
        }
      },
      remove: (message) => removeMessage(latest.current.session.sessionId, message.id),
      copyLink: async (message) => {
        const { sessionId } = latest.current.session;
        const link = `${location.origin}/app/chat/${encodeURIComponent(sessionId)}?m=${encodeURIComponent(message.id)}`;
        await navigator.clipboard.writeText(link);
        showToast({ message: "Link copied." });
      },
      showRaw: setRaw,
      showFile: setFile,
      openFolds,
    }),
    [latest, openFolds],
  );
  return { actions, raw, closeRaw: () => setRaw(undefined), file, closeFile: () => setFile(undefined) };
}

/** Deletes a message and offers to bring it back; the events of the server redraw the path. */
async function removeMessage(sessionId: string, messageId: string): Promise<void> {
  try {
    await deleteMessage(sessionId, messageId);
  } catch (error) {
    showProblem(describeError(error));
    return;
  }
  const undo = () => {
    request(
      `/api/sessions/${encodeURIComponent(sessionId)}/messages/${encodeURIComponent(messageId)}/restore`,
      {
        method: "POST",
      },
    ).then(undefined, (error: unknown) => showProblem(describeError(error)));
  };
  showToast({ message: "Message deleted.", action: { label: "Undo", onAct: undo } });
}

/** Puts another text in the place of a message; the former one stays in the journal and comes back by undo. */
async function correct(sessionId: string, messageId: string, text: string): Promise<boolean> {
  try {
    await correctMessage(sessionId, messageId, text);
  } catch (error) {
    showProblem(describeError(error));
    return false;
  }
  const undo = () => {
    takeBack(sessionId, "undo").then(undefined, (error: unknown) => showProblem(describeError(error)));
  };
  showToast({ message: "Corrected.", action: { label: "Undo", onAct: undo } });
  return true;
}
