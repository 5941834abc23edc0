/** Shows one conversation: `threadId` is a session id, a home slug or any other alias; `messageId` a message to open at. */
export function ConversationPage({ threadId }: { threadId: string; messageId?: string | undefined }) {
  return <p>{threadId}</p>;
}
