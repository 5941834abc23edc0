import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Keeps an answer that was under way when an event arrived from putting what the event said out of sight again: the answer may have
 * been given before. The event's change is made once more when the answer is there. Changes are made again in the order in which
 * they came, so what was said last stands.
 */
export class LateAnswers {
  static readonly #ofClient = new WeakMap<QueryClient, LateAnswers>();
  readonly #client: QueryClient;
  readonly #waiting = new Map<string, (() => void)[]>();

  private constructor(client: QueryClient) {
    this.#client = client;
    client.getQueryCache().subscribe((event) => {
      if (event.type === "removed") this.#waiting.delete(event.query.queryHash);
      if (event.type !== "updated" || event.query.state.fetchStatus !== "idle") return;
      const changes = this.#waiting.get(event.query.queryHash);
      this.#waiting.delete(event.query.queryHash);
      if (changes === undefined) return;
      // The cache is in the middle of telling of the answer.
      queueMicrotask(() => {
        for (const change of changes) change();
      });
    });
  }

  static of(client: QueryClient): LateAnswers {
    const known = this.#ofClient.get(client) ?? new LateAnswers(client);
    this.#ofClient.set(client, known);
    return known;
  }

  /** Makes a change of what is cached under a key, now and again after what is being fetched for it. */
  change(queryKey: QueryKey, change: () => void): void {
    change();
    for (const { queryHash } of this.#client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" })) {
      const changes = this.#waiting.get(queryHash);
      if (changes === undefined) this.#waiting.set(queryHash, [change]);
      else changes.push(change);
    }
  }
}
