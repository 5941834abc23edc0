import type { SessionDetail } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { describeError } from "../../api/client.ts";
import { putSession } from "../../api/event-cache.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { deleteSession, forkSession, patchSession, restoreSession } from "../../api/sessions.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";

/** What can be done with a conversation as a whole. Each says what it did, and how to undo it where that is possible. */
export function useSessionActions(session: SessionDetail) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { sessionId } = session;

  const attempt = (act: () => Promise<void>) => {
    act().then(undefined, (error: unknown) => showProblem(describeError(error)));
  };
  const patch = async (change: Parameters<typeof patchSession>[1]) => {
    putSession(client, await patchSession(sessionId, change, session.revision));
    await client.invalidateQueries({ queryKey: queryKeys.sessionDetails });
  };
  const restore = () =>
    attempt(async () => {
      putSession(client, await restoreSession(sessionId));
      await client.invalidateQueries({ queryKey: queryKeys.sessions });
    });

  return {
    star: () => attempt(() => patch({ starred: !session.starred })),
    makeHome: () =>
      attempt(async () => {
        await patch({ home: true });
        await client.invalidateQueries({ queryKey: queryKeys.runtimes });
        await client.invalidateQueries({ queryKey: queryKeys.sessions });
        showToast({ message: "This is the home conversation now." });
      }),
    archive: () =>
      attempt(async () => {
        await patch({ archived: !session.archived });
        showToast(
          session.archived
            ? { message: "Back in the list." }
            : {
                message: "Archived.",
                action: { label: "Undo", onAct: () => attempt(() => patchBack(sessionId)) },
              },
        );
      }),
    remove: () =>
      attempt(async () => {
        await deleteSession(sessionId, session.revision);
        await client.invalidateQueries({ queryKey: queryKeys.sessions });
        await client.invalidateQueries({ queryKey: queryKeys.runtimes });
        showToast({ message: "Deleted.", action: { label: "Undo", onAct: restore } });
        await navigate({ to: "/" });
      }),
    restore,
    /** A native conversation that goes on from here; opens it. @param at the last message that is taken along */
    fork: async (at?: string) => {
      const fork = await forkSession(sessionId, at === undefined ? {} : { at });
      await client.invalidateQueries({ queryKey: queryKeys.sessions });
      await navigate({ to: "/app/chat/$threadId", params: { threadId: fork.sessionId } });
    },
  };

  async function patchBack(id: string): Promise<void> {
    putSession(client, await patchSession(id, { archived: false }));
    await client.invalidateQueries({ queryKey: queryKeys.sessionDetails });
  }
}
