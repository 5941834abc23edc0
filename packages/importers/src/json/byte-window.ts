/** A stream of chunks seen through one buffer that either moves on or grows. */
export class ByteWindow {
  bytes: Buffer = Buffer.alloc(0);
  /** Offset of the first of `bytes` in the stream. */
  base = 0;
  /** Position inside `bytes`. */
  at = 0;

  readonly #iterator: AsyncIterator<Uint8Array>;
  /** Where `bytes` lies when it was grown; has room behind it. */
  #backing: Buffer | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Replaces `bytes` by the next chunk; false at the end. */
  async advance(): Promise<boolean> {
    const chunk = await this.#next();
    this.base += this.bytes.length;
    this.bytes = chunk ?? Buffer.alloc(0);
    this.#backing = undefined;
    this.at = 0;
    return chunk !== undefined;
  }

  /** Puts bytes that were already read back in front of the current position. */
  rewind(bytes: Buffer, offset: number): void {
    this.bytes = Buffer.concat([bytes, this.bytes.subarray(this.at)]);
    this.#backing = undefined;
    this.base = offset;
    this.at = 0;
  }

  /** Appends the next chunk to `bytes`, doubling the room when it is used up; false at the end. */
  async extend(): Promise<boolean> {
    const chunk = await this.#next();
    if (chunk === undefined) return false;
    const length = this.bytes.length + chunk.length;
    if (this.#backing === undefined || this.#backing.length < length) {
      this.#backing = Buffer.allocUnsafeSlow(length * 2);
      this.#backing.set(this.bytes);
    }
    this.#backing.set(chunk, this.bytes.length);
    this.bytes = this.#backing.subarray(0, length);
    return true;
  }

  /** Goes through all that is left and returns the offset of the end. */
  async drain(): Promise<number> {
    while (await this.advance()) this.at = this.bytes.length;
    return this.base;
  }

  /** Lets the source of the chunks close what it holds open. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    const result = await this.#iterator.next();
    if (result.done === true) return undefined;
    return Buffer.from(result.value.buffer, result.value.byteOffset, result.value.byteLength);
  }
}
