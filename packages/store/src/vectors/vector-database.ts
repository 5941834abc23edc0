import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import { checked, prepared } from "../catalog/checked-statement.ts";
import { isWritableFormat } from "../catalog/file-format.ts";
import type { FilePort } from "../files/port.ts";
import type { VectorKind } from "./vector-pair.ts";

/** Bump when the tables or what stands in them change: the file is made again from the pairs. */
const vectorsVersion = 1;

/** `docs/formats/vectors.md` explains every column. */
const schema = `
CREATE TABLE sets (number INTEGER PRIMARY KEY, model TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL) STRICT;
CREATE TABLE pairs (
  number INTEGER PRIMARY KEY, set_number INTEGER NOT NULL, folder TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL,
  index_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY, set_number INTEGER NOT NULL, session_id TEXT NOT NULL, content TEXT NOT NULL, pair INTEGER NOT NULL,
  UNIQUE (set_number, session_id)
) STRICT;
CREATE INDEX sessions_by_pair ON sessions (pair);
CREATE TABLE documents (
  number INTEGER PRIMARY KEY, session INTEGER NOT NULL, document_id TEXT NOT NULL, doc INTEGER NOT NULL, sha256 BLOB NOT NULL,
  first_row INTEGER NOT NULL, ranges BLOB NOT NULL, scales BLOB NOT NULL, vectors BLOB NOT NULL
) STRICT;
CREATE INDEX documents_by_session ON documents (session);
PRAGMA user_version = ${vectorsVersion};
`;

const settings =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 10000; " +
  "PRAGMA cache_size = -16384; PRAGMA secure_delete = ON";

export interface StoredPair {
  number: number;
  folder: string;
  rows: number;
  indexBytes: number;
}

export interface StoredSession {
  number: number;
  sessionId: string;
  /** Of the index of words when all of it was embedded; empty while something is missing. */
  content: string;
  /** Number of its pair; 0 for vectors that are not kept in files. */
  pair: number;
}

/** The vectors of one document in 8 bits. */
export interface StoredDocument {
  number: number;
  session: number;
  documentId: string;
  doc: number;
  sha256: Buffer;
  /** Row of the first chunk in the pair; the others come behind it. */
  firstRow: number;
  /** From and to of each chunk. */
  ranges: Uint32Array;
  /** Scale and residual of each chunk. */
  scales: Float32Array;
  /** Rows of the chunks, one behind the other. */
  vectors: Int8Array;
}

/** What memory has of a document. */
export type StoredVectors = Pick<StoredDocument, "number" | "doc" | "firstRow" | "scales" | "vectors"> & {
  /** 0 for vectors that are in no file. */
  pair: number;
};

type VectorColumns = [
  number: number,
  doc: number,
  firstRow: number,
  pair: number,
  scales: Uint8Array,
  vectors: Uint8Array,
];

/** Files that belong to the database at a path. */
export function vectorDatabaseFiles(path: string): string[] {
  return ["", "-wal", "-shm"].map((ending) => `${path}${ending}`);
}

/** The rows of all vectors of one user, in 8 bits, with what they are of. Derived from pairs of files. Whoever opened it closes it. */
export class VectorDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Everything or nothing of what `work` writes. */
  transaction<Value>(work: () => Value): Value {
    checked(() => this.#database.exec("BEGIN IMMEDIATE"));
    try {
      const value = work();
      checked(() => this.#database.exec("COMMIT"));
      return value;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Number of the set of a model, made when there is none. */
  setOf({ model, dimensions }: VectorKind): number {
    const known = this.#get("SELECT number, dimensions FROM sets WHERE model = ?", model);
    if (known !== undefined && known["dimensions"] === dimensions) return Number(known["number"]);
    if (known !== undefined) this.removeSet(Number(known["number"]));
    this.#run("INSERT INTO sets (model, dimensions) VALUES (?, ?)", model, dimensions);
    return Number(this.#get("SELECT number FROM sets WHERE model = ?", model)?.["number"]);
  }

  sets(): { number: number; model: string; dimensions: number }[] {
    return this.#all("SELECT number, model, dimensions FROM sets ORDER BY number").map((row) => ({
      number: Number(row["number"]),
      model: String(row["model"]),
      dimensions: Number(row["dimensions"]),
    }));
  }

  /** Takes out everything of a set; files stay. */
  removeSet(set: number): void {
    this.#run(
      "DELETE FROM documents WHERE session IN (SELECT number FROM sessions WHERE set_number = ?)",
      set,
    );
    this.#run("DELETE FROM sessions WHERE set_number = ?", set);
    this.#run("DELETE FROM pairs WHERE set_number = ?", set);
    this.#run("DELETE FROM sets WHERE number = ?", set);
  }

  pairs(set: number): StoredPair[] {
    return this.#all("SELECT number, folder, rows, index_bytes FROM pairs WHERE set_number = ?", set).map(
      pairOf,
    );
  }

  pairAt(folder: string): StoredPair | undefined {
    const row = this.#get("SELECT number, folder, rows, index_bytes FROM pairs WHERE folder = ?", folder);
    return row === undefined ? undefined : pairOf(row);
  }

  /** @returns the number of the pair. */
  putPair(set: number, { folder, rows, indexBytes }: Omit<StoredPair, "number">): number {
    this.#run(
      `INSERT INTO pairs (set_number, folder, rows, index_bytes) VALUES (?, ?, ?, ?)
       ON CONFLICT (folder) DO UPDATE SET set_number = excluded.set_number, rows = excluded.rows, index_bytes = excluded.index_bytes`,
      set,
      folder,
      rows,
      indexBytes,
    );
    return this.pairAt(folder)?.number ?? 0;
  }

  /** Forgets a pair with its documents; its sessions stay and have nothing. */
  removePair(pair: number): void {
    this.#run("DELETE FROM documents WHERE session IN (SELECT number FROM sessions WHERE pair = ?)", pair);
    this.#run("UPDATE sessions SET content = '', pair = 0 WHERE pair = ?", pair);
    this.#run("DELETE FROM pairs WHERE number = ?", pair);
  }

  *sessions(set: number): Generator<StoredSession> {
    const sql = "SELECT number, session_id, content, pair FROM sessions WHERE set_number = ?";
    for (const row of this.#all(sql, set)) yield sessionOf(row);
  }

  session(set: number, sessionId: string): StoredSession | undefined {
    const sql =
      "SELECT number, session_id, content, pair FROM sessions WHERE set_number = ? AND session_id = ?";
    const row = this.#get(sql, set, sessionId);
    return row === undefined ? undefined : sessionOf(row);
  }

  putSession(set: number, { sessionId, content, pair }: Omit<StoredSession, "number">): number {
    this.#run(
      `INSERT INTO sessions (set_number, session_id, content, pair) VALUES (?, ?, ?, ?)
       ON CONFLICT (set_number, session_id) DO UPDATE SET content = excluded.content, pair = excluded.pair`,
      set,
      sessionId,
      content,
      pair,
    );
    return this.session(set, sessionId)?.number ?? 0;
  }

  /** Takes a session with its documents out of every set. */
  removeSession(sessionId: string): void {
    this.#run(
      "DELETE FROM documents WHERE session IN (SELECT number FROM sessions WHERE session_id = ?)",
      sessionId,
    );
    this.#run("DELETE FROM sessions WHERE session_id = ?", sessionId);
  }

  /** Pairs in which a session has rows, of whatever set. */
  pairsOfSession(sessionId: string): string[] {
    const sql = "SELECT p.folder FROM sessions s JOIN pairs p ON p.number = s.pair WHERE s.session_id = ?";
    return this.#all(sql, sessionId).map((row) => String(row["folder"]));
  }

  /** Documents of a session without their vectors. */
  documentsOf(session: number): { number: number; documentId: string; doc: number; sha256: Buffer }[] {
    const sql = "SELECT number, document_id, doc, sha256 FROM documents WHERE session = ?";
    return this.#all(sql, session).map((row) => ({
      number: Number(row["number"]),
      documentId: String(row["document_id"]),
      doc: Number(row["doc"]),
      sha256: Buffer.from(row["sha256"] as Uint8Array),
    }));
  }

  documentOfSession(session: number, documentId: string): StoredDocument | undefined {
    const sql = `SELECT ${documentColumns} FROM documents WHERE session = ? AND document_id = ?`;
    const row = this.#get(sql, session, documentId);
    return row === undefined ? undefined : documentOf(row);
  }

  /** What is told of a document that was found. */
  foundDocument(
    number: number,
  ): { documentId: string; sessionId: string; doc: number; ranges: Uint32Array } | undefined {
    const sql = `SELECT d.document_id, d.doc, d.ranges, s.session_id FROM documents d
      JOIN sessions s ON s.number = d.session WHERE d.number = ?`;
    const row = this.#get(sql, number);
    if (row === undefined) return undefined;
    return {
      documentId: String(row["document_id"]),
      sessionId: String(row["session_id"]),
      doc: Number(row["doc"]),
      ranges: new Uint32Array(copied(row["ranges"] as Uint8Array)),
    };
  }

  /** What memory has of the documents of a set, in the order of their numbers, some at a time. */
  vectorsAfter(set: number, after: number, limit: number): StoredVectors[] {
    const sql = `SELECT d.number, d.doc, d.first_row, s.pair, d.scales, d.vectors FROM documents d
      JOIN sessions s ON s.number = d.session WHERE d.number > ? AND s.set_number = ? ORDER BY d.number LIMIT ?`;
    const statement = this.#statement(sql);
    // Columns by their place: with a million rows, making objects of them is most of the time.
    statement.setReturnArrays(true);
    const rows = checked(() => statement.all(after, set, limit)) as unknown as VectorColumns[];
    return rows.map(([number, doc, firstRow, pair, scales, vectors]) => ({
      number,
      doc,
      firstRow,
      pair,
      scales: new Float32Array(copied(scales)),
      vectors: new Int8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength),
    }));
  }

  /** First rows and numbers of chunks of every document in a pair. */
  rowsOfPair(pair: number): { number: number; firstRow: number; chunks: number }[] {
    const sql = `SELECT d.number, d.first_row, length(d.scales) / 8 AS chunks FROM documents d
      JOIN sessions s ON s.number = d.session WHERE s.pair = ?`;
    return this.#all(sql, pair).map((row) => ({
      number: Number(row["number"]),
      firstRow: Number(row["first_row"]),
      chunks: Number(row["chunks"]),
    }));
  }

  /** @returns its number. */
  addDocument(document: Omit<StoredDocument, "number">): number {
    const { session, documentId, doc, sha256, firstRow, ranges, scales, vectors } = document;
    this.#run(
      "INSERT INTO documents (session, document_id, doc, sha256, first_row, ranges, scales, vectors) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      session,
      documentId,
      doc,
      sha256,
      firstRow,
      bytesOf(ranges),
      bytesOf(scales),
      bytesOf(vectors),
    );
    return Number(this.#get("SELECT last_insert_rowid() AS number")?.["number"]);
  }

  moveDocument(number: number, where: { doc?: number; firstRow?: number }): void {
    if (where.doc !== undefined)
      this.#run("UPDATE documents SET doc = ? WHERE number = ?", where.doc, number);
    if (where.firstRow !== undefined) {
      this.#run("UPDATE documents SET first_row = ? WHERE number = ?", where.firstRow, number);
    }
  }

  removeDocument(number: number): void {
    this.#run("DELETE FROM documents WHERE number = ?", number);
  }

  /** Rows of the pairs of a set, a few of nobody among them: how many vectors there are, without looking at any. */
  rowCount(set: number): number {
    return Number(
      this.#get("SELECT coalesce(sum(rows), 0) AS rows FROM pairs WHERE set_number = ?", set)?.["rows"],
    );
  }

  /** Empties the log; what was taken out of the file was written over with zeros. @returns false when somebody reads it for too long. */
  scrub(): boolean {
    return this.#get("PRAGMA wal_checkpoint(TRUNCATE)")?.["busy"] === 0;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    checked(() => this.#statement(sql).run(...values));
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return checked(() => this.#statement(sql).get(...values));
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return checked(() => this.#statement(sql).all(...values));
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = checked(() => this.#database.prepare(sql));
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Opens the database; one that is damaged or of another version is begun anew. @param path absolute; its folder must exist. */
export function openVectorDatabase(files: FilePort, path: string): VectorDatabase {
  let database: DatabaseSync | undefined;
  try {
    if (files.status(path) !== undefined && isWritableFormat(files, path)) {
      database = prepared(new DatabaseSync(path), settings);
      const version = checked(() => database?.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (version === vectorsVersion) return new VectorDatabase(database);
    }
  } catch (error) {
    if (error instanceof ChattyError && error.code !== "CATALOG_DAMAGED") throw error;
  }
  database?.close();
  return beginVectorDatabase(files, path);
}

/** Begins with a new file, so that nothing of a former one is left. */
export function beginVectorDatabase(files: FilePort, path: string): VectorDatabase {
  for (const file of vectorDatabaseFiles(path)) files.remove(file);
  // SQLite would make it readable by others.
  files.open(path, "create").close();
  const database = prepared(new DatabaseSync(path), settings);
  return new VectorDatabase(prepared(database, `BEGIN; ${schema} COMMIT;`));
}

const documentColumns = "number, session, document_id, doc, sha256, first_row, ranges, scales, vectors";

function documentOf(row: Record<string, unknown>): StoredDocument {
  const vectors = row["vectors"] as Uint8Array;
  return {
    number: Number(row["number"]),
    session: Number(row["session"]),
    documentId: String(row["document_id"]),
    doc: Number(row["doc"]),
    sha256: Buffer.from(row["sha256"] as Uint8Array),
    firstRow: Number(row["first_row"]),
    ranges: new Uint32Array(copied(row["ranges"] as Uint8Array)),
    scales: new Float32Array(copied(row["scales"] as Uint8Array)),
    vectors: new Int8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength),
  };
}

/** Bytes of their own, so that numbers of any size may lie there. */
function copied(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

function bytesOf(values: Uint32Array | Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function pairOf(row: Record<string, unknown>): StoredPair {
  return {
    number: Number(row["number"]),
    folder: String(row["folder"]),
    rows: Number(row["rows"]),
    indexBytes: Number(row["index_bytes"]),
  };
}

function sessionOf(row: Record<string, unknown>): StoredSession {
  return {
    number: Number(row["number"]),
    sessionId: String(row["session_id"]),
    content: String(row["content"]),
    pair: Number(row["pair"]),
  };
}
