import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { ApiError, describeError } from "../../api/client.ts";
import { markActiveRuntime } from "../../api/event-cache.ts";
import { runtimeList, selectRuntime } from "../../api/runtimes.ts";
import { sessionDetail, tellOpened } from "../../api/sessions.ts";
import { showProblem } from "../../ui/toast-store.ts";
import { useDocumentTitle } from "../../ui/use-document-title.ts";
import type { SessionDetail } from "@chatty/server/api";
import { Conversation } from "./conversation.tsx";
import { ConversationFailed, ConversationNotFound, ConversationSkeleton } from "./conversation-states.tsx";
import { NotYet, PastConversation } from "./past-conversation.tsx";
import { foundWords } from "./found/found-words.ts";
import type { Found } from "./found/use-found.ts";
import { openingWindow, type Start } from "./use-message-path.ts";

interface ConversationPageProps {
  /** Session id, home slug or any other alias. */
  threadId: string;
  /** A message to open at. */
  messageId?: string | undefined;
  /** Shows it as it was then, milliseconds UTC. */
  asOf?: number | undefined;
  /** The words that led here; they are marked. */
  q?: string | undefined;
}

/** Shows one conversation; one of another runtime makes that runtime the active one. */
export function ConversationPage({ threadId, messageId, asOf, q }: ConversationPageProps) {
  const { data: session, error, refetch } = useQuery(sessionDetail(threadId));
  useDocumentTitle(session?.title);
  useActiveRuntime(session);
  if (session !== undefined) {
    return (
      <OpenConversation
        key={`${session.sessionId} ${messageId ?? ""} ${asOf ?? ""}`}
        session={session}
        messageId={messageId}
        asOf={asOf}
        q={q}
      />
    );
  }
  if (error === null) return <ConversationSkeleton />;
  if (error instanceof ApiError && (error.status === 404 || error.code === "INVALID_ID")) {
    return <ConversationNotFound threadId={threadId} />;
  }
  const retry = () => {
    refetch().then(undefined, (cause: unknown) => showProblem(describeError(cause)));
  };
  return <ConversationFailed error={error} onRetry={retry} />;
}

/** Selects the runtime of what is opened, once: another tab may go elsewhere afterwards. */
function useActiveRuntime(session: SessionDetail | undefined): void {
  const client = useQueryClient();
  const { data } = useQuery(runtimeList());
  const checked = useRef<string>(undefined);
  useEffect(() => {
    if (session === undefined || data === undefined || checked.current === session.sessionId) return;
    checked.current = session.sessionId;
    tellOpened(session.sessionId).catch(() => {
      // The next conversation that is opened says it again.
    });
    const active = data.runtimes.find((runtime) => runtime.active);
    if (active?.runtimeId === session.runtimeId) return;
    selectRuntime(session.runtimeId).then(
      () => markActiveRuntime(client, session.runtimeId),
      (error: unknown) => showProblem(describeError(error)),
    );
  }, [client, data, session]);
}

/** Finds the place to open at before anything is laid out. */
function OpenConversation({
  session,
  messageId,
  asOf,
  q,
}: {
  session: SessionDetail;
  messageId: string | undefined;
  asOf: number | undefined;
  q: string | undefined;
}) {
  const client = useQueryClient();
  const { found, isReady } = useFoundWords(q);
  const [start] = useState<Start>(() => {
    if (asOf !== undefined) return { asOf };
    return messageId === undefined ? { ...session.view } : { anchorId: messageId, throughId: messageId };
  });
  const { data: opened, error, refetch } = useQuery(openingWindow(client, session.sessionId, start));
  if (asOf !== undefined && error instanceof ApiError && error.status === 404) {
    return <NotYet session={session} asOf={asOf} />;
  }
  if (opened !== undefined && asOf !== undefined) {
    return <PastConversation session={session} opened={opened} asOf={asOf} />;
  }
  if (opened !== undefined && isReady) {
    return <Conversation session={session} opened={opened} linkedId={messageId} found={found} />;
  }
  if (error === null) return <ConversationSkeleton />;
  const retry = () => {
    refetch().then(undefined, (cause: unknown) => showProblem(describeError(cause)));
  };
  return <ConversationFailed error={error} onRetry={retry} />;
}

/** The words of the address, ready before anything is laid out: they say which folds must be open. */
function useFoundWords(q: string | undefined): { found: Found | undefined; isReady: boolean } {
  const navigate = useNavigate();
  const { data: words, isPending } = useQuery({ ...foundWords(q ?? ""), enabled: q !== undefined });
  const found = useMemo<Found | undefined>(() => {
    if (q === undefined || words === undefined) return undefined;
    const go = (m: string | undefined, words?: string) => {
      navigate({
        to: ".",
        search: (now) => ({
          ...(m === undefined ? (now.m === undefined ? {} : { m: now.m }) : { m }),
          ...(words === undefined ? {} : { q: words }),
        }),
        replace: true,
      }).catch(() => {
        // The address stays as it is.
      });
    };
    return { words, onBranch: (messageId) => go(messageId, q), onClose: () => go(undefined) };
  }, [q, words, navigate]);
  return { found, isReady: q === undefined || !isPending };
}
