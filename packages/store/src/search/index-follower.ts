import { setTimeout as delay } from "node:timers/promises";
import type { MessageId, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import { Turn } from "../imports/turn.ts";
import { QuietTimer } from "../quiet-timer.ts";
import type { ChangeFeed } from "../vault/change-feed.ts";
import type { SearchPlace } from "./search-place.ts";
import type { SourceJob } from "./source-job.ts";
import { SourceJobs } from "./source-jobs.ts";
import type { SourceJobsOptions } from "./source-jobs.ts";

export interface IndexFollowerOptions extends SourceJobsOptions {
  catalog: Catalog;
  feed: ChangeFeed;
  place: SearchPlace;
  /** False: only when somebody asks. */
  followsByItself: boolean;
}

/** Quiet after which changes are indexed, and how long at most while more come. Milliseconds. */
const quietMs = 700;
const latestMs = 5_000;
/** A process that lives so long wants its index whole; a short one does not pay for it. Milliseconds. */
const startMs = 5_000;
/** Conversations handed to the indexer at a time. */
const jobsAtOnce = 64;
const pageRows = 200;
/** How long closing waits for what was taken in to be written. Milliseconds. */
const closeMs = 500;
/** An index that is damaged again and again is a matter of the disk. */
const mostMendings = 3;
/** How often listeners are told of progress. Milliseconds. */
const tellEveryMs = 300;

/** Knows what the index lacks, and feeds it. Reads no content: it only says where that lies. */
export class IndexFollower {
  readonly #options: IndexFollowerOptions;
  readonly #dirty = new Set<SessionId>();
  /** Handed to the indexer, and not visible yet. */
  readonly #handed = new Set<SessionId>();
  /** Of those two, the ones that are deleted or gone. */
  readonly #untold = new Set<SessionId>();
  /** Messages whose words in the index are not theirs any more. */
  readonly #changed = new Map<SessionId, Set<MessageId>>();
  /** Everything is to be compared: when nothing is known of the index, and when rows were made again. */
  #isAllDue = true;
  /** Rows that a pass through all has still to come by. */
  #rowsLeft = 0;
  #hasLooked = false;
  /** How often in a row the index was found damaged and begun anew. */
  #mendings = 0;
  readonly #seqAtStart: number;
  #working: Promise<void> | undefined;
  #jobs: SourceJobs | undefined;
  #failure: string | undefined;
  #isClosed = false;
  #wantsPieces = false;
  #toldAt = 0;
  readonly #timer = new QuietTimer({ work: () => this.#catchUpQuietly(), quietMs, latestMs });
  readonly #starting: NodeJS.Timeout | undefined;

  constructor(options: IndexFollowerOptions) {
    this.#options = options;
    this.#seqAtStart = options.storage.log.seq;
    if (options.followsByItself) {
      this.#starting = setTimeout(() => this.#catchUpQuietly(), startMs).unref();
    }
  }

  /** Conversations that changed and are not in the index yet; at least one while that is not known. */
  get pending(): number {
    const known = this.#dirty.size + this.#handed.size + this.#rowsLeft;
    return this.#isAllDue ? Math.max(known, 1) : known;
  }

  /** Why the index is behind for longer than it should be. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Follows the row of a conversation that was written or removed; all of them when none is named. */
  touch(sessionId?: SessionId): void {
    if (this.#isClosed) return;
    this.#jobs = undefined;
    if (sessionId === undefined) this.#isAllDue = true;
    else {
      this.#dirty.add(sessionId);
      if (this.#options.catalog.session(sessionId)?.deleted === false) this.#untold.delete(sessionId);
      else this.#untold.add(sessionId);
    }
    if (this.#options.followsByItself) this.#timer.touch();
  }

  /** Follows a message that has other words now, or none. */
  changed(sessionId: SessionId, messageId: MessageId): void {
    const messages = this.#changed.get(sessionId);
    if (messages === undefined) this.#changed.set(sessionId, new Set([messageId]));
    else messages.add(messageId);
  }

  isChanged(sessionId: SessionId, messageId: MessageId | null): boolean {
    return messageId !== null && this.#changed.get(sessionId)?.has(messageId) === true;
  }

  /** Conversations that the index may still find and nobody may be told of. */
  untold(): SessionId[] {
    return [...this.#untold];
  }

  /** Forgets what was to be done about conversations that are gone. */
  drop(sessionIds: readonly SessionId[]): void {
    for (const sessionId of sessionIds) {
      this.#dirty.delete(sessionId);
      this.#untold.delete(sessionId);
      this.#changed.delete(sessionId);
    }
  }

  /** Brings the index up to the lists; resolves when nothing is left to do. */
  async catchUp(): Promise<void> {
    // Lists that are being made again are no measure: whoever makes them again touches everything.
    while (!this.#isClosed && this.pending > 0 && !this.#options.catalog.isUnfinished) {
      this.#working ??= this.#round().finally(() => (this.#working = undefined));
      await this.#working;
    }
  }

  /** Has the second index made, now that somebody looked for what stands inside of words. */
  wantPieces(): void {
    if (this.#wantsPieces) return;
    this.#wantsPieces = true;
    // What fails is wanted again with the next question of the kind.
    void this.#options.place
      .wantPieces()
      .then(() => this.#tidy())
      .catch(() => (this.#wantsPieces = false));
  }

  /** Begins anew. @param clear empties the index. */
  async begin(clear: () => Promise<void>): Promise<void> {
    while (this.#working !== undefined) await this.#working.catch(() => undefined);
    this.#isAllDue = true;
    this.#hasLooked = true;
    this.#wantsPieces = false;
    // It is a round like any other: nothing is handed over meanwhile.
    this.#working = clear().finally(() => (this.#working = undefined));
    await this.#working;
    await this.catchUp();
  }

  /** Ends the work. Whoever closes the place does so after this. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer.stop();
    clearTimeout(this.#starting);
    if (!this.#options.followsByItself) await this.#working?.catch(() => undefined);
    if (!this.#hasLooked) return;
    const { place, storage } = this.#options;
    const patience = new AbortController();
    // What was taken in stays; and what changed no conversation counts as seen, so that the next start has nothing to compare.
    const noted = this.pending === 0 ? place.reach(this.#mark(storage.log.seq)) : place.commit();
    await Promise.race([
      noted.catch(() => undefined),
      delay(closeMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  #catchUpQuietly(): void {
    // What fails is told by the state, and tried again with the next change.
    void this.catchUp()
      .then(() => this.#tidy())
      .catch(() => undefined);
  }

  async #round(): Promise<void> {
    try {
      if (!this.#hasLooked) await this.#look();
      if (this.#isAllDue) await this.#pass();
      else await this.#indexDirty();
      if (this.pending === 0) await this.#options.place.reach(this.#mark(this.#options.storage.log.seq));
      this.#failure = undefined;
      if (this.pending === 0) this.#mendings = 0;
      this.#tell(this.pending === 0);
    } catch (error) {
      if (this.#isClosed) return;
      if (isChattyError(error, "CATALOG_DAMAGED") && this.#mendings < mostMendings) {
        // It is derived: everything is indexed again.
        this.#mendings += 1;
        this.#isAllDue = true;
        this.#hasLooked = true;
        await this.#options.place.clear();
        return;
      }
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#tell(true);
      throw error;
    }
  }

  /** An index that has everything up to the start of this process need not be compared. */
  async #look(): Promise<void> {
    const { reached } = await this.#options.place.head();
    this.#hasLooked = true;
    if (reached === this.#mark(this.#seqAtStart) && !this.#options.catalog.isUnfinished)
      this.#isAllDue = false;
  }

  #mark(seq: number): string {
    return `${seq} ${this.#options.reader?.version ?? ""}`;
  }

  /** Compares every conversation with the index. */
  async #pass(): Promise<void> {
    const { catalog, place } = this.#options;
    this.#isAllDue = false;
    catalog.flush();
    let notHanded = catalog.size;
    this.#rowsLeft = Math.max(notHanded, 1);
    try {
      await place.beginPass();
      for (let after = ""; !this.#isClosed;) {
        const rows = catalog.page(after, pageRows);
        const last = rows.at(-1);
        if (last === undefined) break;
        after = last.sessionId;
        const batch: SourceJob[] = [];
        const turn = new Turn();
        for (const row of rows) {
          if (turn.isOver()) await turn.next();
          // What was written meanwhile comes again; runtimes that came with it must be known by then.
          const jobs = (this.#jobs ??= new SourceJobs(this.#options));
          batch.push(jobs.jobOf(catalog.session(row.sessionId) ?? row));
        }
        for (let at = 0; at < batch.length; at += jobsAtOnce) {
          const slice = batch.slice(at, at + jobsAtOnce);
          const waiting = await this.#hand(slice, false);
          notHanded -= slice.length;
          // What is not visible yet counts, and the pass itself until it is over.
          this.#rowsLeft = Math.max(notHanded + waiting, 1);
        }
      }
      // Rows that are being made again are missing without being gone.
      const isTrue = !this.#isClosed && !this.#isAllDue && !catalog.isUnfinished;
      if (isTrue && (await place.endPass()).isAnew) this.#isAllDue = true;
      if (!isTrue) this.#isAllDue = true;
      this.#settled();
    } catch (error) {
      this.#isAllDue = true;
      throw error;
    } finally {
      this.#rowsLeft = 0;
    }
  }

  async #indexDirty(): Promise<void> {
    const { catalog, place } = this.#options;
    // It remembers what imports and runtimes are there: good until something is written.
    const jobs = (this.#jobs ??= new SourceJobs(this.#options));
    const ids: SessionId[] = [];
    for (const sessionId of this.#dirty) if (ids.push(sessionId) === jobsAtOnce) break;
    for (const sessionId of ids) {
      this.#dirty.delete(sessionId);
      this.#handed.add(sessionId);
    }
    try {
      const gone: SessionId[] = [];
      const batch: SourceJob[] = [];
      const turn = new Turn();
      for (const sessionId of ids) {
        if (turn.isOver()) await turn.next();
        const row = catalog.session(sessionId);
        if (row === undefined) gone.push(sessionId);
        else batch.push(jobs.jobOf(row));
      }
      const isLast = this.#dirty.size === 0;
      if (gone.length > 0) await place.forget(gone);
      if ((await this.#hand(batch, isLast)) === 0) this.#settled();
    } catch (error) {
      for (const sessionId of this.#handed) this.#dirty.add(sessionId);
      this.#handed.clear();
      throw error;
    }
  }

  /** What was handed over is visible now. */
  #settled(): void {
    this.#handed.clear();
    for (const sessionId of this.#changed.keys()) {
      if (!this.#dirty.has(sessionId)) this.#changed.delete(sessionId);
    }
    for (const sessionId of this.#untold) {
      if (!this.#dirty.has(sessionId)) this.#untold.delete(sessionId);
    }
  }

  /** @returns how many conversations were taken in and are not visible yet. */
  async #hand(batch: readonly SourceJob[], isLast: boolean): Promise<number> {
    this.#flushJournals();
    const { isAnew, waiting } = await this.#options.place.index(batch, isLast);
    if (isAnew) this.#isAllDue = true;
    this.#tell(false);
    return waiting;
  }

  /** The indexer reads journals where they lie. */
  #flushJournals(): void {
    try {
      this.#options.storage.appended.flush();
    } catch {
      // On a full disk the newest lines are not in the files yet: the next change finds them.
      return;
    }
  }

  async #tidy(): Promise<void> {
    while (!this.#isClosed && this.pending === 0 && (await this.#options.place.tidy())) continue;
  }

  /** Tells listeners how far it is, not more often than anybody can see. */
  #tell(isOver: boolean): void {
    const now = performance.now();
    if (!isOver && now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    this.#options.feed.tell({ kind: "search" });
  }
}
