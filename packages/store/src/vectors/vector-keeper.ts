import { hash } from "node:crypto";
import type { Embedder } from "@chatty/model";
import { absolutePath } from "../files/layout.ts";
import { chunkTextNow, gatheredStrategy } from "./chunk-text.ts";
import type { TextChunk } from "./chunk-text.ts";
import { PairKeeper } from "./pair-keeper.ts";
import { parseDocumentId } from "./texts-to-embed.ts";
import type { EmbeddableSession, TextToEmbed, TextsToEmbed } from "./texts-to-embed.ts";
import type { StoredSession, VectorDatabase } from "./vector-database.ts";
import { pairFolder } from "./vector-places.ts";
import type { VectorHome } from "./vector-places.ts";
import type { NewVector } from "./vector-pair.ts";
import { quantisedDocument } from "./vector-set.ts";
import type { VectorSet } from "./vector-set.ts";

export interface VectorKeeperOptions {
  home: VectorHome;
  database: VectorDatabase;
  set: VectorSet;
  /** Number of the set in the database. */
  setNumber: number;
  /** False for vectors that are quickly made again: they are in the database alone. */
  isKept: boolean;
  embedder: Embedder;
  /** Integer milliseconds UTC. */
  now: () => number;
}

/** What the work in the background heeds. */
export interface RoundControl {
  signal: AbortSignal;
  /** Resolves when work may go on after so much of it. */
  rest(tookMs: number): Promise<void>;
  /** Told when so many messages of a session are done. */
  done(messages: number): void;
}

/** How the texts of messages are cut; it stands in every line, so that another way makes new vectors. */
const strategy = gatheredStrategy;
/** Chunks or sessions that are written together: a sync of two files for each pair that they go to, and nobody is answered meanwhile. */
const flushedAtOnce = 32;
/** As many chunks at most, where embedding is fast. */
const mostFlushedAtOnce = 1_024;
/** Milliseconds that the work of one writing should take. */
const flushMs = 400;
/** Texts that are embedded in one call: what a question waits for. Adapted to this many milliseconds. */
const mostEmbeddedAtOnce = 256;
const callMs = 40;

/** A document that waits for its vectors. */
interface Waiting extends TextToEmbed {
  session: EmbeddableSession;
  folder: string;
  sha256: string;
  chunks: TextChunk[];
}

/** A session whose documents all wait or have their vectors. */
interface Finished {
  session: EmbeddableSession;
  folder: string;
  /** How many it has. */
  messages: number;
}

/** Keeps the vectors of one model in step with the index of words. */
export class VectorKeeper {
  readonly #options: VectorKeeperOptions;
  readonly #pairs: PairKeeper;
  readonly #strategyName: string;
  /** Sessions that are being removed: nothing of them is written, whatever the index still says; true for those that it forgot. */
  readonly #banned = new Map<string, boolean>();
  #waiting: Waiting[] = [];
  #waitingChunks = 0;
  #finished: Finished[] = [];
  #flushedAtOnce = flushedAtOnce;
  #embeddedAtOnce = 8;

  constructor(options: VectorKeeperOptions) {
    this.#options = options;
    const { size, least, sentences, overlap } = strategy;
    const limit = Math.min(size, options.embedder.maxTokens);
    this.#strategyName = `${strategy.kind} ${limit}/${least}/${sentences}/${overlap}`;
    this.#pairs = new PairKeeper({ ...options, strategy: this.#strategyName });
  }

  /** Takes in what the files of pairs say and the database does not know. */
  async open(): Promise<void> {
    if (this.#options.isKept) await this.#pairs.adoptAll();
  }

  /** Takes in what the pair of a session says. */
  adopt(texts: TextsToEmbed, session: EmbeddableSession): void {
    this.#pairs.know(pairFolder(this.#options.home, session, texts.firstTime(session)));
  }

  /** Sessions of which something is to be embedded. */
  stale(sessions: readonly EmbeddableSession[]): EmbeddableSession[] {
    const { database, setNumber } = this.#options;
    const contents = new Map<string, string>();
    for (const { sessionId, content } of database.sessions(setNumber)) contents.set(sessionId, content);
    // What was read before they were forgotten is of an earlier round.
    for (const [sessionId, isGone] of this.#banned) if (isGone) this.#banned.delete(sessionId);
    return sessions.filter(
      ({ sessionId, content }) => contents.get(sessionId) !== content && !this.#banned.has(sessionId),
    );
  }

  /** Embeds what is missing of sessions and takes out what is gone. @throws the signal's reason, errors of the embedder and of files */
  async embed(
    texts: TextsToEmbed,
    sessions: readonly EmbeddableSession[],
    control: RoundControl,
  ): Promise<void> {
    this.#waiting = [];
    this.#finished = [];
    this.#waitingChunks = 0;
    for (const session of sessions) {
      if (this.#banned.has(session.sessionId)) continue;
      await this.#session(texts, session, control);
      if (this.#finished.length > flushedAtOnce) await this.#flush(control);
    }
    await this.#flush(control);
    if (this.#options.isKept) this.#pairs.compact();
  }

  /** Follows numbers of messages in an index of words that was begun anew. */
  renumber(texts: TextsToEmbed, session: EmbeddableSession): void {
    const { database, set, setNumber } = this.#options;
    const stored = database.session(setNumber, session.sessionId);
    if (stored === undefined) return;
    const docs = new Map(texts.documents(session).map(({ messageId, doc }) => [messageId, doc]));
    const moved = new Map<number, number>();
    for (const { number, documentId, doc } of database.documentsOf(stored.number)) {
      const now = docs.get(parseDocumentId(documentId).messageId);
      if (now !== undefined && now !== doc) moved.set(number, now);
    }
    this.#move(moved);
    set.renumber(moved);
  }

  /** Removes everything of sessions, from files too, at once. See `MeaningPort`. */
  forget(sessionIds: readonly string[], isGone: boolean): void {
    const { database, set, setNumber } = this.#options;
    const numbers = new Set<number>();
    for (const sessionId of sessionIds) {
      this.#banned.set(sessionId, isGone);
      const stored = database.session(setNumber, sessionId);
      if (stored === undefined) continue;
      for (const { number } of database.documentsOf(stored.number)) numbers.add(number);
    }
    set.remove(numbers);
    if (this.#options.isKept) this.#pairs.forget(new Set(sessionIds));
  }

  /** Takes sessions out of a set that is in no files. */
  drop(sessionIds: readonly string[]): void {
    const { database, set, setNumber } = this.#options;
    const numbers = new Set<number>();
    database.transaction(() => {
      for (const sessionId of sessionIds) {
        const stored = database.session(setNumber, sessionId);
        if (stored === undefined) continue;
        for (const { number } of database.documentsOf(stored.number)) {
          numbers.add(number);
          database.removeDocument(number);
        }
        database.putSession(setNumber, { ...stored, content: "" });
      }
    });
    set.remove(numbers);
  }

  async #session(texts: TextsToEmbed, session: EmbeddableSession, control: RoundControl): Promise<void> {
    const { home, isKept, database, setNumber } = this.#options;
    const folder = isKept ? pairFolder(home, session, texts.firstTime(session)) : "";
    // A folder that is gone is that of a session which is being removed: nothing is worked out for it.
    if (!this.#mayWrite({ session, folder })) return;
    if (isKept) this.#pairs.know(folder);
    const stored = this.#storedIn(folder, database.session(setNumber, session.sessionId));
    const known = new Map(
      (stored === undefined ? [] : database.documentsOf(stored.number)).map((document) => [
        document.documentId,
        document,
      ]),
    );
    const moved = new Map<number, number>();
    const documents = texts.documents(session);
    for (const { messageId, doc } of documents) {
      for (const text of texts.texts(messageId, doc)) {
        const sha256 = hash("sha256", text.text, "hex");
        const before = known.get(text.documentId);
        if (before?.sha256.toString("hex") !== sha256) {
          await this.#wait({ ...text, session, folder, sha256 }, control);
          continue;
        }
        known.delete(text.documentId);
        if (before.doc !== doc) moved.set(before.number, doc);
      }
    }
    this.#move(moved);
    this.#options.set.renumber(moved);
    this.#remove(
      stored,
      [...known.values()].map(({ number }) => number),
    );
    this.#finished.push({ session, folder, messages: documents.length });
  }

  /** What is known of a session; nothing when its vectors lie in another folder than they should. */
  #storedIn(folder: string, stored: StoredSession | undefined): StoredSession | undefined {
    if (stored === undefined || stored.pair === 0) return stored;
    if (this.#pairs.numberOf(folder) === stored.pair) return stored;
    const documents = this.#options.database.documentsOf(stored.number);
    this.#remove(
      stored,
      documents.map(({ number }) => number),
    );
    return stored;
  }

  async #wait(document: Omit<Waiting, "chunks">, control: RoundControl): Promise<void> {
    const chunks = chunkTextNow(document.text, this.#options.embedder, strategy);
    this.#waiting.push({ ...document, chunks });
    this.#waitingChunks += chunks.length;
    if (this.#waitingChunks >= this.#flushedAtOnce) await this.#flush(control);
  }

  async #flush(control: RoundControl): Promise<void> {
    const waiting = this.#waiting;
    const finished = this.#finished;
    this.#waiting = [];
    this.#finished = [];
    this.#waitingChunks = 0;
    const vectors: Float32Array[] = [];
    const texts = waiting.flatMap(({ text, chunks }) => chunks.map(({ from, to }) => text.slice(from, to)));
    const flushBegan = performance.now();
    while (vectors.length < texts.length) {
      control.signal.throwIfAborted();
      const began = performance.now();
      const some = texts.slice(vectors.length, vectors.length + this.#embeddedAtOnce);
      vectors.push(...(await this.#options.embedder.embed(some, "document", control.signal)));
      const tookMs = performance.now() - began;
      this.#embeddedAtOnce = adapted(this.#embeddedAtOnce, tookMs, callMs, {
        least: 1,
        most: mostEmbeddedAtOnce,
      });
      await control.rest(tookMs);
    }
    control.signal.throwIfAborted();
    const limits = { least: flushedAtOnce, most: mostFlushedAtOnce };
    this.#flushedAtOnce = adapted(this.#flushedAtOnce, performance.now() - flushBegan, flushMs, limits);
    this.#keep(waiting, finished, vectors);
    for (const { messages } of finished) control.done(messages);
  }

  /** Files first, then the database: what a crash leaves between them is taken in from the files. */
  #keep(waiting: readonly Waiting[], finished: readonly Finished[], vectors: readonly Float32Array[]): void {
    let at = 0;
    const documents = waiting.map((document) => {
      const own = vectors.slice(at, at + document.chunks.length);
      at += document.chunks.length;
      return { document, vectors: own };
    });
    const wanted = documents.filter(({ document }) => this.#mayWrite(document));
    const firstRows = new Map<Waiting, number>();
    for (const folder of new Set(wanted.map(({ document }) => document.folder))) {
      if (folder === "") continue;
      const here = wanted.filter(({ document }) => document.folder === folder);
      const added = here.flatMap(({ document, vectors: own }) => this.#lines(document, own));
      let row = this.#pairs.append(folder, added);
      for (const { document } of here) {
        firstRows.set(document, row);
        row += document.chunks.length;
      }
    }
    const { database, set, setNumber, embedder } = this.#options;
    database.transaction(() => {
      this.#pairs.write();
      for (const { document, vectors: own } of wanted) {
        const pair = this.#pairs.numberOf(document.folder);
        const before = database.session(setNumber, document.session.sessionId);
        const session =
          before?.pair === pair
            ? before.number
            : database.putSession(setNumber, { sessionId: document.session.sessionId, content: "", pair });
        const stored = {
          session,
          documentId: document.documentId,
          doc: document.doc,
          sha256: Buffer.from(document.sha256, "hex"),
          firstRow: firstRows.get(document) ?? 0,
          ranges: Uint32Array.from(document.chunks.flatMap(({ from, to }) => [from, to])),
          ...quantisedDocument(own, embedder.dimensions),
        };
        set.add({ ...stored, number: database.addDocument(stored), pair });
      }
      for (const { session, folder } of finished) {
        if (!this.#mayWrite({ session, folder })) continue;
        const { sessionId, content } = session;
        database.putSession(setNumber, { sessionId, content, pair: this.#pairs.numberOf(folder) });
      }
    });
  }

  /** A native session's folder goes with the session: it is never made for vectors. */
  #mayWrite({ session, folder }: Pick<Finished, "session" | "folder">): boolean {
    const { files, root } = this.#options.home;
    if (this.#banned.has(session.sessionId)) return false;
    return folder === "" || session.isImported || files.status(absolutePath(root, folder)) !== undefined;
  }

  #lines(
    { documentId, session, text, sha256, chunks }: Waiting,
    vectors: readonly Float32Array[],
  ): NewVector[] {
    const { embedder, now } = this.#options;
    return chunks.flatMap(({ from, to }, position) => {
      const vector = vectors[position];
      if (vector === undefined) return [];
      const line = {
        chunkId: `${documentId}_chunk_${position}`,
        documentId,
        sessionId: session.sessionId,
        position,
        total: chunks.length,
        characters: to - from,
        words: text.slice(from, to).split(/\s+/u).length,
        from,
        to,
        sha256,
        strategy: this.#strategyName,
        provider: embedder.provider ?? "builtin",
        embeddedAt: now(),
      };
      return [{ line, vector }];
    });
  }

  #move(moved: ReadonlyMap<number, number>): void {
    if (moved.size === 0) return;
    const { database } = this.#options;
    database.transaction(() => {
      for (const [number, doc] of moved) database.moveDocument(number, { doc });
    });
  }

  #remove(stored: StoredSession | undefined, numbers: readonly number[]): void {
    if (stored === undefined || numbers.length === 0) return;
    const { database, set } = this.#options;
    this.#pairs.loosen(stored.pair);
    set.remove(new Set(numbers));
    database.transaction(() => {
      for (const number of numbers) database.removeDocument(number);
    });
  }
}

/** As much as takes about so long, found by doubling and halving. */
function adapted(
  count: number,
  tookMs: number,
  wantedMs: number,
  { least, most }: { least: number; most: number },
): number {
  if (tookMs > wantedMs * 1.5) return Math.max(least, Math.floor(count / 2));
  return tookMs < wantedMs / 3 ? Math.min(most, count * 2) : count;
}
