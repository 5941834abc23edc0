import type { Runtime } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { describeError } from "../api/client.ts";
import { markActiveRuntime, putSession } from "../api/event-cache.ts";
import { queryKeys } from "../api/query-keys.ts";
import { runtimeList, selectRuntime } from "../api/runtimes.ts";
import { createSession } from "../api/sessions.ts";
import { showProblem } from "../ui/toast-store.ts";

/** What leads from one place of the workspace to another. None of it throws; what goes wrong is told. */
export interface Workspace {
  runtimes: readonly Runtime[];
  active: Runtime | undefined;
  error: Error | null;
  retry: () => void;
  /** Makes a runtime the active one and opens its home. */
  openRuntime: (runtimeId: string) => Promise<void>;
  openConversation: (threadId: string) => Promise<void>;
  /** In the active runtime. */
  newConversation: () => Promise<void>;
}

export function useWorkspace(): Workspace {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(runtimeList());
  const runtimes = useMemo(() => data?.runtimes ?? [], [data]);
  const active = runtimes.find((runtime) => runtime.active) ?? runtimes[0];
  const activeId = active?.runtimeId;

  const openConversation = useCallback(
    (threadId: string) => navigate({ to: "/app/chat/$threadId", params: { threadId } }),
    [navigate],
  );
  const openRuntime = useCallback(
    async (runtimeId: string) => {
      try {
        const selected = await selectRuntime(runtimeId);
        markActiveRuntime(client, selected.runtimeId);
        await openConversation(selected.homeSlug);
        await client.invalidateQueries({ queryKey: queryKeys.runtimes });
      } catch (problem) {
        showProblem(describeError(problem));
      }
    },
    [client, openConversation],
  );
  const newConversation = useCallback(async () => {
    try {
      const session = await createSession(activeId === undefined ? {} : { runtime: activeId });
      putSession(client, session);
      await openConversation(session.sessionId);
    } catch (problem) {
      showProblem(describeError(problem));
    }
  }, [client, activeId, openConversation]);
  const retry = useCallback(() => {
    refetch().catch(() => {
      // The state page shows the error again.
    });
  }, [refetch]);

  return { runtimes, active, error, retry, openRuntime, openConversation, newConversation };
}
