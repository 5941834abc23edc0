import type { DatabaseSync } from "node:sqlite";
import type { ExportReader, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { checked } from "../catalog/checked-statement.ts";
import type { FilePort } from "../files/port.ts";
import { indexDigest } from "./index-lines.ts";
import { IndexWriter, factsText } from "./index-writer.ts";
import { jobContent } from "./job-content.ts";
import { beginSearchFile, openSearchFile } from "./search-file.ts";
import { messageDocuments } from "./session-documents.ts";
import type { SourceJob } from "./source-job.ts";

/** What became of some jobs. */
export interface IndexedJobs {
  /** Conversations that cannot be read, with why. */
  unreadable: { sessionId: SessionId; message: string }[];
  /** True when the index was found damaged and begun anew: everything is to be indexed again. */
  isAnew: boolean;
  /** Conversations that were taken in and are not visible yet. */
  waiting: number;
}

/** How far the index is when it is opened. */
export interface IndexHead {
  /** What everything in the index was made from; undefined while something is owed. */
  reached: string | undefined;
  /** True when there was no index, or one of no use. */
  isAnew: boolean;
}

/** Longest time that something is taken in and not visible. Milliseconds. */
const visibleMs = 1_500;

/** Keeps one user's index. Calls come one after the other. Whoever opened it closes it. */
export class Indexer {
  readonly #files: FilePort;
  readonly #path: string;
  readonly #reader: ExportReader | undefined;
  #database: DatabaseSync;
  #writer: IndexWriter;
  /** Sessions that a pass through all of them has come by. */
  #passed: Set<SessionId> | undefined;
  #waiting = 0;
  #waitingSince = 0;

  /** @param path absolute; a damaged file is begun anew. */
  constructor(files: FilePort, path: string, reader: ExportReader | undefined) {
    this.#files = files;
    this.#path = path;
    this.#reader = reader;
    this.#database = openSearchFile(files, path);
    try {
      this.#writer = checked(() => new IndexWriter(this.#database));
    } catch (error) {
      this.#database.close();
      if (!isChattyError(error, "CATALOG_DAMAGED")) throw error;
      this.#database = beginSearchFile(files, path);
      this.#writer = new IndexWriter(this.#database);
    }
  }

  head(): IndexHead {
    return { reached: this.#writer.state("reached"), isAnew: this.#writer.state("epoch") === undefined };
  }

  /**
   * Brings conversations up to date. Visible when `isLast`, or when so much waits that it is written.
   * @param isLast nothing more is known to come at once.
   */
  async index(jobs: readonly SourceJob[], isLast: boolean): Promise<IndexedJobs> {
    return await this.#mending(async () => {
      const unreadable: IndexedJobs["unreadable"] = [];
      for (const job of jobs) {
        const message = await this.#take(job);
        if (message !== undefined) unreadable.push({ sessionId: job.facts.sessionId, message });
        if (this.#waiting === 0) this.#waitingSince = performance.now();
        this.#waiting += 1;
        if (this.#writer.isFull || performance.now() - this.#waitingSince > visibleMs) this.commit();
      }
      if (isLast) this.commit();
      return { unreadable, isAnew: false, waiting: this.#waiting };
    });
  }

  /** Begins a pass through all conversations. */
  beginPass(): void {
    this.#passed = new Set();
  }

  /** Ends it: what it did not come by is no conversation any more. */
  async endPass(): Promise<IndexedJobs> {
    return await this.#mending(async () => {
      const passed = this.#passed;
      this.#passed = undefined;
      if (passed !== undefined)
        this.#writer.remove(this.#writer.sessionIds().filter((id) => !passed.has(id)));
      this.commit();
      return await Promise.resolve({ unreadable: [], isAnew: false, waiting: 0 });
    });
  }

  /** Makes visible what was taken in. */
  commit(): void {
    this.#writer.commit();
    this.#waiting = 0;
  }

  /** Says what everything in the index was made from. */
  reach(reached: string): void {
    if (this.#writer.state("reached") === reached) return;
    this.#writer.setState("reached", reached);
    this.commit();
  }

  /** Does a little of what makes questions faster; to be called while nothing else is to do. @returns true while there is more. */
  tidy(): boolean {
    return this.#writer.tidy();
  }

  /** Has the second index made; {@link Indexer.tidy} makes it. */
  wantPieces(): void {
    this.#writer.wantPieces();
  }

  /** What the index says, as one hash; undefined for one that was begun anew. */
  digest(): string | undefined {
    return this.#writer.state("epoch") === undefined ? undefined : indexDigest(this.#database);
  }

  /** Takes conversations out; nothing of them is found from then on. */
  forget(sessionIds: readonly SessionId[]): void {
    this.#writer.setState("reached", undefined);
    this.#writer.remove(sessionIds);
    this.commit();
    for (const sessionId of sessionIds) this.#passed?.delete(sessionId);
  }

  /** Leaves no trace in the file of what was taken out. @returns false when somebody reads it for too long. */
  scrub(): boolean {
    return this.#writer.scrub();
  }

  /** Begins anew: everything is to be indexed again. */
  clear(): void {
    this.#database.close();
    this.#database = beginSearchFile(this.#files, this.#path);
    this.#writer = new IndexWriter(this.#database);
    this.#passed = undefined;
    this.#waiting = 0;
  }

  close(): void {
    if (!this.#database.isOpen) return;
    try {
      this.commit();
    } catch {
      // What is not committed is indexed again at the next start.
      this.#writer.rollback();
    }
    this.#database.close();
  }

  async #take(job: SourceJob): Promise<string | undefined> {
    const { facts, content } = job;
    this.#passed?.add(facts.sessionId);
    const known = this.#writer.known(facts.sessionId);
    const isSame = known?.content === content;
    if (isSame && known.facts === factsText(facts)) return undefined;
    if (this.#writer.state("reached") !== undefined) this.#writer.setState("reached", undefined);
    if (isSame) {
      this.#writer.put(facts, content, undefined);
      return undefined;
    }
    try {
      const found = await jobContent(this.#files, this.#reader, job);
      if (found !== undefined) this.#writer.put(facts, content, messageDocuments(found));
      return undefined;
    } catch (error) {
      if (!isReadingFault(error)) throw error;
      // Its title can still be found; and nothing is tried again before it changes.
      this.#writer.put(facts, content, known === undefined ? [] : undefined);
      return error.message;
    }
  }

  async #mending(work: () => Promise<IndexedJobs>): Promise<IndexedJobs> {
    try {
      return await work();
    } catch (error) {
      if (!isChattyError(error, "CATALOG_DAMAGED")) {
        this.#writer.rollback();
        this.#waiting = 0;
        throw error;
      }
      this.clear();
      return { unreadable: [], isAnew: true, waiting: 0 };
    }
  }
}

const readingFaults = new Set([
  "RECORD_DAMAGED",
  "RECORD_UNREADABLE",
  "FILE_DAMAGED",
  "ARCHIVE_MISSING",
  "PACK_DAMAGED",
  "PACK_MISSING",
  "MEMBER_NOT_FOUND",
]);

function isReadingFault(error: unknown): error is Error {
  return error instanceof Error && "code" in error && readingFaults.has(String(error.code));
}
