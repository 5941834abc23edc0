import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { miniLmDimensions } from "./minilm-network.ts";
import type { MiniLmNetwork } from "./minilm-network.ts";
import { principalAxes } from "./principal-axes.ts";
import { closingMark, openingMark } from "./word-pieces.ts";

export const staticDimensions = 256;
const vocabulary = 30_522;
/** Marks, reserved places and single letters and signs come first in the vocabulary and say nothing of what a text is about. */
const firstWord = 1996;
const wordsTogether = 32;
const digestBytes = 32;

/** One row per piece of the vocabulary: bytes, and what each is worth. */
export interface StaticTable {
  rows: Int8Array;
  scales: Float32Array;
}

/**
 * Distils a table of word vectors from a sentence model (the recipe of Model2Vec, Tulkens and van Dongen 2024): every piece of
 * the vocabulary goes through the model alone, the mean is taken away, the 256 widest axes are kept, and a piece weighs the
 * more the rarer it is, by its rank in the vocabulary, which is ordered by frequency. Takes some 20 seconds, and lets go of
 * the thread every few milliseconds but for the axes (5 s).
 * @throws the signal's reason
 */
export async function distilStaticTable(network: MiniLmNetwork, signal?: AbortSignal): Promise<StaticTable> {
  const width = miniLmDimensions;
  const whole = new Float32Array(vocabulary * width);
  for (let from = 0; from < vocabulary; from += wordsTogether) {
    signal?.throwIfAborted();
    const ids = Array.from(
      { length: Math.min(wordsTogether, vocabulary - from) },
      (_id, index) => from + index,
    );
    const vectors = network.run(ids.map((id) => [openingMark, id, closingMark]));
    for (const [index, vector] of vectors.entries()) whole.set(vector, (from + index) * width);
    await setImmediate();
  }
  takeMeanAway(whole, width);
  const axes = principalAxes(whole, width).slice(0, staticDimensions);
  signal?.throwIfAborted();
  const table = { rows: new Int8Array(vocabulary * staticDimensions), scales: new Float32Array(vocabulary) };
  for (let id = 0; id < vocabulary; id += 1) {
    const turned = axes.map((axis) => alongAxis(axis, whole, id * width));
    const largest = turned.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    for (const [k, value] of turned.entries()) {
      table.rows[id * staticDimensions + k] = Math.round((value / largest) * 127);
    }
    table.scales[id] = (largest / 127) * weightOf(id);
  }
  return table;
}

function alongAxis(axis: Float64Array, rows: Float32Array, from: number): number {
  let sum = 0;
  for (let k = 0; k < axis.length; k += 1) sum += (axis[k] ?? 0) * (rows[from + k] ?? 0);
  return sum;
}

/** Rank 1 is the most frequent word. */
function weightOf(id: number): number {
  return id < firstWord ? 0 : Math.log(id - firstWord + 2);
}

function takeMeanAway(rows: Float32Array, width: number): void {
  const mean = new Float64Array(width);
  const count = rows.length / width;
  for (let at = 0; at < rows.length; at += 1)
    mean[at % width] = (mean[at % width] ?? 0) + (rows[at] ?? 0) / count;
  for (let at = 0; at < rows.length; at += 1) rows[at] = (rows[at] ?? 0) - (mean[at % width] ?? 0);
}

/** As a file: SHA-256 of the rest, scales as little-endian f32, rows. */
export function encodeStaticTable({ rows, scales }: StaticTable): Uint8Array {
  const bytes = new Uint8Array(digestBytes + scales.length * 4 + rows.length);
  const view = new DataView(bytes.buffer);
  for (const [index, scale] of scales.entries()) view.setFloat32(digestBytes + index * 4, scale, true);
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.length), digestBytes + scales.length * 4);
  bytes.set(createHash("sha256").update(bytes.subarray(digestBytes)).digest());
  return bytes;
}

/** Undefined for anything but what `encodeStaticTable` wrote, whole: then it is made again. */
export function decodeStaticTable(bytes: Uint8Array): StaticTable | undefined {
  const rowsAt = digestBytes + vocabulary * 4;
  if (bytes.length !== rowsAt + vocabulary * staticDimensions) return undefined;
  const digest = createHash("sha256").update(bytes.subarray(digestBytes)).digest();
  if (!digest.equals(bytes.subarray(0, digestBytes))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const scales = Float32Array.from({ length: vocabulary }, (_scale, index) =>
    view.getFloat32(digestBytes + index * 4, true),
  );
  return { rows: Int8Array.from(new Int8Array(bytes.buffer, bytes.byteOffset + rowsAt)), scales };
}
