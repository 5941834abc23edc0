// Cutting texts for embedding. The strategies and their sizes are those of earlier stores of vectors, so that chunks made there and
// here are alike: fixed windows, a fixed number of sentences, sentences gathered up to a size, and cuts where the subject changes.
import type { Embedder } from "@chatty/model";
import { lineSpans, passages, sentenceSpans, trimmedSpan, wholeCharacters, wordSpans } from "./text-spans.ts";
import type { TextSpan } from "./text-spans.ts";

/** How texts are cut. Sizes and overlaps are tokens of the embedder. */
export type ChunkStrategy =
  /** Windows of `size` tokens, each beginning with the last `overlap` of the one before. */
  | { kind: "fixed"; size: number; overlap: number }
  /** `sentences` at a time, fewer where they are longer than `size`. */
  | { kind: "sentence"; sentences: number; size: number }
  /**
   * At least `sentences` sentences and `least` tokens, never more than `size`; the last `overlap` sentences stand again at the beginning of the
   * next chunk.
   */
  | { kind: "gathered"; size: number; least: number; sentences: number; overlap: number }
  /** Ends a chunk where neighbouring sentences are less alike than most, between `least` and `size` tokens. */
  | { kind: "semantic"; size: number; least: number };

/** A piece of a text that gets one vector: `text.slice(from, to)`. */
export interface TextChunk extends TextSpan {
  tokens: number;
}

export const fixedStrategy: ChunkStrategy = { kind: "fixed", size: 512, overlap: 64 };
export const sentenceStrategy: ChunkStrategy = { kind: "sentence", sentences: 2, size: 512 };
/** What messages are cut with: a short one, as most are, is one chunk; a long one is read in paragraphs that hang together. */
export const gatheredStrategy = {
  kind: "gathered",
  size: 800,
  least: 128,
  sentences: 5,
  overlap: 1,
} as const satisfies ChunkStrategy;
export const semanticStrategy: ChunkStrategy = { kind: "semantic", size: 800, least: 64 };

/** What counts and, for semantic cuts, compares. */
export type ChunkingEmbedder = Pick<Embedder, "countTokens" | "embed" | "maxTokens">;

/** A span that is not cut any further, with its tokens. */
interface Unit extends TextSpan {
  tokens: number;
  /** Code is no sentence: it stands whole, and nothing of it is repeated. */
  isCode: boolean;
}

/**
 * Cuts a text. Chunks come in order; together they have every character that is not white space; none has more tokens than the
 * strategy's size or the embedder's limit, unless one single character has. Fenced code stays whole where it fits.
 * @throws {ChattyError} EMBEDDER_FAILED, EMBEDDER_UNAVAILABLE, from semantic cuts only; {RangeError} for sizes that make no sense
 */
export async function chunkText(
  text: string,
  embedder: ChunkingEmbedder,
  strategy: ChunkStrategy = gatheredStrategy,
  signal?: AbortSignal,
): Promise<TextChunk[]> {
  if (strategy.kind === "semantic") {
    const counter = new TokenCounter(text, embedder, strategy);
    const units = sentenceUnits(counter);
    const isBreak = await semanticBreaks(text, units, embedder, signal);
    return finish(counter, gatherSemantic(units, isBreak, counter.size, strategy.least));
  }
  return chunkTextNow(text, embedder, strategy);
}

/** As {@link chunkText}, for the strategies that ask no embedder. */
export function chunkTextNow(
  text: string,
  embedder: Pick<Embedder, "countTokens" | "maxTokens">,
  strategy: Exclude<ChunkStrategy, { kind: "semantic" }>,
): TextChunk[] {
  const counter = new TokenCounter(text, embedder, strategy);
  const whole = trimmedSpan(text, { from: 0, to: text.length });
  if (whole.to === whole.from) return [];
  // Most messages are short; a token is seldom longer than a word, and never shorter than a fraction of a character.
  if (strategy.kind !== "sentence" && whole.to - whole.from <= counter.size * 8) {
    const tokens = counter.count(whole);
    const fits =
      tokens <= (strategy.kind === "gathered" ? Math.min(counter.size, strategy.least) : counter.size);
    if (fits) return [{ ...whole, tokens }];
  }
  switch (strategy.kind) {
    case "fixed":
      return finish(counter, slide(wordUnits(counter), counter.size, strategy.overlap));
    case "sentence":
      return finish(
        counter,
        gather(sentenceUnits(counter), {
          size: counter.size,
          least: 0,
          sentences: strategy.sentences,
          overlap: 0,
        }),
      );
    case "gathered":
      return finish(counter, gather(sentenceUnits(counter), { ...strategy, size: counter.size }));
  }
}

/** Counts tokens of spans of one text, and cuts what is too long for a chunk. */
class TokenCounter {
  readonly text: string;
  /** Tokens that a chunk has at most. */
  readonly size: number;
  readonly #embedder: Pick<Embedder, "countTokens">;

  constructor(text: string, embedder: Pick<Embedder, "countTokens" | "maxTokens">, { size }: ChunkStrategy) {
    this.text = text;
    this.size = Math.min(size, embedder.maxTokens);
    if (!(this.size >= 1)) throw new RangeError(`A chunk of ${size} tokens holds nothing.`);
    this.#embedder = embedder;
  }

  count({ from, to }: TextSpan): number {
    return this.#embedder.countTokens(this.text.slice(from, to));
  }

  /** The span as units none of which is too long: lines or words of it, and characters of words, as far as it must be. */
  units(span: TextSpan, isCode: boolean): Unit[] {
    const tokens = this.count(span);
    if (tokens <= this.size) return [{ ...span, tokens, isCode }];
    for (const split of [lineSpans, wordSpans]) {
      const parts = split(this.text, span);
      if (parts.length > 1) return this.#joined(parts.flatMap((part) => this.units(part, isCode)));
    }
    const halves = this.halves(span);
    if (halves === undefined) return [{ ...span, tokens, isCode }];
    return this.#joined(halves.flatMap((half) => this.units(half, isCode)));
  }

  /** A span cut in the middle, between two characters; undefined for a single one. */
  halves({ from, to }: TextSpan): TextSpan[] | undefined {
    const middle = wholeCharacters(this.text, from, from + Math.ceil((to - from) / 2));
    if (middle >= to) return undefined;
    return [
      { from, to: middle },
      { from: middle, to },
    ];
  }

  /** Small neighbours as one unit, as long as they fit: a sentence that was cut into words is a few pieces, not many. */
  #joined(units: readonly Unit[]): Unit[] {
    const joined: Unit[] = [];
    for (const unit of units) {
      const last = joined.at(-1);
      if (last !== undefined && last.tokens + unit.tokens <= this.size) {
        last.to = unit.to;
        last.tokens += unit.tokens;
      } else joined.push({ ...unit });
    }
    return joined;
  }
}

function sentenceUnits(counter: TokenCounter): Unit[] {
  return passages(counter.text).flatMap((passage) =>
    passage.kind === "code"
      ? counter.units(passage, true)
      : sentenceSpans(counter.text, passage).flatMap((span) => counter.units(span, false)),
  );
}

function wordUnits(counter: TokenCounter): Unit[] {
  return passages(counter.text).flatMap((passage) => {
    if (passage.kind === "code" && counter.count(passage) <= counter.size)
      return counter.units(passage, true);
    return wordSpans(counter.text, passage).flatMap((span) => counter.units(span, false));
  });
}

/** A chunk as the units that it is made of: from the first to before the second number. */
type UnitRange = readonly Unit[];

function gather(
  units: readonly Unit[],
  { size, least, sentences, overlap }: { size: number; least: number; sentences: number; overlap: number },
): UnitRange[] {
  const chunks: Unit[][] = [];
  let current: Unit[] = [];
  /** Units of the current chunk that no earlier one has. */
  let fresh = 0;
  let tokens = 0;
  for (const unit of units) {
    const isFull = fresh >= sentences && tokens >= least;
    if (fresh > 0 && (isFull || tokens + unit.tokens > size)) {
      chunks.push(current);
      current = overlap === 0 ? [] : repeatedUnits(current, overlap);
      fresh = 0;
      tokens = sumOf(current);
    }
    // What is repeated must not keep out what is new.
    if (fresh === 0 && tokens + unit.tokens > size) {
      current = [];
      tokens = 0;
    }
    current.push(unit);
    fresh += 1;
    tokens += unit.tokens;
  }
  if (fresh > 0) addLast(chunks, current, { fresh, size, least });
  return chunks;
}

/** A small rest goes to the chunk before where there is room: alone it would say too little. */
function addLast(
  chunks: Unit[][],
  current: Unit[],
  { fresh, size, least }: { fresh: number; size: number; least: number },
): void {
  const rest = current.slice(-fresh);
  const before = chunks.at(-1);
  const isSmall = before !== undefined && sumOf(rest) < least && sumOf(before) + sumOf(rest) <= size;
  if (isSmall) before.push(...rest);
  else chunks.push(current);
}

function repeatedUnits(units: readonly Unit[], overlap: number): Unit[] {
  const last = units.slice(-overlap);
  return last.some(({ isCode }) => isCode) || last.length === units.length ? [] : last;
}

function slide(units: readonly Unit[], size: number, overlap: number): UnitRange[] {
  const chunks: UnitRange[] = [];
  for (let from = 0; from < units.length;) {
    let to = from;
    let tokens = 0;
    for (; to < units.length; to += 1) {
      const next = units[to]?.tokens ?? 0;
      if (to > from && tokens + next > size) break;
      tokens += next;
    }
    chunks.push(units.slice(from, to));
    if (to >= units.length) break;
    let back = to;
    for (let shared = 0; back - 1 > from; back -= 1) {
      shared += units[back - 1]?.tokens ?? 0;
      // The next chunk has to have room for what is new.
      if (shared > overlap || shared + (units[to]?.tokens ?? 0) > size) break;
    }
    from = back;
  }
  return chunks;
}

function gatherSemantic(
  units: readonly Unit[],
  isBreak: readonly boolean[],
  size: number,
  least: number,
): UnitRange[] {
  const chunks: Unit[][] = [];
  let current: Unit[] = [];
  let tokens = 0;
  for (const [index, unit] of units.entries()) {
    const ends = tokens + unit.tokens > size || (isBreak[index] === true && tokens >= least);
    if (current.length > 0 && ends) {
      chunks.push(current);
      current = [];
      tokens = 0;
    }
    current.push(unit);
    tokens += unit.tokens;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/** Sentences embedded at once. */
const sentencesAtOnce = 64;

/** Before which units the subject changes: where they are less alike than the mean by more than one standard deviation. */
async function semanticBreaks(
  text: string,
  units: readonly Unit[],
  embedder: ChunkingEmbedder,
  signal?: AbortSignal,
): Promise<boolean[]> {
  const alike: number[] = [];
  let before: Float32Array | undefined;
  for (let at = 0; at < units.length; at += sentencesAtOnce) {
    const texts = units.slice(at, at + sentencesAtOnce).map(({ from, to }) => text.slice(from, to));
    for (const vector of await embedder.embed(texts, "document", signal)) {
      alike.push(before === undefined ? 1 : cosine(before, vector));
      before = vector;
    }
  }
  const compared = alike.slice(1);
  const mean = compared.reduce((sum, value) => sum + value, 0) / Math.max(1, compared.length);
  const spread = compared.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, compared.length);
  const bar = mean - Math.sqrt(spread);
  return alike.map((value, index) => index > 0 && value < bar);
}

function cosine(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (const [axis, value] of left.entries()) sum += value * (right[axis] ?? 0);
  return sum;
}

/**
 * Spans of chunks, without white space around them. A tokenizer may see more in a chunk than in its parts: one that is too long then is
 * cut in two, and what the next one repeats of it may be a chunk of its own already.
 */
function finish(counter: TokenCounter, chunks: readonly UnitRange[]): TextChunk[] {
  const cut = chunks.flatMap((units) => finishChunk(counter, units));
  const finished: TextChunk[] = [];
  for (const chunk of cut.sort((left, right) => left.from - right.from || right.to - left.to)) {
    if (chunk.to > (finished.at(-1)?.to ?? 0)) finished.push(chunk);
  }
  return finished;
}

function finishChunk(counter: TokenCounter, units: UnitRange): TextChunk[] {
  const first = units[0];
  const last = units.at(-1);
  if (first === undefined || last === undefined) return [];
  const span = trimmedSpan(counter.text, { from: first.from, to: last.to });
  if (span.to === span.from) return [];
  const tokens = counter.count(span);
  if (tokens <= counter.size) return [{ ...span, tokens }];
  if (units.length === 1) {
    const halves = counter.halves(span);
    if (halves === undefined) return [{ ...span, tokens }];
    return halves.flatMap((half) => finishChunk(counter, [{ ...first, ...half }]));
  }
  const middle = Math.ceil(units.length / 2);
  return [...finishChunk(counter, units.slice(0, middle)), ...finishChunk(counter, units.slice(middle))];
}

function sumOf(units: readonly Unit[]): number {
  return units.reduce((sum, { tokens }) => sum + tokens, 0);
}
