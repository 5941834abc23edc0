import type { MessageView } from "../../views.ts";

/** What was made of a conversation. */
export interface Shown {
  messages: readonly MessageView[];
}

interface Kept {
  shown: Promise<Shown>;
  /** Bytes, estimated; 0 until it is made. */
  bytes: number;
}

/** Bytes of text that are kept; the one asked for last stays in any case. */
const bytesKept = 64 * 1024 * 1024;

/** Keeps conversations that took work to make, those looked at last, bounded by their text. */
export class ShownConversations {
  readonly #kept = new Map<string, Kept>();

  /**
   * @param key names the conversation and its state: another state is another key.
   * @param make makes it; what it rejects with is not kept.
   */
  async get<Value extends Shown>(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return (await known.shown) as Value;
    }
    const shown = make();
    const kept: Kept = { shown, bytes: 0 };
    this.#kept.set(key, kept);
    try {
      const value = await shown;
      kept.bytes = bytesOf(value.messages);
      this.#dropOldest(key);
      return value;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  /** Forgets everything. */
  forget(): void {
    this.#kept.clear();
  }

  #dropOldest(inUse: string): void {
    let bytes = 0;
    for (const kept of this.#kept.values()) bytes += kept.bytes;
    for (const [key, kept] of this.#kept) {
      if (bytes <= bytesKept) return;
      if (key === inUse) continue;
      this.#kept.delete(key);
      bytes -= kept.bytes;
    }
  }
}

/** Text and what stands around it, at two bytes a character. */
function bytesOf(messages: readonly MessageView[]): number {
  let bytes = 0;
  for (const { content, parts } of messages) {
    bytes += 600 + content.length * 2;
    for (const part of parts) {
      bytes += 100;
      if ("text" in part && part.text !== undefined && part.text !== content) bytes += part.text.length * 2;
      else if ("raw" in part) bytes += 500;
    }
  }
  return bytes;
}
