import type { VaultChange } from "../views.ts";

/** Tells listeners of changes. What several changes of one moment have to say alike is said once, at the end of that moment. */
export class ChangeFeed {
  readonly #listeners = new Set<(change: VaultChange) => void>();
  readonly #waiting = new Map<string, VaultChange>();

  /** @returns how to stop listening. */
  listen(listener: (change: VaultChange) => void): () => void {
    // One of its own for each call, so that a listener that was given twice can be stopped once.
    const own = (change: VaultChange): void => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Call it when the change is durable and applied. */
  tell(change: VaultChange): void {
    if (this.#listeners.size === 0) return;
    if (this.#waiting.size === 0) queueMicrotask(() => this.#send());
    const key = Object.values(change).join(" ");
    // What is said again is said last: whoever asks then sees the newest state in any case.
    this.#waiting.delete(key);
    this.#waiting.set(key, change);
  }

  #send(): void {
    const changes = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const change of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change);
        } catch {
          // A listener that fails harms nobody but itself: the change has happened.
        }
      }
    }
  }
}
