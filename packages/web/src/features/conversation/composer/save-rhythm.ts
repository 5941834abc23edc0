export interface SaveTimes {
  /** Milliseconds without a change after which it is saved. */
  quietMs: number;
  /** Milliseconds after the first unsaved change when it is saved at the latest. */
  mostMs: number;
}

/** When to save something that a person changes: soon after the last change, and now and then while changes go on. */
export class SaveRhythm<Value> {
  readonly #save: (value: Value) => void;
  #times: SaveTimes;
  #held: { value: Value; since: number; timer: ReturnType<typeof setTimeout> } | undefined;

  constructor(times: SaveTimes, save: (value: Value) => void) {
    this.#times = times;
    this.#save = save;
  }

  /** True from a change until it is saved. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Counts from the next change on. */
  setTimes(times: SaveTimes): void {
    this.#times = times;
  }

  changed(value: Value): void {
    const now = Date.now();
    const since = this.#held?.since ?? now;
    this.drop();
    const wait = Math.max(0, Math.min(this.#times.quietMs, since + this.#times.mostMs - now));
    this.#held = { value, since, timer: setTimeout(() => this.flush(), wait) };
  }

  /** Saves now what is held: the page is left, hidden or shows something else. */
  flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.drop();
    this.#save(held.value);
  }

  /** Forgets what is held. */
  drop(): void {
    clearTimeout(this.#held?.timer);
    this.#held = undefined;
  }
}
