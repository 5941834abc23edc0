export interface QuietTimerOptions {
  work: () => void;
  /** Milliseconds without a touch after which the work is done. */
  quietMs: number;
  /** Milliseconds after the first touch at which it is done even so. */
  latestMs: number;
  /** Tells that the work must not wait any longer. */
  isUrgent?: () => boolean;
}

/**
 * Does something when nothing has happened for a while, and at the latest a while after the first thing happened. Touching it
 * costs next to nothing. It does not keep the process alive.
 */
export class QuietTimer {
  readonly #options: QuietTimerOptions;
  #timer: NodeJS.Timeout | undefined;
  #touches = 0;
  #firstMs = 0;

  constructor(options: QuietTimerOptions) {
    this.#options = options;
  }

  touch(): void {
    this.#touches += 1;
    if (this.#timer !== undefined) return;
    this.#firstMs = performance.now();
    this.#wait();
  }

  /** Forgets that anything happened. */
  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    const { work, quietMs, latestMs, isUrgent } = this.#options;
    const seen = this.#touches;
    this.#timer = setTimeout(() => {
      const mayWait = performance.now() - this.#firstMs < latestMs && isUrgent?.() !== true;
      if (this.#touches !== seen && mayWait) {
        this.#wait();
        return;
      }
      this.#timer = undefined;
      work();
    }, quietMs).unref();
  }
}
