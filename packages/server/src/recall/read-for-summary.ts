import type { MessageId, SessionId } from "@chatty/model";
import type { ExtractMessage } from "@chatty/runtimes";
import type { UserVault, WindowMessage } from "@chatty/store";

export type VaultOfReading = Pick<UserVault, "messages" | "session">;

/** What of a conversation a summary is made from. */
export interface ReadConversation {
  messages: (ExtractMessage & { id: MessageId; timestamp?: number })[];
  /** Revision that was read. */
  revision: string;
  messageRange: { first: MessageId; last: MessageId; count: number } | null;
}

/** As `docs/formats/summary.md` says. */
const firstMessages = 40;
const lastMessages = 360;

/** Reads what people and models said on the active path: the beginning and the end of a long conversation. Cost is bounded. */
export async function readForSummary(user: VaultOfReading, sessionId: SessionId): Promise<ReadConversation> {
  const end = await user.messages(sessionId, { limit: lastMessages });
  const before =
    end.from === 0
      ? []
      : (await user.messages(sessionId, { at: 0, limit: Math.min(firstMessages, end.from) })).messages;
  const all = [...before, ...end.messages];
  const [first] = all;
  const last = all.at(-1);
  return {
    messages: all.filter(isSaid).map(({ id, role, content, timestamp }) => ({
      id,
      role: role === "user" ? "user" : "assistant",
      text: content,
      ...(timestamp === undefined ? {} : { timestamp }),
    })),
    revision: user.session(sessionId).revision,
    messageRange:
      first === undefined || last === undefined ? null : { first: first.id, last: last.id, count: end.total },
  };
}

function isSaid({ role, hidden, partial, metadata, content }: WindowMessage): boolean {
  const speaks = role === "user" || role === "assistant";
  return speaks && !hidden && partial !== true && metadata?.["failure"] === undefined && content !== "";
}
