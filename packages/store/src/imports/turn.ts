import { setImmediate as nextTurn } from "node:timers/promises";

/** How long one piece of a long work may take before others get their turn. Milliseconds. */
const turnMs = 4;

/** The share of the event loop that a long work has at a time: `if (turn.isOver()) await turn.next();` after every step. */
export class Turn {
  #ends = performance.now() + turnMs;

  isOver(): boolean {
    return performance.now() >= this.#ends;
  }

  /** Lets everything else that waits have its turn. */
  async next(): Promise<void> {
    await nextTurn();
    this.#ends = performance.now() + turnMs;
  }
}
