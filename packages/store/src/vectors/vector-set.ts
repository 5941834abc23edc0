import { setImmediate as nextTurn } from "node:timers/promises";
import type { FilePort } from "../files/port.ts";
import { NearestRows } from "./nearest-rows.ts";
import type { NearRow, ScoreSpread } from "./nearest-rows.ts";
import { paddedDimensions, quantiseRow } from "./quantised.ts";
import type { StoredDocument, StoredVectors, VectorDatabase } from "./vector-database.ts";
import { readRows } from "./vector-pair.ts";
import type { VectorKind } from "./vector-pair.ts";

/** A chunk that is near a question. */
export interface NearChunk {
  /** Number of its document in the database of vectors. */
  document: number;
  /** Which chunk of it, from 0. */
  chunk: number;
  score: number;
}

/** A question to one set. */
export interface SetQuestion {
  vector: Float32Array;
  limit: number;
  filter: RowFilter;
}

/** Tells by the index of words what may be found. */
export interface RowFilter {
  /** Another one means that positions may be others. */
  stamp: number;
  /** Position of a message by its number; undefined for one that is gone. */
  positionOf(doc: number): number | undefined;
  allows(position: number): boolean;
}

/** Documents that are read at a time while a set is loaded. */
const loadedAtOnce = 2_000;

/** The columns of a row beside its vector. */
interface Columns {
  /** -1 for a row that is free. */
  document: Int32Array;
  chunk: Int32Array;
  doc: Float64Array;
  pair: Int32Array;
  fileRow: Int32Array;
  /** Position in the index of words as it was last asked for. */
  position: Int32Array;
}

const positionUnknown = -2;
const positionGone = -1;

/** All vectors of one model in memory, in 8 bits, beside what says of whom they are. The files of pairs are read for exact scores. */
export class VectorSet {
  readonly kind: VectorKind;
  readonly #files: FilePort;
  readonly #nearest: NearestRows;
  #columns: Columns = columnsFor(1_024);
  /** Absolute folders of pairs by number. */
  readonly #folders = new Map<number, string>();
  /** Documents that are taken out, and that have another number, with the next question. */
  readonly #gone = new Set<number>();
  readonly #renumbered = new Map<number, number>();
  /** Of the filter whose positions are known. */
  #stamp: number | undefined;

  constructor(files: FilePort, kind: VectorKind) {
    this.#files = files;
    this.kind = kind;
    this.#nearest = new NearestRows({ dimensions: kind.dimensions });
  }

  /** Vectors in it. */
  get size(): number {
    this.#catchUp();
    return this.#nearest.size;
  }

  get bytes(): number {
    return this.#nearest.bytes + this.#columns.document.length * 28;
  }

  /** Reads every row; others get their turn in between. */
  async load(database: VectorDatabase, set: number, folderOf: (folder: string) => string): Promise<void> {
    for (const { number, folder } of database.pairs(set)) this.setFolder(number, folderOf(folder));
    for (let after = 0; ;) {
      const documents = database.vectorsAfter(set, after, loadedAtOnce);
      for (const document of documents) this.add(document);
      const last = documents.at(-1);
      if (last === undefined) return;
      after = last.number;
      await nextTurn();
    }
  }

  setFolder(pair: number, folder: string): void {
    this.#folders.set(pair, folder);
  }

  add(document: StoredVectors): void {
    const padded = paddedDimensions(this.kind.dimensions);
    const { vectors, scales, number, doc, firstRow, pair } = document;
    // The number of one that is gone may be given again.
    if (this.#gone.has(number)) this.#catchUp();
    for (let chunk = 0; chunk * padded < vectors.length; chunk += 1) {
      const row = this.#nearest.addQuantised({
        values: vectors.subarray(chunk * padded, (chunk + 1) * padded),
        scale: scales[chunk * 2] ?? 0,
        residual: scales[chunk * 2 + 1] ?? 0,
      });
      if (row >= this.#columns.document.length) this.#grow();
      this.#columns.document[row] = number;
      this.#columns.chunk[row] = chunk;
      this.#columns.doc[row] = doc;
      this.#columns.pair[row] = pair;
      this.#columns.fileRow[row] = firstRow + chunk;
      this.#columns.position[row] = positionUnknown;
    }
  }

  /** Takes documents out. Done with the next question: one pass through all rows takes out any number of them. */
  remove(documents: Iterable<number>): void {
    for (const document of documents) {
      this.#gone.add(document);
      this.#renumbered.delete(document);
    }
  }

  /** Documents whose message has another number in the index of words by now. Done with the next question, too. */
  renumber(docs: ReadonlyMap<number, number>): void {
    for (const [document, doc] of docs) this.#renumbered.set(document, doc);
  }

  #catchUp(): void {
    if (this.#gone.size === 0 && this.#renumbered.size === 0) return;
    const { document, doc, position } = this.#columns;
    for (let row = 0; row < this.#nearest.end; row += 1) {
      const number = document[row] ?? -1;
      if (this.#gone.has(number)) {
        document[row] = -1;
        this.#nearest.remove(row);
        continue;
      }
      const moved = this.#renumbered.get(number);
      if (moved === undefined) continue;
      doc[row] = moved;
      position[row] = positionUnknown;
    }
    this.#gone.clear();
    this.#renumbered.clear();
  }

  /** Documents whose rows lie elsewhere in their pair, by the row of the first. */
  moveRows(firstRows: ReadonlyMap<number, number>): void {
    const { document, chunk, fileRow } = this.#columns;
    for (let row = 0; row < this.#nearest.end; row += 1) {
      const moved = firstRows.get(document[row] ?? -1);
      if (moved !== undefined) fileRow[row] = moved + (chunk[row] ?? 0);
    }
  }

  /** How the scores of all chunks lay in the last question. */
  spread(): ScoreSpread {
    return this.#nearest.spread();
  }

  /** The nearest chunks, best first. Scores are exact where the vectors are kept in files. */
  find({ vector, limit, filter }: SetQuestion): NearChunk[] {
    this.#catchUp();
    const { document, chunk, doc, position } = this.#columns;
    if (filter.stamp !== this.#stamp) position.fill(positionUnknown);
    this.#stamp = filter.stamp;
    const isAllowed = (row: number): boolean => {
      if ((document[row] ?? -1) < 0) return false;
      let at = position[row] ?? positionUnknown;
      if (at === positionUnknown) {
        at = filter.positionOf(doc[row] ?? 0) ?? positionGone;
        position[row] = at;
      }
      return at !== positionGone && filter.allows(at);
    };
    const near = this.#nearest.find({
      vector,
      limit,
      isAllowed,
      exact: (rows) => this.#exactRows(rows),
    });
    return near.map(({ row, score }: NearRow) => ({
      document: document[row] ?? -1,
      chunk: chunk[row] ?? 0,
      score,
    }));
  }

  #exactRows(rows: readonly number[]): Float32Array | undefined {
    const { dimensions } = this.kind;
    const byPair = new Map<number, number[]>();
    for (const [index, row] of rows.entries()) {
      const pair = this.#columns.pair[row] ?? 0;
      if (!this.#folders.has(pair)) return undefined;
      byPair.set(pair, [...(byPair.get(pair) ?? []), index]);
    }
    const values = new Float32Array(rows.length * dimensions);
    for (const [pair, indexes] of byPair) {
      const wanted = indexes.map((index) => this.#columns.fileRow[rows[index] ?? 0] ?? 0);
      const read = readRows(this.#files, this.#folders.get(pair) ?? "", dimensions, wanted);
      if (read === undefined) return undefined;
      for (const [at, index] of indexes.entries()) {
        values.set(read.subarray(at * dimensions, (at + 1) * dimensions), index * dimensions);
      }
    }
    return values;
  }

  #grow(): void {
    const room = Math.ceil(this.#columns.document.length * 1.5);
    const grown = columnsFor(room);
    for (const name of ["document", "chunk", "doc", "pair", "fileRow", "position"] as const) {
      grown[name].set(this.#columns[name]);
    }
    this.#columns = grown;
  }
}

/** Vectors in 8 bits as they are stored. */
export function quantisedDocument(
  vectors: readonly Float32Array[],
  dimensions: number,
): Pick<StoredDocument, "scales" | "vectors"> {
  const padded = paddedDimensions(dimensions);
  const values = new Int8Array(vectors.length * padded);
  const scales = new Float32Array(vectors.length * 2);
  for (const [index, vector] of vectors.entries()) {
    const row = quantiseRow(vector, padded);
    values.set(row.values, index * padded);
    scales[index * 2] = row.scale;
    // Rounded up, so that the bound still holds.
    scales[index * 2 + 1] = row.residual * 1.000_001;
  }
  return { vectors: values, scales };
}

/** A stored document's vectors as they were, but for what 8 bits lose. */
export function approximateVectors({ vectors, scales }: StoredDocument, dimensions: number): Float32Array[] {
  const padded = paddedDimensions(dimensions);
  return Array.from({ length: scales.length / 2 }, (_, chunk) =>
    Float32Array.from(
      vectors.subarray(chunk * padded, chunk * padded + dimensions),
      (value) => value * (scales[chunk * 2] ?? 0),
    ),
  );
}

function columnsFor(room: number): Columns {
  return {
    document: new Int32Array(room).fill(-1),
    chunk: new Int32Array(room),
    doc: new Float64Array(room),
    pair: new Int32Array(room),
    fileRow: new Int32Array(room),
    position: new Int32Array(room).fill(positionUnknown),
  };
}
