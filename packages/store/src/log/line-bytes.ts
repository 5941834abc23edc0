import { hash } from "node:crypto";

/** Enough for the lines of a few short messages. */
const leastCapacity = 16 * 1024;
/** UTF-8 bytes of one UTF-16 code unit at most. */
const widest = 3;

/**
 * Lines of a batch as the bytes that go to the disk: text is encoded once, and hashed and kept as bytes from then on.
 * Bytes that were handed out stay as they are whatever is written behind them.
 */
export class LineBytes {
  #buffer: Buffer;
  #length = 0;

  /** @param expected bytes that will probably be needed. */
  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(leastCapacity, expected));
  }

  get length(): number {
    return this.#length;
  }

  write(text: string): void {
    if (this.#buffer.length - this.#length < text.length * widest) this.#makeRoom(text);
    this.#length += this.#buffer.write(text, this.#length, "utf8");
  }

  /** SHA-256 of everything since `start`, as 64 lower-case hexadecimal digits. */
  digest(start: number): string {
    return hash("sha256", this.#buffer.subarray(start, this.#length), "hex");
  }

  /** Bytes since `start`; they are shared and must not be changed. */
  since(start: number): Buffer {
    return this.#buffer.subarray(start, this.#length);
  }

  /** Takes back everything behind `length`; bytes handed out of it are then worth nothing. */
  cutTo(length: number): void {
    this.#length = length;
  }

  #makeRoom(text: string): void {
    // Counted exactly only here, so that a long text does not take thrice its room.
    const needed = this.#length + Buffer.byteLength(text, "utf8");
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
