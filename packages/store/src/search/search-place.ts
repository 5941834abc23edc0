import type { ExportReader, SessionId } from "@chatty/model";
import { checked } from "../catalog/checked-statement.ts";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import { Indexer } from "./indexer.ts";
import type { IndexedJobs, IndexHead } from "./indexer.ts";
import type { EngineAnswer, EngineRequest, SimilarRequest } from "./query-engine.ts";
import { QueryEngine } from "./query-engine.ts";
import { openSearchReader } from "./search-file.ts";
import type { SourceJob } from "./source-job.ts";

/** The work on an index, wherever it is done. Calls to one side are answered in their order. */
export interface SearchPlace {
  head(): Promise<IndexHead>;
  index(jobs: readonly SourceJob[], isLast: boolean): Promise<IndexedJobs>;
  beginPass(): Promise<void>;
  endPass(): Promise<IndexedJobs>;
  /** Makes visible what was taken in. */
  commit(): Promise<void>;
  reach(reached: string): Promise<void>;
  tidy(): Promise<boolean>;
  wantPieces(): Promise<void>;
  digest(): Promise<string | undefined>;
  forget(sessionIds: readonly SessionId[]): Promise<void>;
  scrub(): Promise<boolean>;
  clear(): Promise<void>;
  /** Undefined while there is no index. */
  search(request: EngineRequest): Promise<EngineAnswer | undefined>;
  /** Undefined when the message is not in the index. */
  similar(request: SimilarRequest): Promise<EngineAnswer | undefined>;
  /** Messages and conversations in the index. */
  counts(): Promise<{ messages: number; sessions: number }>;
  /** Lets go of the file that is read; it is opened again with the next question. */
  letGo(): Promise<void>;
  /** Ends all work, whatever it is. Nothing that was committed is lost. Safe to call twice. */
  close(): Promise<void>;
}

/** Works in this thread. @param path of the index, absolute. */
export function searchHere(files: FilePort, path: string, reader: ExportReader | undefined): SearchPlace {
  return new SearchHere(files, path, reader);
}

/** See {@link searchHere}; also what a thread of its own works with. */
export class SearchHere implements SearchPlace {
  readonly #files: FilePort;
  readonly #path: string;
  readonly #reader: ExportReader | undefined;
  #indexer: Indexer | undefined;
  #queries: { engine: QueryEngine; close: () => void } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: FilePort = nodeFiles(), path: string, reader: ExportReader | undefined) {
    this.#files = files;
    this.#path = path;
    this.#reader = reader;
  }

  head(): Promise<IndexHead> {
    return this.#inTurn((indexer) => indexer.head());
  }

  index(jobs: readonly SourceJob[], isLast: boolean): Promise<IndexedJobs> {
    return this.#heeding(this.#inTurn((indexer) => indexer.index(jobs, isLast)));
  }

  beginPass(): Promise<void> {
    return this.#inTurn((indexer) => indexer.beginPass());
  }

  endPass(): Promise<IndexedJobs> {
    return this.#heeding(this.#inTurn((indexer) => indexer.endPass()));
  }

  commit(): Promise<void> {
    return this.#inTurn((indexer) => indexer.commit());
  }

  reach(reached: string): Promise<void> {
    return this.#inTurn((indexer) => indexer.reach(reached));
  }

  tidy(): Promise<boolean> {
    return this.#inTurn((indexer) => indexer.tidy());
  }

  wantPieces(): Promise<void> {
    return this.#inTurn((indexer) => indexer.wantPieces());
  }

  digest(): Promise<string | undefined> {
    return this.#inTurn((indexer) => indexer.digest());
  }

  forget(sessionIds: readonly SessionId[]): Promise<void> {
    return this.#inTurn((indexer) => indexer.forget(sessionIds));
  }

  scrub(): Promise<boolean> {
    return this.#inTurn((indexer) => {
      this.#closeQueries();
      return indexer.scrub();
    });
  }

  clear(): Promise<void> {
    return this.#inTurn((indexer) => {
      this.#closeQueries();
      indexer.clear();
    });
  }

  async search(request: EngineRequest): Promise<EngineAnswer | undefined> {
    await Promise.resolve();
    return this.#opened()?.search(request);
  }

  async similar(request: SimilarRequest): Promise<EngineAnswer | undefined> {
    await Promise.resolve();
    return this.#opened()?.similar(request);
  }

  async counts(): Promise<{ messages: number; sessions: number }> {
    await Promise.resolve();
    return checked(() => this.#opened()?.counts() ?? { messages: 0, sessions: 0 });
  }

  async letGo(): Promise<void> {
    await Promise.resolve();
    this.#closeQueries();
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    this.#closeQueries();
    this.#indexer?.close();
    this.#indexer = undefined;
  }

  #opened(): QueryEngine | undefined {
    if (this.#queries !== undefined) return this.#queries.engine;
    const database = openSearchReader(this.#files, this.#path);
    if (database === undefined) return undefined;
    try {
      const engine = checked(() => new QueryEngine(database));
      this.#queries = { engine, close: () => database.close() };
      return engine;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #closeQueries(): void {
    this.#queries?.close();
    this.#queries = undefined;
  }

  /** A file that was begun anew is another one than that which is being read. */
  async #heeding(work: Promise<IndexedJobs>): Promise<IndexedJobs> {
    const indexed = await work;
    if (indexed.isAnew) this.#closeQueries();
    return indexed;
  }

  #inTurn<Value>(work: (indexer: Indexer) => Value | Promise<Value>): Promise<Value> {
    const result = this.#last.then(() => {
      this.#indexer ??= new Indexer(this.#files, this.#path, this.#reader);
      return work(this.#indexer);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
