import { getRouteApi } from "@tanstack/react-router";
import { ConversationPage } from "../features/conversation/conversation-page.tsx";

const route = getRouteApi("/app/chat/$threadId");

export function ChatRoute() {
  const { threadId } = route.useParams();
  const { message } = route.useSearch();
  return <ConversationPage threadId={threadId} messageId={message} />;
}
