import type { SessionId } from "@chatty/model";
import type { DocumentDraft } from "../document.ts";
import { IndexWriter } from "../index-writer.ts";

/** Mistakes that an index can make when it follows changes; made anew it would not make them. */
export const searchBugs = [
  "forgets an edit",
  "keeps a deleted message",
  "doubles a re-import",
  "misses a new title",
] as const;

type Put = (this: IndexWriter, ...asked: Parameters<IndexWriter["put"]>) => void;

/** Makes every index of this process make a mistake. @returns how to make none again. */
export function plantSearchBug(bug: (typeof searchBugs)[number]): () => void {
  const real: Put = Reflect.get(IndexWriter.prototype, "put");
  const seen = new Map<SessionId, Map<string, DocumentDraft>>();
  IndexWriter.prototype.put = function put(this: IndexWriter, facts, content, messages) {
    const isKnown = this.known(facts.sessionId) !== undefined;
    const former = isKnown ? seen.get(facts.sessionId) : undefined;
    const wrong = messages === undefined || former === undefined ? messages : mistaken(bug, messages, former);
    if (messages !== undefined) {
      seen.set(facts.sessionId, new Map(messages.map((draft) => [draft.messageId ?? "", draft])));
    }
    if (bug === "misses a new title" && isKnown) {
      const old = JSON.parse(this.known(facts.sessionId)?.facts ?? "[]") as [string, string, string, string];
      real.call(this, { ...facts, title: old[3] }, content, wrong);
      return;
    }
    real.call(this, facts, content, wrong);
  };
  return () => {
    IndexWriter.prototype.put = real;
  };
}

function mistaken(
  bug: (typeof searchBugs)[number],
  messages: readonly DocumentDraft[],
  former: ReadonlyMap<string, DocumentDraft>,
): readonly DocumentDraft[] {
  switch (bug) {
    case "forgets an edit":
      return messages.map((draft) => ({
        ...draft,
        fields: former.get(draft.messageId ?? "")?.fields ?? draft.fields,
      }));
    case "keeps a deleted message": {
      const there = new Set(messages.map(({ messageId }) => messageId));
      return [...messages, ...[...former.values()].filter(({ messageId }) => !there.has(messageId))];
    }
    case "doubles a re-import": {
      const last = messages.at(-1);
      if (last === undefined || messages.length <= former.size) return messages;
      return [
        ...messages,
        { ...last, messageId: `${last.messageId}-2` as NonNullable<typeof last.messageId> },
      ];
    }
    case "misses a new title":
      return messages;
  }
}
