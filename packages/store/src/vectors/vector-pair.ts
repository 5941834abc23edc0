// A pair of files: embeddings.npy with the vectors, vector_index.jsonl with what each of them is of.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ChattyError, isChattyError } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readUpTo, writeAll } from "../files/write-all.ts";
import { float32Bytes, float32Values } from "./npy-array.ts";
import { npyHead, npyHeadBytes, parseNpyHead } from "./npy-header.ts";
import { formatVectorLine, parseVectorLine } from "./vector-lines.ts";
import type { VectorLine } from "./vector-lines.ts";

export const vectorsName = "embeddings.npy";
export const vectorIndexName = "vector_index.jsonl";
/** What a rewriting makes before it takes the place of what was there. */
const newEnding = ".new";

/** Model and size of the vectors of a pair: no pair has two. */
export interface VectorKind {
  model: string;
  dimensions: number;
}

/** A line that has no row yet, with its vector. */
export interface NewVector {
  line: Omit<VectorLine, "row" | "crc32" | "model" | "dimensions">;
  vector: Float32Array;
}

/** What stands in a pair as far as lines and rows belong together. */
export interface PairContent {
  /** In the order of the rows, without those whose row is not theirs. */
  lines: VectorLine[];
  /** Rows that lines name, and bytes of those lines. New ones come behind. */
  rows: number;
  indexBytes: number;
  /** Undefined for an empty pair. */
  kind: VectorKind | undefined;
}

const emptyContent: PairContent = { lines: [], rows: 0, indexBytes: 0, kind: undefined };

/** Bytes of an index that are read at a time. */
const readBytes = 1 << 20;

/** True when there is a pair in a folder, or what a crash left of one. */
export function hasVectorPair(files: FilePort, folder: string): boolean {
  return [vectorIndexName, vectorIndexName + newEnding, vectorsName].some(
    (name) => files.status(join(folder, name)) !== undefined,
  );
}

/**
 * Reads what a pair holds, after any crash and with damage anywhere in it: a line counts when all of it is there and its row has the
 * checksum that it names. The pair goes to the last such line; what is torn behind it is cut off by the next append.
 * @throws {ChattyError} storage errors; not for damage, which costs only what it hit
 */
export function readVectorPair(files: FilePort, folder: string): PairContent {
  try {
    finishRewriting(files, folder);
    const rows = openIfThere(files, join(folder, vectorsName));
    if (rows === undefined) return emptyContent;
    try {
      return readLines(files, folder, rows);
    } finally {
      rows.close();
    }
  } catch (error) {
    throw storageError(error, "read", folder);
  }
}

/**
 * Adds vectors behind those that are there. Rows reach the disk before the lines that name them, and the head, from which NumPy knows how
 * many there are, comes last: after a crash a pair has at most rows that nobody names, and the next ones are written over them.
 * @param at what {@link readVectorPair} or the last call gave: where to go on.
 * @returns where the next ones go, and the row of the first.
 * @throws {ChattyError} VECTORS_OF_OTHER_MODEL, storage errors: then nothing was added
 */
export function appendVectors(
  files: FilePort,
  folder: string,
  kind: VectorKind,
  at: Pick<PairContent, "rows" | "indexBytes" | "kind">,
  added: readonly NewVector[],
): Pick<PairContent, "rows" | "indexBytes" | "kind"> {
  refuseMixing(folder, kind, at.kind);
  if (added.length === 0) return at;
  const { bytes, lines } = encode(kind, at.rows, added);
  let vectors: OpenFile | undefined;
  let index: OpenFile | undefined;
  try {
    vectors = files.open(join(folder, vectorsName), "update");
    index = files.open(join(folder, vectorIndexName), "update");
    if (at.rows === 0) {
      // The names of new files; and a head, so that what is there can be opened from the first byte on.
      writeAll(vectors, npyHead([0, kind.dimensions]), 0);
      files.syncDirectory(folder);
    }
    writeAll(vectors, bytes, npyHeadBytes + at.rows * kind.dimensions * 4);
    vectors.syncNow();
    // What a crash left of lines goes before others take its place.
    if (index.size() > at.indexBytes) index.truncate(at.indexBytes);
    writeAll(index, lines, at.indexBytes);
    index.syncNow();
    writeAll(vectors, npyHead([at.rows + added.length, kind.dimensions]), 0);
    return { rows: at.rows + added.length, indexBytes: at.indexBytes + lines.length, kind };
  } catch (error) {
    throw storageError(error, "write vectors to", folder);
  } finally {
    try {
      vectors?.close();
    } finally {
      index?.close();
    }
  }
}

/**
 * Keeps some lines of a pair with their rows, in their order, and gives the room of the others free; without any the files go. Crashed
 * anywhere, the pair is the old or the new one when it is read next.
 * @returns what the pair holds now.
 */
export function rewriteVectors(
  files: FilePort,
  folder: string,
  keep: (line: VectorLine) => boolean,
): PairContent {
  const content = readVectorPair(files, folder);
  const kept = content.lines.filter(keep);
  const indexBytes = files.status(join(folder, vectorIndexName))?.size;
  if (kept.length === content.rows && content.rows > 0 && indexBytes === content.indexBytes) return content;
  try {
    if (kept.length === 0 || content.kind === undefined) {
      removeVectorPair(files, folder);
      return emptyContent;
    }
    return writeAnew(files, folder, content.kind, kept);
  } catch (error) {
    throw storageError(error, "rewrite", folder);
  }
}

/** Removes a pair; one that is not there is no error. The index goes first: vectors without it are nobody's. */
export function removeVectorPair(files: FilePort, folder: string): void {
  if (files.status(folder) === undefined) return;
  for (const name of [vectorIndexName, vectorsName, vectorIndexName + newEnding, vectorsName + newEnding]) {
    files.remove(join(folder, name));
  }
  files.syncDirectory(folder);
}

/** Rows of a pair one behind the other, for scoring exactly. Undefined when they are not all there. */
export function readRows(
  files: FilePort,
  folder: string,
  dimensions: number,
  wanted: readonly number[],
): Float32Array | undefined {
  const file = openIfThere(files, join(folder, vectorsName));
  if (file === undefined) return undefined;
  try {
    const values = new Float32Array(wanted.length * dimensions);
    const bytes = float32Bytes(values);
    for (const [index, row] of wanted.entries()) {
      const into = bytes.subarray(index * dimensions * 4, (index + 1) * dimensions * 4);
      if (file.readAt(into, npyHeadBytes + row * dimensions * 4) !== into.length) return undefined;
    }
    return values;
  } finally {
    file.close();
  }
}

function refuseMixing(folder: string, kind: VectorKind, there: VectorKind | undefined): void {
  if (there === undefined || (there.model === kind.model && there.dimensions === kind.dimensions)) return;
  throw new ChattyError(
    "VECTORS_OF_OTHER_MODEL",
    `The vectors in ${folder} are ${there.model} with ${there.dimensions} dimensions, not ${kind.model} with ${kind.dimensions}.`,
    {
      hint: "Vectors of two models are never mixed: remove the old ones, and texts are embedded again in the background.",
      where: { path: folder },
    },
  );
}

function encode(
  { model, dimensions }: VectorKind,
  firstRow: number,
  added: readonly NewVector[],
): { bytes: Buffer; lines: Buffer } {
  const values = new Float32Array(added.length * dimensions);
  const bytes = float32Bytes(values);
  let text = "";
  for (const [index, { line, vector }] of added.entries()) {
    if (vector.length !== dimensions) {
      throw new RangeError(`A vector of ${vector.length} dimensions is none of ${dimensions}.`);
    }
    values.set(vector, index * dimensions);
    const row = bytes.subarray(index * dimensions * 4, (index + 1) * dimensions * 4);
    text += formatVectorLine({ ...line, row: firstRow + index, crc32: crc32(row), model, dimensions });
  }
  return { bytes, lines: Buffer.from(text) };
}

function readLines(files: FilePort, folder: string, rows: OpenFile): PairContent {
  const index = openIfThere(files, join(folder, vectorIndexName));
  if (index === undefined) return emptyContent;
  try {
    const content: PairContent = { ...emptyContent, lines: [] };
    let dimensionsOfFile: number | undefined;
    for (const { text, end } of linesOf(index)) {
      const line = parseVectorLine(text);
      if (line === undefined || line.row < content.rows) continue;
      dimensionsOfFile ??= dimensionsIn(rows, line.dimensions);
      const kind = content.kind ?? { model: line.model, dimensions: line.dimensions };
      const isOfKind = line.model === kind.model && line.dimensions === kind.dimensions;
      if (!isOfKind || dimensionsOfFile !== kind.dimensions) continue;
      const row = readUpTo(rows, npyHeadBytes + line.row * line.dimensions * 4, line.dimensions * 4);
      if (row.length < line.dimensions * 4 || crc32(row) !== line.crc32) continue;
      content.kind = kind;
      content.rows = line.row + 1;
      content.indexBytes = end;
      content.lines.push(line);
    }
    return content.rows === 0 ? emptyContent : content;
  } finally {
    index.close();
  }
}

/** Length of a row as the head of the file has it. A head that is torn or somebody else's makes the rows unusable. */
function dimensionsIn(rows: OpenFile, wanted: number): number | undefined {
  try {
    const head = parseNpyHead(readUpTo(rows, 0, npyHeadBytes), rows.path);
    const isOurs = head.number === "f4" && !head.isBigEndian && !head.isFortranOrder;
    return isOurs && head.dataOffset === npyHeadBytes && head.shape.length === 2 ? head.shape[1] : undefined;
  } catch (error) {
    // A head is rewritten in place and shorter than a sector; torn all the same, the rows behind it are still told by their checksums.
    return isChattyError(error) ? wanted : undefined;
  }
}

/** Whole lines of a file with the byte behind each. */
function* linesOf(file: OpenFile): Generator<{ text: string; end: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let restAt = 0;
  for (let at = 0; ;) {
    const bytes = readUpTo(file, at, readBytes);
    if (bytes.length === 0) return;
    at += bytes.length;
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let from = 0;
    for (let feed = all.indexOf(0x0a); feed >= 0; feed = all.indexOf(0x0a, from)) {
      yield { text: all.toString("utf8", from, feed), end: restAt + feed + 1 };
      from = feed + 1;
    }
    rest = all.subarray(from);
    restAt += from;
  }
}

/** Writes a new pair beside the old one, whole and synced, and then lets it take its place: first the rows, then the lines. */
function writeAnew(
  files: FilePort,
  folder: string,
  kind: VectorKind,
  kept: readonly VectorLine[],
): PairContent {
  const vectorsPath = join(folder, vectorsName);
  const indexPath = join(folder, vectorIndexName);
  const lines: VectorLine[] = kept.map((line, row) => ({ ...line, row }));
  const index = Buffer.from(lines.map(formatVectorLine).join(""));
  copyRows(files, vectorsPath, kind.dimensions, kept);
  // New lines without new rows beside them must mean that the rows have taken their place already.
  files.syncDirectory(folder);
  writeNew(files, indexPath + newEnding, (file) => writeAll(file, index, 0));
  files.syncDirectory(folder);
  files.rename(vectorsPath + newEnding, vectorsPath);
  // Each name by itself: with only the lines still to be renamed, the next reading goes on.
  files.syncDirectory(folder);
  files.rename(indexPath + newEnding, indexPath);
  files.syncDirectory(folder);
  return { lines, rows: lines.length, indexBytes: index.length, kind };
}

function copyRows(files: FilePort, path: string, dimensions: number, kept: readonly VectorLine[]): void {
  const source = files.open(path, "read");
  try {
    writeNew(files, path + newEnding, (file) => {
      writeAll(file, npyHead([kept.length, dimensions]), 0);
      const length = dimensions * 4;
      for (const [row, line] of kept.entries()) {
        writeAll(
          file,
          readUpTo(source, npyHeadBytes + line.row * length, length),
          npyHeadBytes + row * length,
        );
      }
    });
  } finally {
    source.close();
  }
}

function writeNew(files: FilePort, path: string, write: (file: OpenFile) => void): void {
  files.remove(path);
  const file = files.open(path, "create");
  try {
    write(file);
    file.syncNow();
  } finally {
    file.close();
  }
}

/** After a crash in a rewriting: with both new files there the old pair stands, with only the new lines the new one does. */
function finishRewriting(files: FilePort, folder: string): void {
  const vectors = join(folder, vectorsName);
  const index = join(folder, vectorIndexName);
  const hasNewIndex = files.status(index + newEnding) !== undefined;
  const hasNewVectors = files.status(vectors + newEnding) !== undefined;
  if (!hasNewIndex && !hasNewVectors) return;
  if (hasNewIndex && !hasNewVectors) files.rename(index + newEnding, index);
  else {
    files.remove(index + newEnding);
    files.remove(vectors + newEnding);
  }
  files.syncDirectory(folder);
}

function openIfThere(files: FilePort, path: string): OpenFile | undefined {
  return files.status(path) === undefined ? undefined : files.open(path, "read");
}

/** Makes the folder of a pair where there is none yet. */
export function makePairFolder(files: FilePort, folder: string): void {
  makeDurableFolder(files, folder);
}

/** Numbers of bytes that lie anywhere. */
export const vectorOfBytes = float32Values;
