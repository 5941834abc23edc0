import { makeBertKernel, rowBlocks, rowStepBytes, tileRows } from "./bert-kernel.ts";
import type { BertKernel } from "./bert-kernel.ts";
import { packMatrix, packedSizes } from "./packed-matrix.ts";
import { halfValues, readSafetensors } from "./safetensors.ts";
import type { Safetensors } from "./safetensors.ts";

const layers = 6;
const heads = 12;
const headBytes = 128;
const inner = 1536;
const vocabulary = 30_522;
export const miniLmDimensions = 384;
/** What the model was trained with; it has positions for 512, but more than this makes its vectors worse. */
export const miniLmMaxTokens = 256;
const width = miniLmDimensions;

/** Runs all-MiniLM-L6-v2 over token numbers. */
export interface MiniLmNetwork {
  /**
   * For each text the mean of the last layer over its tokens, brought to length 1. Texts that go through together share only
   * the reading of the weights: each comes out as it would alone.
   * @param texts each with the opening and closing marks; 1 to `miniLmMaxTokens` tokens in all of them together.
   */
  run(texts: readonly (readonly number[])[]): Float32Array[];
}

interface Matrix {
  inputs: number;
  outputs: number;
  weights: number;
  factors: number;
}

interface Layer {
  qkv: Matrix;
  attended: Matrix;
  widened: Matrix;
  narrowed: Matrix;
  /** Pointers to gamma, then beta. */
  first: [number, number];
  second: [number, number];
}

/**
 * Makes the network from the weights' file. It takes about 40 MB; the file is not kept. The matrices become signed bytes, rows are quantised to seven bits as they come.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE
 */
export async function makeMiniLm(file: Uint8Array): Promise<MiniLmNetwork> {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { words, positions, embeddingNorm, stack, places } = layOut(file, memory);
  const kernel = await makeBertKernel(memory);
  const halves = halfValues();
  return {
    run(texts) {
      const count = texts.reduce((sum, ids) => sum + ids.length, 0);
      if (count > miniLmMaxTokens || texts.some((ids) => ids.length === 0))
        throw new RangeError(`${String(count)} tokens.`);
      const spans: Span[] = [];
      const rows = new Float32Array(memory.buffer, places.rows, count * width);
      let at = 0;
      for (const ids of texts) {
        spans.push({ from: at, count: ids.length });
        for (const id of ids) {
          const from = id * width;
          for (let k = 0; k < width; k += 1) rows[at * width + k] = halves[words[from + k] ?? 0] ?? 0;
          at += 1;
        }
      }
      for (const span of spans) {
        const first = places.rows + span.from * width * 4;
        kernel.normalise(first, positions, span.count, ...embeddingNorm, first);
      }
      for (const layer of stack) runLayer(kernel, layer, places, spans);
      return spans.map((span) =>
        meanOfRows(rows.subarray(span.from * width, (span.from + span.count) * width)),
      );
    },
  };
}

interface Laid {
  /** Rows of the vocabulary, in half precision. */
  words: Uint16Array;
  positions: number;
  embeddingNorm: [number, number];
  stack: Layer[];
  places: Places;
}

/** Puts the weights into the memory, which grows, and says where. A function of its own, so that nothing keeps the file. */
function layOut(file: Uint8Array, memory: WebAssembly.Memory): Laid {
  const tensors = readSafetensors(file);
  let used = 0;
  const room = (bytes: number): number => {
    const at = used;
    used += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const fillers: (() => void)[] = [];
  const vector = (values: Float32Array): number => {
    const at = room(values.byteLength);
    fillers.push(() => new Float32Array(memory.buffer, at, values.length).set(values));
    return at;
  };
  const matrix = (names: readonly string[], inputs: number, outputsEach: number): Matrix => {
    const outputs = names.length * outputsEach;
    const sizes = packedSizes(inputs, outputs);
    const made = { inputs, outputs, weights: room(sizes.weights), factors: room(sizes.factors) };
    fillers.push(() =>
      packMatrix(
        joined(names.map((name) => tensors.floats(`${name}.weight`, [outputsEach, inputs]))),
        joined(names.map((name) => tensors.floats(`${name}.bias`, [outputsEach]))),
        inputs,
        new Int8Array(memory.buffer, made.weights, sizes.weights),
        new Float32Array(memory.buffer, made.factors, sizes.factors / 4),
      ),
    );
    return made;
  };
  const norm = (name: string): [number, number] => [
    vector(tensors.floats(`${name}.weight`, [width])),
    vector(tensors.floats(`${name}.bias`, [width])),
  ];

  const words = tensors.halves("embeddings.word_embeddings.weight", [vocabulary, width]);
  const positions = vector(positionRows(tensors));
  const embeddingNorm = norm("embeddings.LayerNorm");
  const stack = Array.from({ length: layers }, (_layer, index): Layer => {
    const name = `encoder.layer.${String(index)}`;
    const attention = ["query", "key", "value"].map((part) => `${name}.attention.self.${part}`);
    return {
      qkv: matrix(attention, width, width),
      attended: matrix([`${name}.attention.output.dense`], width, width),
      widened: matrix([`${name}.intermediate.dense`], width, inner),
      narrowed: matrix([`${name}.output.dense`], inner, width),
      first: norm(`${name}.attention.output.LayerNorm`),
      second: norm(`${name}.output.LayerNorm`),
    };
  });
  const most = miniLmMaxTokens;
  const places: Places = {
    rows: room(most * width * 4),
    branch: room(most * width * 4),
    wide: room(most * inner * 4),
    bytes: room(most * inner),
    steps: room(most * rowStepBytes),
    keys: room(most * 32 * 4),
    scores: room(most * 4),
  };
  memory.grow(Math.ceil(used / 65_536));
  for (const fill of fillers) fill();
  return { words, positions, embeddingNorm, stack, places };
}

/** Where the rows of one text stand among those that go through together. */
interface Span {
  from: number;
  count: number;
}

interface Places {
  rows: number;
  branch: number;
  wide: number;
  bytes: number;
  steps: number;
  keys: number;
  scores: number;
}

function runLayer(kernel: BertKernel, layer: Layer, places: Places, spans: readonly Span[]): void {
  const { rows, branch, wide, keys, scores } = places;
  const count = spans.reduce((sum, span) => sum + span.count, 0);
  multiplyRows(kernel, layer.qkv, rows, wide, places, count);
  for (const span of spans) {
    const qkv = wide + span.from * width * 12;
    const out = branch + span.from * width * 4;
    for (let head = 0; head < heads; head += 1) {
      kernel.attend(qkv + head * headBytes, span.count, out + head * headBytes, keys, scores);
    }
  }
  multiplyRows(kernel, layer.attended, branch, wide, places, count);
  kernel.normalise(rows, wide, count, ...layer.first, rows);
  multiplyRows(kernel, layer.widened, rows, wide, places, count);
  kernel.gelu(wide, count * inner);
  multiplyRows(kernel, layer.narrowed, wide, branch, places, count);
  kernel.normalise(rows, branch, count, ...layer.second, rows);
}

function multiplyRows(
  kernel: BertKernel,
  matrix: Matrix,
  from: number,
  to: number,
  places: Places,
  count: number,
): void {
  const { inputs, outputs } = matrix;
  kernel.quantise(from, count * rowBlocks, inputs / rowBlocks, places.bytes, places.steps);
  for (let row = 0; row < count; row += tileRows) {
    kernel.product(
      Math.min(tileRows, count - row),
      inputs,
      places.bytes + row * inputs,
      places.steps + row * rowStepBytes,
      matrix.weights,
      matrix.factors,
      outputs / 8,
      to + row * outputs * 4,
      outputs * 4,
    );
  }
}

/** Rows of the positions, with the one sentence's mark added. */
function positionRows(tensors: Safetensors): Float32Array {
  const positions = tensors.floats("embeddings.position_embeddings.weight", [512, width]);
  const kind = tensors.floats("embeddings.token_type_embeddings.weight", [2, width]);
  const rows = positions.slice(0, miniLmMaxTokens * width);
  for (let index = 0; index < rows.length; index += 1)
    rows[index] = (rows[index] ?? 0) + (kind[index % width] ?? 0);
  return rows;
}

function meanOfRows(rows: Float32Array): Float32Array {
  const sums = new Float64Array(width);
  for (let from = 0; from < rows.length; from += width) {
    for (let k = 0; k < width; k += 1) sums[k] = (sums[k] ?? 0) + (rows[from + k] ?? 0);
  }
  let square = 0;
  for (const sum of sums) square += sum * sum;
  const length = Math.sqrt(square) || 1;
  return Float32Array.from(sums, (sum) => sum / length);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
