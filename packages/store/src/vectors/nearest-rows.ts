import { RowSlice, hasSimd } from "./dot-kernel.ts";
import { paddedDimensions, quantiseRow } from "./quantised.ts";
import type { QuantisedRow } from "./quantised.ts";

/** A row that is near a query. */
export interface NearRow {
  row: number;
  /** Cosine for vectors of length 1. */
  score: number;
}

/** Gives rows as they were embedded, one behind the other in the order asked for; undefined where they are not kept. */
export type ExactRows = (rows: readonly number[]) => Float32Array | undefined;

/** Mean and standard deviation of scores. */
export interface ScoreSpread {
  mean: number;
  deviation: number;
}

/** Rows from `from` to before `to`. */
export type RowRun = readonly [from: number, to: number];

export interface NearestQuery {
  vector: Float32Array;
  /** How many are wanted. With exact scores the first 32 are certain, those behind them as good as. */
  limit: number;
  /** Whether a row may be in the answer; every row may when absent. */
  isAllowed?: (row: number) => boolean;
  /** Runs of rows, in order, outside of which none is allowed: the rest is not looked at. */
  runs?: readonly RowRun[];
  /** Makes scores exact; without it they are those of 8 bits. */
  exact?: ExactRows;
}

export interface NearestOptions {
  dimensions: number;
  /** False for plain JavaScript. */
  simd?: boolean;
  /** Rows in one stretch of memory. */
  sliceRows?: number;
}

const defaultSliceRows = 65_536;
/** Rows that are passed over together when none of them is good enough. Divides the rows of a slice. */
const blockRows = 256;
/** Places of an answer whose rows are certain; those behind them are as 8 bits have them. */
const certainPlaces = 32;
const sampledRows = 4_096;
/** Rows that are scored exactly in any case: nearly always they have the best among them. */
const leastRescored = 40;
/** Rows that are scored exactly at most: beyond that, very many rows are as good as equal. */
const mostRescored = 4_096;

/**
 * Every row of one model in 8 bits, scanned whole: what is nearest is found, and not what an index takes for it. The best rows by
 * 8 bits are scored again in float32, and with them every row that could, by what quantising lost at most, be better.
 */
export class NearestRows {
  readonly dimensions: number;
  readonly #padded: number;
  readonly #simd: boolean;
  readonly #sliceRows: number;
  readonly #slices: RowSlice[] = [];
  /** Rows that were removed and may be used again. */
  readonly #free: number[] = [];
  /** Largest score of each block, in the order of the last scan. */
  #maxima = new Float32Array(0);
  #rows = 0;
  #largestResidual = 0;
  #lastScale = 0;

  constructor({ dimensions, simd = hasSimd(), sliceRows = defaultSliceRows }: NearestOptions) {
    this.dimensions = dimensions;
    this.#padded = paddedDimensions(dimensions);
    this.#simd = simd;
    this.#sliceRows = sliceRows;
  }

  /** Numbers of rows go from 0 to before this; some of them may be removed. */
  get end(): number {
    return this.#rows;
  }

  /** Rows that are there. */
  get size(): number {
    return this.#rows - this.#free.length;
  }

  /** Bytes of memory that rows take. */
  get bytes(): number {
    return this.#slices.length * this.#sliceRows * (this.#padded + 8);
  }

  /** @returns the row's number, which may be that of a removed one. */
  add(vector: Float32Array): number {
    return this.addQuantised(quantiseRow(vector, this.#padded));
  }

  addQuantised({ values, scale, residual }: QuantisedRow): number {
    const row = this.#free.pop() ?? this.#rows++;
    const slice = this.#sliceOf(row);
    slice.setRow(row % this.#sliceRows, values, scale);
    this.#largestResidual = Math.max(this.#largestResidual, residual);
    return row;
  }

  /** Takes a row out; whoever calls it sees to it that `isAllowed` refuses the row until it is used again. */
  remove(row: number): void {
    this.#sliceOf(row).scales[row % this.#sliceRows] = 0;
    this.#free.push(row);
  }

  /** The nearest rows, best first; among equals the row with the lower number. */
  find(query: NearestQuery): NearRow[] {
    const { vector, limit, exact } = query;
    if (limit <= 0 || this.#rows === 0) return [];
    const scale = this.#scoreAll(query);
    this.#lastScale = scale;
    const certain = Math.min(limit, certainPlaces);
    const rescoredCount = exact === undefined ? 0 : Math.max(leastRescored, certain * 2);
    const found = this.#collect(query, Math.max(limit, rescoredCount), -Infinity);
    for (const near of found) near.score *= scale;
    const best = found.slice(0, rescoredCount);
    const rescored = exact === undefined ? undefined : rescore(vector, best, exact);
    if (rescored === undefined) return found.slice(0, limit);
    this.#addWhatCouldBeBetter({ ...query, limit: certain }, { best, rescored, scale });
    const known = new Set(rescored.map(({ row }) => row));
    const rest = found.filter(({ row }) => !known.has(row));
    return [...rescored, ...rest].sort(compareNear).slice(0, limit);
  }

  /** How the scores of all rows lay in the last scan of all rows, by a sample: what is usual for the model and the question. */
  spread(): ScoreSpread {
    const step = Math.max(1, Math.floor(this.#rows / sampledRows));
    let [count, sum, squares] = [0, 0, 0];
    for (let row = 0; row < this.#rows; row += step) {
      const slice = this.#sliceOf(row);
      const at = row % this.#sliceRows;
      if (slice.scales[at] === 0) continue;
      const score = (slice.scores[at] ?? 0) * this.#lastScale;
      count += 1;
      sum += score;
      squares += score * score;
    }
    const mean = sum / Math.max(1, count);
    return { mean, deviation: Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean)) };
  }

  /** A row outside of the best by 8 bits has a true score of at most its score in 8 bits and what was lost. */
  #addWhatCouldBeBetter(
    query: NearestQuery,
    { best, rescored, scale }: { best: readonly NearRow[]; rescored: NearRow[]; scale: number },
  ): void {
    const { vector, limit, exact } = query;
    const worst = best.at(-1);
    const least = rescored.toSorted(compareNear)[limit - 1];
    if (worst === undefined || exact === undefined || least === undefined || scale === 0) return;
    // float32 sums and the query's own rounding are far below this.
    const margin = (this.#largestResidual + 1e-4) * lengthOf(vector);
    if (worst.score + margin < least.score) return;
    const known = new Set(best.map(({ row }) => row));
    const more = this.#collect(query, mostRescored, (least.score - margin) / scale).filter(
      ({ row }) => !known.has(row),
    );
    rescored.push(...(rescore(vector, more, exact) ?? []));
  }

  #sliceOf(row: number): RowSlice {
    const index = Math.floor(row / this.#sliceRows);
    for (let made = this.#slices.length; made <= index; made += 1) {
      this.#slices.push(new RowSlice(this.#sliceRows, this.#padded, this.#simd));
    }
    const slice = this.#slices[index];
    if (slice === undefined) throw new RangeError(`There is no row ${row}.`);
    return slice;
  }

  /** @returns by what the scores are to be multiplied. */
  #scoreAll({ vector, runs }: NearestQuery): number {
    let scale = 0;
    for (const slice of this.#slices) scale = slice.setQuery(vector);
    const most = Math.ceil(this.#rows / blockRows) + this.#slices.length + 2 * (runs?.length ?? 0);
    if (this.#maxima.length < most) this.#maxima = new Float32Array(most * 2);
    let block = 0;
    for (const [slice, from, to] of this.#stretches(runs)) {
      for (let at = from; at < to; at = endOfBlock(at, to)) {
        this.#maxima[block] = slice.score(at, endOfBlock(at, to));
        block += 1;
      }
    }
    return scale;
  }

  /** The runs cut at the ends of slices: slice, first row in it, end in it, number of the slice's first row. */
  *#stretches(runs: readonly RowRun[] = [[0, this.#rows]]): Generator<[RowSlice, number, number, number]> {
    for (const [runFrom, runTo] of runs) {
      for (let from = runFrom; from < Math.min(runTo, this.#rows);) {
        const base = from - (from % this.#sliceRows);
        const to = Math.min(runTo, this.#rows, base + this.#sliceRows);
        yield [this.#sliceOf(from), from - base, to - base, base];
        from = to;
      }
    }
  }

  /** The `count` best rows above `least`, best first, by the scores of the last scan. */
  #collect({ runs, isAllowed }: NearestQuery, count: number, least: number): NearRow[] {
    let found: NearRow[] = [];
    let bar = least;
    let block = 0;
    for (const [{ scores }, from, to, base] of this.#stretches(runs)) {
      for (let at = from; at < to; at = endOfBlock(at, to), block += 1) {
        if ((this.#maxima[block] ?? 0) <= bar) continue;
        const end = endOfBlock(at, to);
        for (let index = at; index < end; index += 1) {
          const score = scores[index] ?? 0;
          if (score <= bar || (isAllowed !== undefined && !isAllowed(base + index))) continue;
          found.push({ row: base + index, score });
        }
        // Sorting seldom and much is cheaper than keeping a heap for few.
        if (found.length < count * 2 + blockRows) continue;
        found = found.sort(compareNear).slice(0, count);
        bar = found.at(-1)?.score ?? bar;
      }
    }
    return found.sort(compareNear).slice(0, count);
  }
}

/** Where the block ends that a row lies in, or the stretch. */
function endOfBlock(row: number, end: number): number {
  return Math.min(end, row - (row % blockRows) + blockRows);
}

function rescore(vector: Float32Array, near: readonly NearRow[], exact: ExactRows): NearRow[] | undefined {
  const values = exact(near.map(({ row }) => row));
  if (values === undefined) return undefined;
  const dimensions = vector.length;
  return near.map(({ row }, index) => {
    let score = 0;
    const at = index * dimensions;
    for (let axis = 0; axis < dimensions; axis += 1) score += (vector[axis] ?? 0) * (values[at + axis] ?? 0);
    return { row, score };
  });
}

function compareNear(left: NearRow, right: NearRow): number {
  return right.score - left.score || left.row - right.row;
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}
