import { setImmediate as nextTurn } from "node:timers/promises";
import { absolutePath } from "../files/layout.ts";
import type { VectorDatabase } from "./vector-database.ts";
import type { VectorLine } from "./vector-lines.ts";
import {
  appendVectors,
  hasVectorPair,
  makePairFolder,
  readRows,
  readVectorPair,
  removeVectorPair,
  rewriteVectors,
  vectorIndexName,
} from "./vector-pair.ts";
import type { NewVector, PairContent } from "./vector-pair.ts";
import { importedPairs, removeEmptyMonth } from "./vector-places.ts";
import type { VectorHome } from "./vector-places.ts";
import { quantisedDocument } from "./vector-set.ts";
import type { VectorSet } from "./vector-set.ts";

export interface PairKeeperOptions {
  home: VectorHome;
  database: VectorDatabase;
  set: VectorSet;
  setNumber: number;
  /** Vectors of texts that were cut in another way are as good as none. */
  strategy: string;
}

/** Where the next vectors of a pair go. */
type PairEnd = Pick<PairContent, "rows" | "indexBytes" | "kind">;

/** Rows without a document from which on a pair is written anew. */
const leastDead = 64;

/** Keeps pairs of files and what the database says of them in step. */
export class PairKeeper {
  readonly #options: PairKeeperOptions;
  /** Ends that were written to files and not to the database yet, by folder. */
  readonly #ends = new Map<string, PairEnd>();
  /** Numbers of pairs that may have rows of nobody. */
  readonly #loose = new Set<number>();

  constructor(options: PairKeeperOptions) {
    this.#options = options;
  }

  /** Takes in every pair that is not as the database knows it. */
  async adoptAll(): Promise<void> {
    const { home, database, setNumber } = this.#options;
    const known = database.pairs(setNumber);
    for (const { folder, indexBytes } of known) {
      if (this.#indexBytes(folder) !== indexBytes) this.#adopt(folder);
      await nextTurn();
    }
    const folders = new Set(known.map(({ folder }) => folder));
    for (const folder of importedPairs(home)) {
      if (!folders.has(folder)) this.#adopt(folder);
      await nextTurn();
    }
  }

  /** Takes in the pair of a folder when it was never met. */
  know(folder: string): void {
    const { home, database } = this.#options;
    if (database.pairAt(folder) !== undefined || this.#ends.has(folder)) return;
    if (hasVectorPair(home.files, absolutePath(home.root, folder))) this.#adopt(folder);
  }

  /** 0 for vectors that are in no pair. */
  numberOf(folder: string): number {
    return folder === "" ? 0 : (this.#options.database.pairAt(folder)?.number ?? 0);
  }

  /** Adds to the files; {@link PairKeeper.write} tells the database. @returns the row of the first */
  append(folder: string, added: readonly NewVector[]): number {
    const { home, set } = this.#options;
    const absolute = absolutePath(home.root, folder);
    const end = this.#endOf(folder, absolute);
    makePairFolder(home.files, absolute);
    this.#ends.set(folder, appendVectors(home.files, absolute, set.kind, end, added));
    return end.rows;
  }

  /** Call it in the transaction in which documents are added. */
  write(): void {
    const { database, setNumber, set, home } = this.#options;
    for (const [folder, { rows, indexBytes }] of this.#ends) {
      const number = database.putPair(setNumber, { folder, rows, indexBytes });
      set.setFolder(number, absolutePath(home.root, folder));
    }
    this.#ends.clear();
  }

  /** Says that documents of a pair are gone and their rows stay behind. */
  loosen(pair: number): void {
    this.#loose.add(pair);
  }

  /** Writes pairs anew of which much is of nobody any more. */
  compact(): void {
    if (this.#loose.size === 0) return;
    const { database, setNumber } = this.#options;
    for (const pair of database.pairs(setNumber)) {
      if (!this.#loose.delete(pair.number)) continue;
      const live = database.rowsOfPair(pair.number).reduce((sum, { chunks }) => sum + chunks, 0);
      if (pair.rows - live >= Math.max(leastDead, pair.rows / 4) || live === 0)
        this.#rewrite(pair.folder, new Set());
    }
  }

  /** Takes sessions out of the files and the database at once. */
  forget(sessionIds: ReadonlySet<string>): void {
    const { database } = this.#options;
    const folders = new Set([...sessionIds].flatMap((sessionId) => database.pairsOfSession(sessionId)));
    for (const folder of folders) this.#rewrite(folder, sessionIds);
  }

  #rewrite(folder: string, gone: ReadonlySet<string>): void {
    const { home, database, set, setNumber } = this.#options;
    const pair = database.pairAt(folder);
    if (pair === undefined) return;
    const documents = database.rowsOfPair(pair.number);
    const live = new Set<number>();
    for (const { firstRow, chunks } of documents) {
      for (let chunk = 0; chunk < chunks; chunk += 1) live.add(firstRow + chunk);
    }
    const moved = new Map<number, number>();
    let next = 0;
    const content = rewriteVectors(home.files, absolutePath(home.root, folder), ({ row, sessionId }) => {
      if (!live.has(row) || gone.has(sessionId)) return false;
      moved.set(row, next);
      next += 1;
      return true;
    });
    const firstRows = new Map<number, number>();
    database.transaction(() => {
      for (const { number, firstRow } of documents) {
        const row = moved.get(firstRow);
        if (row === undefined) continue;
        database.moveDocument(number, { firstRow: row });
        firstRows.set(number, row);
      }
      for (const sessionId of gone) database.removeSession(sessionId);
      if (content.rows === 0) database.removePair(pair.number);
      else database.putPair(setNumber, { folder, rows: content.rows, indexBytes: content.indexBytes });
    });
    set.moveRows(firstRows);
    if (content.rows === 0) removeEmptyMonth(home, folder);
  }

  #endOf(folder: string, absolute: string): PairEnd {
    const { home, database, set } = this.#options;
    const known = this.#ends.get(folder);
    if (known !== undefined) return known;
    const stored = database.pairAt(folder);
    if (stored !== undefined) return { rows: stored.rows, indexBytes: stored.indexBytes, kind: set.kind };
    // What is there and was not taken in is of another model, or damaged: it makes room as a whole.
    removeVectorPair(home.files, absolute);
    return { rows: 0, indexBytes: 0, kind: undefined };
  }

  #indexBytes(folder: string): number | undefined {
    const { files, root } = this.#options.home;
    return files.status(`${absolutePath(root, folder)}/${vectorIndexName}`)?.size;
  }

  /** Reads a pair whole and makes the database say what it holds. */
  #adopt(folder: string): void {
    const { home, database, set, setNumber } = this.#options;
    const absolute = absolutePath(home.root, folder);
    const former = database.pairAt(folder);
    if (former !== undefined) {
      set.remove(new Set(database.rowsOfPair(former.number).map(({ number }) => number)));
      database.transaction(() => database.removePair(former.number));
    }
    const content = readVectorPair(home.files, absolute);
    const isOurs = content.kind?.model === set.kind.model && content.kind.dimensions === set.kind.dimensions;
    if (!isOurs) return;
    this.#cutTail(absolute, content);
    database.transaction(() => {
      const pair = database.putPair(setNumber, {
        folder,
        rows: content.rows,
        indexBytes: content.indexBytes,
      });
      set.setFolder(pair, absolute);
      this.loosen(pair);
      for (const lines of wholeDocuments(content.lines, this.#options.strategy))
        this.#adoptDocument(absolute, pair, lines);
    });
  }

  #adoptDocument(absolute: string, pair: number, lines: readonly VectorLine[]): void {
    const { home, database, set, setNumber } = this.#options;
    const [first] = lines;
    if (first === undefined) return;
    const { dimensions } = set.kind;
    const values = readRows(
      home.files,
      absolute,
      dimensions,
      lines.map(({ row }) => row),
    );
    if (values === undefined) return;
    const before = database.session(setNumber, first.sessionId);
    const session =
      before?.pair === pair
        ? before.number
        : database.putSession(setNumber, { sessionId: first.sessionId, content: "", pair });
    const vectors = lines.map((_, index) => values.subarray(index * dimensions, (index + 1) * dimensions));
    const stored = {
      session,
      documentId: first.documentId,
      // The index of words says which; until then nobody finds it.
      doc: 0,
      sha256: Buffer.from(first.sha256, "hex"),
      firstRow: first.row,
      ranges: Uint32Array.from(lines.flatMap(({ from, to }) => [from, to])),
      ...quantisedDocument(vectors, dimensions),
    };
    set.add({ ...stored, number: database.addDocument(stored), pair });
  }

  /** Half a line at the end would make the file another length than the database knows at every start. */
  #cutTail(absolute: string, { indexBytes }: PairContent): void {
    const { files } = this.#options.home;
    const path = `${absolute}/${vectorIndexName}`;
    if (files.status(path)?.size === indexBytes) return;
    const file = files.open(path, "update");
    try {
      file.truncate(indexBytes);
      file.syncNow();
    } finally {
      file.close();
    }
  }
}

/** Documents all of whose chunks are there, in rows one behind the other; of one that is there twice the later. */
function wholeDocuments(lines: readonly VectorLine[], strategy: string): VectorLine[][] {
  const found = new Map<string, VectorLine[]>();
  let current: VectorLine[] = [];
  for (const line of lines) {
    const last = current.at(-1);
    const goesOn =
      last !== undefined &&
      line.documentId === last.documentId &&
      line.sessionId === last.sessionId &&
      line.sha256 === last.sha256 &&
      line.position === last.position + 1 &&
      line.row === last.row + 1;
    if (goesOn) current.push(line);
    else current = [line];
    const isWhole = current[0]?.position === 0 && current.length === line.total;
    if (isWhole && line.strategy === strategy) found.set(`${line.sessionId} ${line.documentId}`, current);
  }
  return [...found.values()];
}
