import { setTimeout as delay } from "node:timers/promises";
import type {
  ExportReader,
  MessageId,
  SearchAnswer,
  SearchRequest,
  SearchState,
  SessionId,
} from "@chatty/model";
import { isChattyError, parseSearchQuery } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { JournalRecord } from "../journal/record.ts";
import { messageNotFound } from "../sessions/session-errors.ts";
import type { ChangeFeed } from "../vault/change-feed.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { MeaningAnswer } from "../vectors/meaning-port.ts";
import { UserMeaning } from "../vectors/user-meaning.ts";
import type { MeaningSource } from "../vectors/user-meaning.ts";
import { IndexFollower } from "./index-follower.ts";
import type { EngineAnswer } from "./query-engine.ts";
import { meantRequest } from "./question.ts";
import { searchFiles } from "./search-file.ts";
import { searchHere } from "./search-place.ts";
import type { SearchPlace } from "./search-place.ts";
import { searchInThreads } from "./search-worker.ts";
import type { Visibility } from "./session-filter.ts";
import { visibilityOf } from "./visibility.ts";

/** What the program that puts everything together decides. */
export interface SearchComposition {
  /** Address of a module that calls `serveSearch`; without one everything is done in this thread, and only when it is asked for. */
  searchThread?: string | undefined;
  /** Where embedders come from; without it there is no search by meaning. */
  meaning?: MeaningSource | undefined;
}

export interface UserSearchOptions extends SearchComposition {
  storage: VaultStorage;
  user: UserPlace;
  catalog: Catalog;
  reader: ExportReader | undefined;
  feed: ChangeFeed;
  /** Integer milliseconds UTC. */
  now: () => number;
}

/** How long a question waits for what is not indexed yet. Milliseconds. */
const patienceMs = 200;
/** How long a question by words waits for what is near in meaning, and how much of that is taken. Milliseconds; messages. */
const meaningMs = 400;
const nearLimit = 100;
/** Passages when meaning alone is asked for: who asks so weighs them anew, and may want further pages. */
const semanticLimit = 400;

/** What an index answers that is not there. */
const nothing: EngineAnswer = { hits: [], totalIsExact: false, sort: "best", mode: "text", notices: [] };

/** The search of one user. */
export class UserSearch {
  readonly #options: UserSearchOptions;
  readonly #place: SearchPlace;
  readonly #path: string;
  readonly #follower: IndexFollower;
  readonly #meaning: UserMeaning;
  #closing: Promise<void> | undefined;

  constructor(options: UserSearchOptions) {
    this.#options = options;
    const { storage, user, reader, searchThread: thread, catalog } = options;
    this.#path = absolutePath(storage.root, layout.searchIndex(user));
    this.#place =
      thread === undefined
        ? searchHere(storage.files, this.#path, reader)
        : searchInThreads(thread, this.#path);
    this.#follower = new IndexFollower({
      ...options,
      place: this.#place,
      followsByItself: thread !== undefined,
    });
    this.#meaning = new UserMeaning(options);
    catalog.onRow = (sessionId) => this.#follower.touch(sessionId);
  }

  /** Follows a message that was changed or deleted: until that is indexed, what the index has of it is not told. */
  follow(sessionId: SessionId, record: JournalRecord | undefined): void {
    const isChange = record?.kind === "revision" || record?.kind === "tombstone";
    if (isChange && record.targetId !== undefined) {
      this.#follower.changed(sessionId, record.targetId as MessageId);
    }
  }

  /** See `UserVault.search`. */
  async search(request: SearchRequest, options: { signal?: AbortSignal } = {}): Promise<SearchAnswer> {
    const now = this.#options.now();
    return await this.#answer(options.signal, async (visibility) => {
      const then = meantRequest(request, now)?.request;
      const [meaning, meaningThen] = await Promise.all([
        this.#nearInMeaning(request, visibility, now),
        then === undefined ? undefined : this.#nearInMeaning(then, visibility, now),
      ]);
      const found = { meaning: meaning?.hits, meaningThen: meaningThen?.hits };
      const answer = await this.#place.search({ request, visibility, now, ...found });
      if (answer === undefined || meaning === undefined) return answer;
      return { ...answer, meaningIsComplete: meaning.isComplete };
    });
  }

  /** See `UserVault.similar`. */
  async similar(sessionId: SessionId, messageId: MessageId, limit = 20): Promise<SearchAnswer> {
    const now = this.#options.now();
    return await this.#answer(undefined, async (visibility) => {
      const like = { sessionId, messageId };
      const filters = [{ not: { sessions: [sessionId] } }];
      const near = await this.#found(
        this.#meaning.find({ like, filters, visibility, limit: nearLimit }),
        false,
      );
      const meaning = near !== undefined && near.hits.length > 0 ? near.hits : undefined;
      const answer = await this.#place.similar({ sessionId, messageId, limit, visibility, now, meaning });
      if (answer === undefined && this.#follower.pending === 0) throw messageNotFound(sessionId, messageId);
      return answer;
    });
  }

  /** How far the index is; what it lacks is indexed from then on. */
  async state(): Promise<SearchState> {
    await this.#waitABit(undefined);
    const { storage } = this.#options;
    const { pending, failure } = this.#follower;
    const counts = await this.#orMended(this.#place.counts(), { messages: 0, sessions: 0 });
    let bytes = 0;
    for (const file of searchFiles(this.#path)) bytes += storage.files.status(file)?.size ?? 0;
    return {
      ...counts,
      pendingSessions: pending,
      state: failure !== undefined ? "failed" : pending > 0 ? "building" : "ready",
      ...(failure === undefined ? {} : { failure }),
      bytes,
      meaning: await this.#meaning.state(),
    };
  }

  /** Brings the index up to the lists. */
  async catchUp(): Promise<void> {
    await this.#follower.catchUp();
  }

  /** Makes the index again from nothing. @returns messages in it, and whether it says what the former one said. */
  async rebuild(): Promise<{ messages: number; isSame: boolean }> {
    const wasThere = this.#isThere();
    if (wasThere) await this.#follower.catchUp();
    const before = wasThere ? await this.#place.digest() : undefined;
    await this.#meaning.letGo();
    await this.#follower.begin(() => this.#place.clear());
    await this.#meaning.rebuild();
    const isSame = before === undefined || before === (await this.#place.digest());
    return { messages: (await this.#place.counts()).messages, isSame };
  }

  /** Takes away what lies in the folders of conversations that are about to be removed. */
  async release(sessionIds: readonly SessionId[]): Promise<void> {
    await this.#meaning.forget(sessionIds, false);
  }

  /** Takes conversations out that are purged, or whose words are to be read again. */
  async forget(sessionIds: readonly SessionId[]): Promise<void> {
    this.#follower.drop(sessionIds);
    if (sessionIds.length > 0 && this.#isThere()) await this.#place.forget(sessionIds);
    await this.#meaning.forget(sessionIds, true);
  }

  /** Leaves no trace in the file of what was taken out. @returns false when somebody reads it for too long. */
  async scrub(): Promise<boolean> {
    const isMeaningClean = await this.#meaning.scrub();
    return (!this.#isThere() || (await this.#place.scrub())) && isMeaningClean;
  }

  /** Ends all work at once. What is not indexed then is at the next start. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#follower.close();
    } finally {
      await Promise.all([this.#place.close(), this.#meaning.close()]);
    }
  }

  #isThere(): boolean {
    return this.#options.storage.files.status(this.#path) !== undefined;
  }

  async #answer(
    signal: AbortSignal | undefined,
    ask: (visibility: Visibility) => Promise<EngineAnswer | undefined>,
  ): Promise<SearchAnswer> {
    const began = performance.now();
    signal?.throwIfAborted();
    await this.#waitABit(signal);
    const { storage, user } = this.#options;
    const visibility = visibilityOf(storage.configuration, user.userId, this.#follower.untold());
    // Of this moment: what becomes visible while the question is answered may be missing in the answer.
    const pendingSessions = this.#follower.pending;
    const { wantsPieces, ...answer } = (await this.#orMended(ask(visibility), undefined)) ?? nothing;
    if (wantsPieces === true) this.#follower.wantPieces();
    signal?.throwIfAborted();
    return {
      ...answer,
      hits: answer.hits.filter(({ sessionId, messageId }) => this.#isTold(sessionId, messageId)),
      pendingSessions,
      tookMs: performance.now() - began,
    };
  }

  /** What is near in meaning to the words of a question; undefined where they are asked for alone, or nothing tells what they mean. */
  async #nearInMeaning(
    { query, filters = {}, mode = "hybrid", sort }: SearchRequest,
    visibility: Visibility,
    now: number,
  ): Promise<MeaningAnswer | undefined> {
    if (mode === "text" || (mode === "hybrid" && sort === "newest")) return undefined;
    const parsed = parseSearchQuery(query, { now, timeZoneOffset: new Date(now).getTimezoneOffset() });
    if (parsed.text.trim() === "") return undefined;
    const question = {
      text: parsed.text,
      filters: [parsed.filters, filters],
      visibility,
      limit: mode === "semantic" ? semanticLimit : nearLimit,
    };
    return await this.#found(this.#meaning.find(question), mode === "hybrid");
  }

  /** @param isHurried what is not there in a moment is done without: a model may have to be loaded first. */
  async #found(
    finding: Promise<MeaningAnswer | undefined>,
    isHurried: boolean,
  ): Promise<MeaningAnswer | undefined> {
    const patience = new AbortController();
    const answering = finding
      .then((answer) => (answer === undefined || answer.models.length === 0 ? undefined : answer))
      // Words are found all the same; the state tells what is wrong with vectors.
      .catch(() => undefined);
    if (!isHurried) return await answering;
    const waiting = delay(meaningMs, undefined, { signal: patience.signal }).catch(() => undefined);
    const found = await Promise.race([answering, waiting]);
    patience.abort();
    return found;
  }

  /** What was deleted or changed since it was indexed is not told, whatever the index says. */
  #isTold(sessionId: SessionId, messageId: MessageId | null): boolean {
    const row = this.#options.catalog.session(sessionId);
    return row?.deleted === false && !this.#follower.isChanged(sessionId, messageId);
  }

  /** A damaged index is made again in the background, and this answer says that everything is missing. */
  async #orMended<Value>(asked: Promise<Value>, instead: Value): Promise<Value> {
    try {
      return await asked;
    } catch (error) {
      if (!isChattyError(error, "CATALOG_DAMAGED")) throw error;
      void this.#follower.begin(() => this.#place.clear()).catch(() => undefined);
      return instead;
    }
  }

  /** Gives what changed just now a moment to be indexed. */
  async #waitABit(signal: AbortSignal | undefined): Promise<void> {
    if (this.#follower.pending === 0) return;
    const patience = new AbortController();
    const signals = signal === undefined ? patience.signal : AbortSignal.any([patience.signal, signal]);
    await Promise.race([
      this.#follower.catchUp().catch(() => undefined),
      delay(patienceMs, undefined, { signal: signals }).catch(() => undefined),
    ]);
    patience.abort();
    signal?.throwIfAborted();
  }
}
