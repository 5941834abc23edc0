import type { Embedder } from "@chatty/model";

/** Vectors of words: texts with the same words are near each other. Deterministic; for tests that need no real model. */
export function wordEmbedder(model = "words@1", dimensions = 96): Embedder {
  return {
    model,
    provider: "test",
    dimensions,
    maxTokens: 200,
    countTokens: (text) => text.match(/\S+/gu)?.length ?? 0,
    embed: (texts) => Promise.resolve(texts.map((text) => vectorOf(text, dimensions))),
    close: () => Promise.resolve(),
  };
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []) {
    let state = 17;
    for (const letter of word) state = (Math.imul(state, 131) + (letter.codePointAt(0) ?? 0)) >>> 0;
    for (const shift of [0, 7, 15]) {
      const axis = (state >>> shift) % dimensions;
      vector[axis] = (vector[axis] ?? 0) + (((state >>> (shift + 3)) & 1) === 0 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  return vector.map((value) => value / (length || 1));
}
