import type { Session } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError, describeError, request } from "../api/client.ts";
import { putSession } from "../api/event-cache.ts";
import { queryKeys } from "../api/query-keys.ts";
import {
  deleteSession,
  forkSession,
  patchSession,
  purgeSession,
  restoreSession,
  undoSession,
} from "../api/sessions.ts";
import type { SessionActions } from "../features/sidebar/session-actions.ts";
import { titleOf } from "../features/sidebar/session-title.ts";
import { showProblem, showToast } from "../ui/toast-store.ts";

/** Changes conversations, says what was done and offers to take it back. */
export function useSessionActions(threadId: string | undefined): SessionActions {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMemo(() => {
    const isOpen = (session: Session) =>
      threadId !== undefined && (session.sessionId === threadId || session.aliases.includes(threadId));

    /** Runs a change and shows its answer; a stale row is renewed, so that the next try is made on what is there. */
    const change = async (session: Session, work: () => Promise<Session>): Promise<Session | undefined> => {
      try {
        const changed = await work();
        putSession(client, changed);
        if (changed.imported) await client.invalidateQueries({ queryKey: queryKeys.allSessionMonths });
        return changed;
      } catch (error) {
        if (error instanceof ApiError && error.status === 409) {
          await renew(session.sessionId);
          showProblem({
            message: "This conversation was changed elsewhere a moment ago.",
            hint: "You now see its newest state. Try again if you still want to.",
          });
        } else {
          showProblem(describeError(error));
        }
        return undefined;
      }
    };
    const renew = async (sessionId: string) => {
      try {
        putSession(client, await request<Session>(`/api/sessions/${encodeURIComponent(sessionId)}`));
      } catch {
        await client.invalidateQueries({ queryKey: queryKeys.sessions });
      }
    };
    const homesChanged = () => client.invalidateQueries({ queryKey: queryKeys.runtimes });
    const undo = (session: Session, work: () => Promise<Session>) => ({
      label: "Undo",
      onAct: () => {
        change(session, work).catch(() => {
          // Told where it happened.
        });
      },
    });

    const actions: SessionActions = {
      rename: async (session, title) => {
        const changed = await change(session, () =>
          patchSession(session.sessionId, { title }, session.revision),
        );
        if (changed === undefined) return;
        showToast({
          message: `It is called “${titleOf(changed)}” now.`,
          action: undo(changed, () => undoSession(session.sessionId)),
        });
      },
      setStarred: async (session, starred) => {
        await change(session, () => patchSession(session.sessionId, { starred }, session.revision));
      },
      setArchived: async (session, archived) => {
        const changed = await change(session, () =>
          patchSession(session.sessionId, { archived }, session.revision),
        );
        if (changed === undefined) return;
        showToast({
          message: archived
            ? `“${titleOf(session)}” was archived.`
            : `“${titleOf(session)}” is out of the archive.`,
          action: undo(changed, () => patchSession(session.sessionId, { archived: !archived })),
        });
      },
      makeHome: async (session) => {
        const native = session.imported
          ? await change(session, () => forkSession(session.sessionId, { runtime: session.runtimeId }))
          : session;
        if (native === undefined) return;
        const home = await change(native, () =>
          patchSession(native.sessionId, { home: true }, session.imported ? undefined : native.revision),
        );
        if (home === undefined) return;
        await homesChanged();
        await client.invalidateQueries({ queryKey: queryKeys.sessions });
        showToast({
          message: "This is the home now.",
          hint: session.imported
            ? "It continues the imported conversation, which stays as it is."
            : undefined,
          ...(session.imported
            ? {}
            : {
                action: undo(home, async () => {
                  const undone = await undoSession(home.sessionId);
                  await Promise.all([
                    homesChanged(),
                    client.invalidateQueries({ queryKey: queryKeys.sessions }),
                  ]);
                  return undone;
                }),
              }),
        });
        if (session.imported) {
          await navigate({
            to: "/app/chat/$threadId",
            params: { threadId: home.aliases[0] ?? home.sessionId },
          });
        }
      },
      remove: async (session) => {
        const wasOpen = isOpen(session);
        const removed = await change(session, () => deleteSession(session.sessionId, session.revision));
        if (removed === undefined) return;
        if (session.home) {
          await homesChanged();
          await client.invalidateQueries({ queryKey: queryKeys.sessions });
          showToast({ message: "The home was archived.", hint: "A new, empty home took its place." });
        } else {
          showToast({
            message: `“${titleOf(session)}” was deleted.`,
            action: undo(removed, () => restoreSession(session.sessionId)),
          });
        }
        if (wasOpen) await navigate({ to: "/" });
      },
      restore: async (session) => {
        const restored = await change(session, () => restoreSession(session.sessionId));
        if (restored !== undefined) showToast({ message: `“${titleOf(session)}” is back.` });
      },
      purge: async (session) => {
        const wasOpen = isOpen(session);
        try {
          await purgeSession(session.sessionId, session.revision);
        } catch (error) {
          await renew(session.sessionId);
          showProblem(describeError(error));
          return;
        }
        client.removeQueries({ queryKey: queryKeys.session(session.sessionId) });
        client.removeQueries({ queryKey: queryKeys.messages(session.sessionId) });
        await client.invalidateQueries({ queryKey: queryKeys.sessionLists });
        showToast({ message: "The conversation is gone for good." });
        if (wasOpen) await navigate({ to: "/" });
      },
    };
    return actions;
  }, [client, navigate, threadId]);
}
