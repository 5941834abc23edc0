import type { Embedder } from "@chatty/model";

export interface MadeUpEmbedder extends Embedder {
  /** Texts that were embedded as documents, in order. */
  readonly embedded: string[];
  closed: boolean;
}

export interface MadeUpOptions {
  model?: string;
  dimensions?: number;
  maxTokens?: number;
  /** Called before each batch; may throw or wait. */
  before?: (texts: readonly string[]) => Promise<void> | void;
}

/** Words of four letters and more as directions: texts with the same words are near each other. The same text always gives the same vector. For tests. */
export function madeUpEmbedder(options: MadeUpOptions = {}): MadeUpEmbedder {
  const { model = "made-up@1", dimensions = 192, maxTokens = 256, before } = options;
  const embedder: MadeUpEmbedder = {
    model,
    provider: "test",
    dimensions,
    maxTokens,
    embedded: [],
    closed: false,
    countTokens: (text) => text.match(/\S+/gu)?.length ?? 0,
    async embed(texts, kind, signal) {
      signal?.throwIfAborted();
      await before?.(texts);
      if (kind === "document") embedder.embedded.push(...texts);
      return texts.map((text) => vectorOfWords(text, dimensions));
    },
    close: () => {
      embedder.closed = true;
      return Promise.resolve();
    },
  };
  return embedder;
}

function vectorOfWords(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []) {
    let state = 2_166_136_261;
    for (const letter of word) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16_777_619);
    for (let turn = 0; turn < 4; turn += 1) {
      state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + turn;
      const axis = (state >>> 8) % dimensions;
      vector[axis] = (vector[axis] ?? 0) + ((state & 1) === 0 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  return vector.map((value) => value / (length || 1));
}
