import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { Embedder, JsonValue, MeaningState, SessionId } from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { findByMeaning } from "./find-by-meaning.ts";
import type { AskedSet } from "./find-by-meaning.ts";
import type { MeaningAnswer, MeaningPort, MeaningQuestion } from "./meaning-port.ts";
import { SearchView } from "./search-view.ts";
import type { EmbeddableSession, TextsToEmbed } from "./texts-to-embed.ts";
import { forgetVectors, scrubVectors } from "./forget-vectors.ts";
import { beginVectorDatabase, openVectorDatabase } from "./vector-database.ts";
import type { VectorDatabase } from "./vector-database.ts";
import { VectorKeeper } from "./vector-keeper.ts";
import type { RoundControl } from "./vector-keeper.ts";
import type { VectorHome } from "./vector-places.ts";
import { VectorSet } from "./vector-set.ts";

/** What a setting gives: the model that answers, and one that is quick and coarse for what the other has not come to yet. */
export interface OpenEmbedders {
  main: Embedder;
  /** Opened when there is so much to do that it is worth it. */
  first?: { model: string; open: () => Promise<Embedder> } | undefined;
}

/** Makes embedders; handed to the store by the program that puts everything together. */
export interface MeaningEmbedders {
  /**
   * @param setting as it is kept under `search.embedder`.
   * @throws {ChattyError} EMBEDDER_UNAVAILABLE; the signal's reason
   */
  open(setting: JsonValue, place: EmbedderPlace): Promise<OpenEmbedders>;
}

/** What an embedder may use. */
export interface EmbedderPlace {
  /** Absolute; for what is made once. Made when it is not there. */
  cacheFolder: string;
  signal: AbortSignal;
  /** For the server that embeds, where one is set. */
  key?: string | undefined;
}

export interface MeaningOptions extends VectorHome {
  embedders: MeaningEmbedders;
  setting: JsonValue;
  /** For the server that embeds, where one is set. */
  key?: string | undefined;
  /** Messages that wait from which on the quick model goes first; 10,000 when absent. */
  leastForFirst?: number;
  /** Integer milliseconds UTC. */
  now: () => number;
}

const defaultLeastForFirst = 10_000;
/** Work rests for this part of the time that it took; for longer while somebody asks. */
const restShare = 0.1;
const restShareWhileAsked = 1;
const askedLatelyMs = 4_000;
const shortestRestMs = 5;
/** Rounds leave so many times as long between them as comparing takes. */
const comparingShare = 20;

interface Opened {
  database: VectorDatabase;
  main: Kept;
  /** While the quick model has vectors that the other one lacks. */
  first: Kept | undefined;
  openFirst: (() => Promise<Kept>) | undefined;
}

interface Kept {
  number: number;
  embedder: Embedder;
  set: VectorSet;
  keeper: VectorKeeper;
}

/** Search by meaning in this thread; also what a thread of its own works with. */
export class MeaningHere implements MeaningPort {
  readonly #options: MeaningOptions;
  readonly #stopped = new AbortController();
  /** Of the round that is under way. */
  #round: AbortController | undefined;
  readonly #view: SearchView;
  #opened: Promise<Opened> | undefined;
  #opening: Opened | undefined;
  #working: Promise<void> | undefined;
  /** Something may have changed since the last round began. */
  #isDue = false;
  /** Of the index of words with which numbers of messages were compared. */
  #comparedWith = -1;
  /** State of the index of words of which everything is embedded. */
  #reached = "";
  /** Earliest moment of the next round, in milliseconds of this process. */
  #nextRoundAt = 0;
  #isPaused = false;
  #resumed = Promise.withResolvers<void>();
  #failure: string | undefined;
  #isAbsent = false;
  #pendingMessages = 0;
  #askedAt = -Infinity;

  constructor(options: MeaningOptions) {
    this.#options = options;
    const path = absolutePath(options.root, layout.searchIndex(options.user));
    this.#view = new SearchView(options.files, path);
  }

  sync(): void {
    this.#isDue = true;
    this.#begin();
  }

  async find(question: MeaningQuestion): Promise<MeaningAnswer> {
    this.#askedAt = performance.now();
    const { database, main, first } = await this.#open();
    const isComplete = this.#pendingMessages === 0 && !this.#isDue;
    const sets: AskedSet[] = [main];
    if (first !== undefined && first.set.size > 0) sets.push(first);
    return { ...(await findByMeaning(question, sets, { database, view: this.#view })), isComplete };
  }

  async forget(sessionIds: readonly SessionId[], isGone: boolean): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    if (opened === undefined) {
      forgetVectors(this.#options, sessionIds);
      return;
    }
    this.#reached = "";
    for (const kept of [opened.first, opened.main]) kept?.keeper.forget(sessionIds, isGone);
    opened.database.transaction(() => {
      for (const sessionId of sessionIds) opened.database.removeSession(sessionId);
    });
  }

  async scrub(): Promise<boolean> {
    const opened = await this.#opened?.catch(() => undefined);
    return opened === undefined ? scrubVectors(this.#options) : opened.database.scrub();
  }

  async reopen(): Promise<void> {
    this.#view.close();
    this.sync();
    await Promise.resolve();
  }

  async rebuild(): Promise<number> {
    const wasPaused = this.#isPaused;
    await this.#stopRound();
    const opened = await this.#opened?.catch(() => undefined);
    opened?.database.close();
    await closeEmbedders(opened);
    const { files, root, user } = this.#options;
    beginVectorDatabase(files, absolutePath(root, layout.vectors(user))).close();
    this.#opened = undefined;
    this.#comparedWith = -1;
    this.#reached = "";
    const { main } = await this.#open();
    const texts = this.#view.texts();
    if (texts !== undefined) for (const session of texts.sessions()) main.keeper.adopt(texts, session);
    if (!wasPaused) this.resume();
    this.sync();
    return main.set.size;
  }

  async state(): Promise<MeaningState> {
    await Promise.resolve();
    const main = this.#opening?.main;
    return {
      state: this.#stateName(),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ...(main === undefined ? {} : { model: main.embedder.model, dimensions: main.embedder.dimensions }),
      chunks: main?.set.size ?? 0,
      pendingChunks: this.#pendingMessages,
    };
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#resumed = Promise.withResolvers();
  }

  resume(): void {
    this.#isPaused = false;
    this.#resumed.resolve();
    this.#begin();
  }

  async settle(): Promise<void> {
    this.#isDue = true;
    do {
      this.#begin();
      await this.#working;
    } while (this.#isDue && !this.#isPaused && this.#failure === undefined && !this.#stopped.signal.aborted);
  }

  async close(): Promise<void> {
    this.#stopped.abort(
      new ChattyError("SEARCH_CLOSED", "The vault is being closed: nothing is searched any more."),
    );
    this.#resumed.resolve();
    await this.#working;
    const opened = await this.#opened?.catch(() => undefined);
    this.#view.close();
    opened?.database.close();
    await closeEmbedders(opened);
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#openAll().catch((error: unknown) => {
      // Tried again at the next occasion: the embedder may be there then.
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #openAll(): Promise<Opened> {
    const { files, root, user, embedders, setting, key } = this.#options;
    const { signal } = this.#stopped;
    const place = { cacheFolder: absolutePath(root, layout.embedderCache), signal, key };
    const { main, first } = await embedders.open(setting, place);
    const database = openVectorDatabase(files, absolutePath(root, layout.vectors(user)));
    try {
      // Rows of other models are found by nobody; their files make room when texts are embedded anew.
      for (const { number, model } of database.sets()) {
        const isUsed = model === main.model || model === first?.model;
        if (!isUsed) database.transaction(() => database.removeSet(number));
      }
      this.#opening = {
        database,
        main: await this.#openSet(database, main, true),
        first: undefined,
        openFirst:
          first === undefined
            ? undefined
            : async () => await this.#openSet(database, await first.open(), false),
      };
      return this.#opening;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async #openSet(database: VectorDatabase, embedder: Embedder, isKept: boolean): Promise<Kept> {
    const { files, root, now } = this.#options;
    const { model, dimensions } = embedder;
    const number = database.setOf({ model, dimensions });
    const set = new VectorSet(files, { model, dimensions });
    await set.load(database, number, (folder) => absolutePath(root, folder));
    const home: VectorHome = this.#options;
    const keeper = new VectorKeeper({ home, database, set, setNumber: number, isKept, embedder, now });
    await keeper.open();
    return { number, embedder, set, keeper };
  }

  /** Ends the round that is under way at its next rest. */
  async #stopRound(): Promise<void> {
    this.#round?.abort(new ChattyError("SEARCH_CLOSED", "Vectors are being made again."));
    await this.#working;
  }

  #stateName(): MeaningState["state"] {
    if (this.#isAbsent) return "absent";
    if (this.#failure !== undefined) return "failed";
    if (this.#isPaused) return "paused";
    return this.#pendingMessages > 0 || this.#isDue || this.#opening === undefined ? "building" : "ready";
  }

  #begin(): void {
    if (this.#working !== undefined || this.#isPaused || this.#stopped.signal.aborted || !this.#isDue) return;
    this.#working = this.#rounds().finally(() => {
      this.#working = undefined;
    });
  }

  async #rounds(): Promise<void> {
    try {
      while (this.#isDue && !this.#isPaused && !this.#stopped.signal.aborted) {
        const waitMs = this.#nextRoundAt - performance.now();
        if (waitMs > 0) await delay(waitMs, undefined, { signal: this.#stopped.signal });
        this.#isDue = false;
        const opened = await this.#open();
        const { generation } = this.#view;
        try {
          await this.#bringUp(opened);
        } catch (error) {
          // The index that was read is gone: there is another one.
          if (this.#stopped.signal.aborted || this.#view.generation === generation) throw error;
          this.#isDue = true;
        }
        this.#failure = undefined;
        this.#isAbsent = false;
      }
    } catch (error) {
      if (this.#stopped.signal.aborted || this.#round?.signal.aborted === true) return;
      // Told by `state`; the next change of the index tries again.
      this.#isAbsent = isChattyError(error, "EMBEDDER_UNAVAILABLE");
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }

  async #bringUp(opened: Opened): Promise<void> {
    this.#round = new AbortController();
    const signal = AbortSignal.any([this.#stopped.signal, this.#round.signal]);
    const texts = this.#view.texts();
    if (texts === undefined) return;
    const { main } = opened;
    const state = `${this.#view.generation} ${texts.epoch()}`;
    if (state === this.#reached) return;
    const began = performance.now();
    const sessions = texts.sessions();
    const stale = main.keeper.stale(sessions);
    // Comparing everything again and again while messages keep coming would leave no time for questions.
    this.#nextRoundAt = performance.now() + (performance.now() - began) * comparingShare;
    await this.#compareNumbers(texts, sessions, main, new Set(stale));
    await this.#countPending(texts, stale, signal);
    if (
      opened.openFirst !== undefined &&
      this.#pendingMessages >= (this.#options.leastForFirst ?? defaultLeastForFirst)
    ) {
      opened.first ??= await opened.openFirst();
      const { keeper } = opened.first;
      await keeper.embed(
        texts,
        keeper.stale(stale),
        this.#control(signal, () => undefined),
      );
    }
    await main.keeper.embed(
      texts,
      stale,
      this.#control(signal, (messages) => (this.#pendingMessages -= messages)),
    );
    this.#pendingMessages = 0;
    await this.#closeFirst(opened);
    this.#reached = state;
  }

  async #countPending(
    texts: TextsToEmbed,
    sessions: readonly EmbeddableSession[],
    signal: AbortSignal,
  ): Promise<void> {
    let pending = 0;
    for (const [index, session] of sessions.entries()) {
      pending += texts.count(session);
      if (index % 512 === 511) await nextTurn(undefined, { signal });
    }
    this.#pendingMessages = pending;
  }

  /** An index of words that was begun anew may number messages in another way. */
  async #compareNumbers(
    texts: TextsToEmbed,
    sessions: readonly EmbeddableSession[],
    { keeper }: Kept,
    stale: ReadonlySet<EmbeddableSession>,
  ): Promise<void> {
    const { generation } = this.#view;
    if (this.#comparedWith === generation) return;
    for (const [index, session] of sessions.entries()) {
      if (!stale.has(session)) keeper.renumber(texts, session);
      if (index % 64 === 63) await nextTurn();
      this.#stopped.signal.throwIfAborted();
    }
    this.#comparedWith = generation;
  }

  /** What the quick model made is of no use any more. */
  async #closeFirst(opened: Opened): Promise<void> {
    const { first, database } = opened;
    opened.first = undefined;
    for (const { number } of database.sets()) {
      if (number !== opened.main.number) database.transaction(() => database.removeSet(number));
    }
    await first?.embedder.close();
  }

  #control(signal: AbortSignal, done: RoundControl["done"]): RoundControl {
    let owedMs = 0;
    return {
      signal,
      done,
      rest: async (tookMs) => {
        const isAsked = performance.now() - this.#askedAt < askedLatelyMs;
        owedMs += tookMs * (isAsked ? restShareWhileAsked : restShare);
        // A timer takes longer than a short rest.
        if (owedMs < shortestRestMs) await nextTurn();
        else {
          await delay(owedMs, undefined, { signal });
          owedMs = 0;
        }
        if (this.#isPaused) await this.#resumed.promise;
        signal.throwIfAborted();
      },
    };
  }
}

async function closeEmbedders(opened: Opened | undefined): Promise<void> {
  await opened?.main.embedder.close();
  await opened?.first?.embedder.close();
}
