import { setTimeout as wait } from "node:timers/promises";
import type { SearchMode } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import type { Corpus } from "./corpus.ts";
import { deepestPlace } from "./metrics.ts";
import type { Ranker } from "./metrics.ts";

/** What holds a corpus: the vault's user, and its conversations by their keys. */
export interface FilledVault {
  user: UserVault;
  sessions: ReadonlyMap<string, string>;
}

/** The search that people use, over a vault that holds the corpus. A message is known by its conversation and its time. */
export function vaultRanker(corpus: Corpus, { user, sessions }: FilledVault, mode: SearchMode): Ranker {
  const keys = new Map(
    corpus.conversations.flatMap(({ key, messages }) =>
      messages.map((message) => [`${sessions.get(key) ?? ""} ${String(message.at)}`, message.key] as const),
    ),
  );
  return async ({ text }) => {
    const { hits } = await user.search({ query: text, mode, limit: deepestPlace });
    return hits.map(({ sessionId, timestamp }) => {
      const key = keys.get(`${sessionId} ${String(timestamp)}`);
      if (key === undefined) throw new Error(`A hit in ${sessionId} is no message of the corpus.`);
      return key;
    });
  };
}

/** Waits until every message has its vector. */
export async function embedded(user: UserVault): Promise<void> {
  for (;;) {
    const { meaning, pendingSessions } = await user.searchState();
    if (meaning.state === "failed") throw new Error(meaning.failure);
    if (meaning.state === "ready" && meaning.pendingChunks === 0 && pendingSessions === 0) return;
    await wait(50);
  }
}
