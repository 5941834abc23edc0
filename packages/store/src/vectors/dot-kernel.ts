import { kernelModule } from "./kernel-module.ts";
import { quantiseQuery } from "./quantised.ts";

/** What of WebAssembly is used; the types of Node leave it out. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
  validate: (bytes: Uint8Array<ArrayBuffer>) => boolean;
};

type Dots = (
  query: number,
  rows: number,
  count: number,
  scales: number,
  scores: number,
  dimensions: number,
) => number;

const pageBytes = 65_536;
let module: object | undefined;

/** True where the machine has SIMD of 128 bits for WebAssembly. */
export function hasSimd(): boolean {
  return WebAssembly.validate(kernelModule());
}

/**
 * A stretch of rows in memory with what scores them. Room is for a fixed number of rows: more rows are more slices. With and without
 * SIMD the scores are the same to the last bit, since sums are of whole numbers.
 */
export class RowSlice {
  /** Rows that find room. */
  readonly capacity: number;
  /** Of each row, as of the last call of {@link score}; not in order of anything. */
  readonly scores: Float32Array;
  /** A row's scale; 0 makes its score 0. */
  readonly scales: Float32Array;
  readonly #rows: Int8Array;
  readonly #query: Int16Array;
  readonly #padded: number;
  readonly #dots: Dots;
  readonly #places: { rows: number; scales: number; scores: number };

  /**
   * @param padded dimensions, a multiple of 32.
   * @param simd false for plain JavaScript, as where there is no SIMD.
   */
  constructor(capacity: number, padded: number, simd = hasSimd()) {
    this.capacity = capacity;
    this.#padded = padded;
    const scales = align(padded * 2);
    const scores = align(scales + capacity * 4);
    const rows = align(scores + capacity * 4);
    this.#places = { rows, scales, scores };
    const pages = Math.ceil((rows + capacity * padded) / pageBytes);
    const memory = simd ? new WebAssembly.Memory({ initial: pages, maximum: pages }) : undefined;
    const buffer = memory?.buffer ?? new ArrayBuffer(pages * pageBytes);
    this.#query = new Int16Array(buffer, 0, padded);
    this.scales = new Float32Array(buffer, scales, capacity);
    this.scores = new Float32Array(buffer, scores, capacity);
    this.#rows = new Int8Array(buffer, rows, capacity * padded);
    this.#dots = memory === undefined ? plainDots(buffer) : wasmDots(memory);
  }

  /** @param values as long as the padded dimensions. */
  setRow(row: number, values: Int8Array, scale: number): void {
    this.#rows.set(values, row * this.#padded);
    this.scales[row] = scale;
  }

  /** Takes a query to score rows with. @returns by what scores are to be multiplied. */
  setQuery(vector: Float32Array): number {
    return quantiseQuery(vector, this.#query).scale;
  }

  /** Scores the rows from `from` to before `to`, less the scale of the query. @returns the largest of these scores. */
  score(from: number, to: number): number {
    const { rows, scales, scores } = this.#places;
    return this.#dots(
      0,
      rows + from * this.#padded,
      to - from,
      scales + from * 4,
      scores + from * 4,
      this.#padded,
    );
  }
}

function wasmDots(memory: WasmMemory): Dots {
  module ??= new WebAssembly.Module(kernelModule());
  const instance = new WebAssembly.Instance(module, { vectors: { memory } });
  return instance.exports["dots"] as Dots;
}

/** What the kernel does, without it. */
function plainDots(buffer: ArrayBuffer): Dots {
  return (query, rows, count, scales, scores, dimensions) => {
    const queryValues = new Int16Array(buffer, query, dimensions);
    const scaleValues = new Float32Array(buffer, scales, count);
    const scoreValues = new Float32Array(buffer, scores, count);
    const rowValues = new Int8Array(buffer, rows, count * dimensions);
    let largest = -Infinity;
    for (let row = 0; row < count; row += 1) {
      const at = row * dimensions;
      let sum = 0;
      for (let index = 0; index < dimensions; index += 1) {
        sum += (queryValues[index] ?? 0) * (rowValues[at + index] ?? 0);
      }
      const score = Math.fround(Math.fround(sum) * (scaleValues[row] ?? 0));
      scoreValues[row] = score;
      largest = Math.max(largest, score);
    }
    return largest;
  };
}

function align(offset: number): number {
  return Math.ceil(offset / 64) * 64;
}
