import type { Clock } from "./answer-store.ts";

export interface CheckpointRhythmOptions {
  /** Milliseconds from the first growth to the first checkpoint. */
  firstMs: number;
  /** Milliseconds from the end of one checkpoint to the next. */
  everyMs: number;
  clock: Clock;
  write: () => Promise<void>;
  /** Called once, when a checkpoint could not be written; none follows. */
  onFailure: (error: unknown) => void;
}

/** When to write checkpoints of something that grows: soon at first, then now and then, never two at once, never without growth. */
export class CheckpointRhythm {
  readonly #options: CheckpointRhythmOptions;
  #callOff: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #hasGrown = false;
  #count = 0;
  #isOver = false;

  constructor(options: CheckpointRhythmOptions) {
    this.#options = options;
  }

  grew(): void {
    this.#hasGrown = true;
    this.#plan();
  }

  /** Nothing is written after it resolves. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#callOff?.();
    await this.#writing;
  }

  #plan(): void {
    if (this.#isOver || this.#callOff !== undefined || this.#writing !== undefined) return;
    const { clock, firstMs, everyMs } = this.#options;
    this.#callOff = clock.after(this.#count === 0 ? firstMs : everyMs, () => {
      this.#callOff = undefined;
      this.#writing = this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#hasGrown = false;
    this.#count += 1;
    try {
      await this.#options.write();
    } catch (error) {
      this.#isOver = true;
      this.#options.onFailure(error);
    } finally {
      this.#writing = undefined;
    }
    if (this.#hasGrown) this.#plan();
  }
}
