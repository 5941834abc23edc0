import { setTimeout as delay } from "node:timers/promises";
import type {
  ExportReader,
  MessageId,
  SearchAnswer,
  SearchRequest,
  SearchState,
  SessionId,
} from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import { Turn } from "../imports/turn.ts";
import { QuietTimer } from "../quiet-timer.ts";
import { messageNotFound } from "../sessions/session-errors.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import { listRuntimes, runtimeWithJoined } from "../workspace/runtimes.ts";
import { searchFiles } from "./search-file.ts";
import { searchHere } from "./search-place.ts";
import type { SearchPlace } from "./search-place.ts";
import type { Visibility } from "./session-filter.ts";
import type { SourceJob } from "./source-job.ts";
import { SourceJobs } from "./source-jobs.ts";

export interface UserSearchOptions {
  storage: VaultStorage;
  user: UserPlace;
  catalog: Catalog;
  reader: ExportReader | undefined;
  /** Integer milliseconds UTC. */
  now: () => number;
}

/** How long a question waits for what is not indexed yet. */
const patienceMs = 200;
/** Quiet after which changes are indexed, and how long at most while more come. */
const quietMs = 700;
const latestMs = 5_000;
/** Conversations handed to the indexer at a time. */
const jobsAtOnce = 64;
const pageRows = 200;

/** The search of one user: knows what the index lacks, feeds it, and asks it. */
export class UserSearch {
  readonly #options: UserSearchOptions;
  readonly #place: SearchPlace;
  readonly #path: string;
  readonly #dirty = new Set<SessionId>();
  /** Everything is to be compared: at first, and when rows were made again. */
  #isAllDue = true;
  /** Rows that a pass through all has still to come by. */
  #rowsLeft = 0;
  #working: Promise<void> | undefined;
  #failure: string | undefined;
  #isClosed = false;
  readonly #timer = new QuietTimer({
    work: () => void this.catchUp().catch(() => undefined),
    quietMs,
    latestMs,
  });

  constructor(options: UserSearchOptions) {
    this.#options = options;
    const { storage, user, reader, catalog } = options;
    this.#path = absolutePath(storage.root, layout.searchIndex(user));
    this.#place = searchHere(storage.files, this.#path, reader);
    catalog.onRow = (sessionId) => this.#touch(sessionId);
  }

  /** Follows the row of a conversation that was written or removed; all of them when none is named. */
  #touch(sessionId?: SessionId): void {
    if (sessionId === undefined) this.#isAllDue = true;
    else this.#dirty.add(sessionId);
  }

  /** Conversations that changed and are not in the index yet. */
  get pending(): number {
    return this.#dirty.size + (this.#isAllDue ? Math.max(this.#rowsLeft, 1) : this.#rowsLeft);
  }

  async search(request: SearchRequest): Promise<SearchAnswer> {
    const began = performance.now();
    await this.#waitFor(this.catchUp());
    const answer = await this.#place.search({
      request,
      visibility: this.#visibility(),
      now: this.#options.now(),
    });
    return {
      ...(answer ?? { hits: [], totalIsExact: false, sort: "best", mode: "text", notices: [] }),
      pendingSessions: this.pending,
      tookMs: performance.now() - began,
    };
  }

  /** @throws {ChattyError} MESSAGE_NOT_FOUND, LIMIT_INVALID */
  async similar(sessionId: SessionId, messageId: MessageId, limit = 20): Promise<SearchAnswer> {
    const began = performance.now();
    await this.#waitFor(this.catchUp());
    const answer = await this.#place.similar({ sessionId, messageId, limit, visibility: this.#visibility() });
    if (answer === undefined) throw messageNotFound(sessionId, messageId);
    return { ...answer, pendingSessions: this.pending, tookMs: performance.now() - began };
  }

  /** How far the index is; what it lacks is indexed from then on. */
  async state(): Promise<SearchState> {
    void this.catchUp().catch(() => undefined);
    const { storage } = this.#options;
    const counts = await this.#place.counts();
    let bytes = 0;
    for (const file of searchFiles(this.#path)) bytes += storage.files.status(file)?.size ?? 0;
    return {
      ...counts,
      pendingSessions: this.pending,
      state: this.#failure !== undefined ? "failed" : this.pending > 0 ? "building" : "ready",
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      bytes,
      meaning: { state: "absent", chunks: 0, pendingChunks: 0 },
    };
  }

  /** Brings the index up to the lists. */
  async catchUp(): Promise<void> {
    while (!this.#isClosed && (this.#isAllDue || this.#dirty.size > 0)) {
      this.#working ??= this.#round().finally(() => (this.#working = undefined));
      await this.#working;
    }
  }

  /** Makes the index again from nothing. @returns documents in it. */
  async rebuild(): Promise<number> {
    await this.#working?.catch(() => undefined);
    await this.#place.clear();
    this.#isAllDue = true;
    await this.catchUp();
    return (await this.#place.counts()).messages;
  }

  /** Takes conversations out that are purged, or whose words are to be read again. */
  async forget(sessionIds: readonly SessionId[]): Promise<void> {
    for (const sessionId of sessionIds) this.#dirty.delete(sessionId);
    if (sessionIds.length > 0 && this.#isThere()) await this.#place.forget(sessionIds);
  }

  /** Leaves no trace in the file of what was taken out. */
  async scrub(): Promise<boolean> {
    return !this.#isThere() || (await this.#place.scrub());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer.stop();
    await this.#working?.catch(() => undefined);
    await this.#place.close();
  }

  #isThere(): boolean {
    return this.#options.storage.files.status(this.#path) !== undefined;
  }

  async #waitFor(work: Promise<void>): Promise<void> {
    const patience = new AbortController();
    await Promise.race([
      work.catch(() => undefined),
      delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  async #round(): Promise<void> {
    try {
      if (this.#isAllDue) await this.#pass();
      else await this.#indexDirty();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  /** Compares every conversation with the index. */
  async #pass(): Promise<void> {
    const { catalog } = this.#options;
    this.#isAllDue = false;
    const jobs = new SourceJobs(this.#options);
    catalog.flush();
    this.#rowsLeft = catalog.size;
    await this.#place.beginPass(this.#rowsLeft > 1000);
    try {
      for (let after = ""; !this.#isClosed;) {
        const rows = catalog.page(after, pageRows);
        const last = rows.at(-1);
        if (last === undefined) break;
        after = last.sessionId;
        const batch: SourceJob[] = [];
        const turn = new Turn();
        for (const row of rows) {
          this.#dirty.delete(row.sessionId);
          batch.push(jobs.jobOf(row));
          if (turn.isOver()) await turn.next();
        }
        this.#flushJournals();
        await this.#hand(batch, false);
        this.#rowsLeft = Math.max(this.#rowsLeft - rows.length, 0);
      }
    } catch (error) {
      this.#isAllDue = true;
      throw error;
    } finally {
      this.#rowsLeft = 0;
      if (!this.#isClosed && !this.#isAllDue && !catalog.isUnfinished)
        this.#heed(await this.#place.endPass());
    }
  }

  async #indexDirty(): Promise<void> {
    const { catalog } = this.#options;
    const jobs = new SourceJobs(this.#options);
    this.#flushJournals();
    const ids = [...this.#dirty].slice(0, jobsAtOnce);
    const gone: SessionId[] = [];
    const batch: SourceJob[] = [];
    for (const sessionId of ids) {
      const row = catalog.session(sessionId);
      if (row === undefined) gone.push(sessionId);
      else batch.push(jobs.jobOf(row));
    }
    for (const sessionId of ids) this.#dirty.delete(sessionId);
    try {
      if (gone.length > 0) await this.#place.forget(gone);
      await this.#hand(batch, true);
    } catch (error) {
      for (const sessionId of ids) this.#dirty.add(sessionId);
      throw error;
    }
  }

  async #hand(batch: readonly SourceJob[], isLast: boolean): Promise<void> {
    if (batch.length > 0) this.#heed(await this.#place.index(batch, isLast));
  }

  #heed({ isAnew }: { isAnew: boolean }): void {
    if (isAnew) this.#isAllDue = true;
  }

  /** The indexer reads journals where they lie. */
  #flushJournals(): void {
    try {
      this.#options.storage.appended.flush();
    } catch {
      // On a full disk the newest lines are not in the files yet: the next round finds them.
      return;
    }
  }

  #visibility(): Visibility {
    const { storage, user, catalog } = this.#options;
    const { configuration } = storage;
    const hiddenRuntimes: string[] = [];
    const joined: Record<string, string> = {};
    for (const runtime of listRuntimes(configuration, user.userId, { all: true })) {
      if (runtime.joinedInto !== undefined) continue;
      for (const { runtimeId } of runtimeWithJoined(configuration, user.userId, runtime.runtimeId)) {
        if (runtime.deletedAt !== undefined) hiddenRuntimes.push(runtimeId);
        if (runtimeId !== runtime.runtimeId) joined[runtimeId] = runtime.runtimeId;
      }
    }
    const hiddenSessions = [...this.#dirty].filter((id) => catalog.session(id)?.deleted !== false);
    return { hiddenRuntimes, joined, hiddenSessions };
  }
}
