import { Readable } from "node:stream";

const heartbeatMs = 15_000;
const defaultLimit = 2000;

export interface SseEvent {
  data: unknown;
  /** Only where a reader can go on from it. */
  id?: number;
}

export interface SseStreamOptions {
  /** Events that may wait for a slow reader. */
  limit?: number;
  /** What a reader that fell behind gets instead of all that waited; without it the stream ends, and the reader comes back. */
  afterOverflow?(): SseEvent | undefined;
  /** Called once when the reader is gone or the stream ended. */
  onClose?(): void;
}

/** A body of server-sent events with a bounded queue: a reader that does not read costs no more than that. */
export class SseStream extends Readable {
  readonly #waiting: string[] = [];
  readonly #options: SseStreamOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #wantsMore = false;
  #hasEnded = false;

  constructor(options: SseStreamOptions = {}) {
    super({ highWaterMark: 64 * 1024 });
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#put(": still here\n\n"), heartbeatMs).unref();
    // A second is long enough for a server that starts again.
    this.#put("retry: 1000\n\n");
    this.once("close", () => {
      clearInterval(this.#heartbeat);
      this.#options.onClose?.();
    });
  }

  send(event: SseEvent): void {
    if (this.#hasEnded || this.destroyed) return;
    if (this.#waiting.length >= (this.#options.limit ?? defaultLimit)) {
      this.#waiting.length = 0;
      const instead = this.#options.afterOverflow?.();
      if (instead === undefined) {
        this.end();
        return;
      }
      this.#put(eventText(instead));
      return;
    }
    this.#put(eventText(event));
  }

  /** Ends after what waits. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#heartbeat);
    this.#flow();
  }

  override _read(): void {
    this.#wantsMore = true;
    this.#flow();
  }

  #put(text: string): void {
    if (this.destroyed || this.#hasEnded) return;
    this.#waiting.push(text);
    this.#flow();
  }

  #flow(): void {
    while (this.#wantsMore && this.#waiting.length > 0) {
      this.#wantsMore = this.push(this.#waiting.shift(), "utf8");
    }
    if (this.#hasEnded && this.#waiting.length === 0) this.push(null);
  }
}

/** Headers of an answer that is such a stream. */
export const sseHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

function eventText({ data, id }: SseEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
