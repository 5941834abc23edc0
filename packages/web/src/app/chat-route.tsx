import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { describeError } from "../api/client.ts";
import { markActiveRuntime } from "../api/event-cache.ts";
import { queryKeys } from "../api/query-keys.ts";
import { runtimeList, selectRuntime } from "../api/runtimes.ts";
import { sessionDetail } from "../api/sessions.ts";
import { ConversationPage } from "../features/conversation/conversation-page.tsx";
import { showProblem } from "../ui/toast-store.ts";
import { useDocumentTitle } from "../ui/use-document-title.ts";

const route = getRouteApi("/app/chat/$threadId");

export function ChatRoute() {
  const { threadId } = route.useParams();
  const { message } = route.useSearch();
  const { data } = useQuery(sessionDetail(threadId));
  useDocumentTitle(data?.title);
  useRuntimeOfLink(threadId, data?.runtimeId);
  return <ConversationPage key={threadId} threadId={threadId} messageId={message} />;
}

/**
 * A link into another runtime switches to it. Only when the link is opened: a switch made later, here or in another tab, leaves
 * what one is reading where it is.
 */
function useRuntimeOfLink(threadId: string, runtimeId: string | undefined): void {
  const client = useQueryClient();
  const { data } = useQuery(runtimeList());
  const settled = useRef<string>(undefined);
  const activeId = data?.runtimes.find((runtime) => runtime.active)?.runtimeId;
  useEffect(() => {
    if (settled.current === threadId || runtimeId === undefined || activeId === undefined) return;
    settled.current = threadId;
    if (runtimeId === activeId) return;
    const follow = async () => {
      try {
        await selectRuntime(runtimeId);
        markActiveRuntime(client, runtimeId);
        await client.invalidateQueries({ queryKey: queryKeys.runtimes });
      } catch (error) {
        showProblem(describeError(error));
      }
    };
    follow().catch(() => {
      // Told above.
    });
  }, [threadId, runtimeId, activeId, client]);
}
