import { getRouteApi } from "@tanstack/react-router";
import { ConversationPage } from "../features/conversation/conversation-page.tsx";

const route = getRouteApi("/app/chat/$threadId");

/** A conversation by its id or any alias; `?m=` opens it at a message, `?q=` marks words in it, `?at=` shows it as it was. */
export function ChatRoute() {
  const { threadId } = route.useParams();
  const { m, at, q } = route.useSearch();
  return <ConversationPage threadId={threadId} messageId={m} asOf={at} q={q} />;
}
