import type { JsonValue, MeaningState, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { ChangeFeed } from "../vault/change-feed.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import { getSecret } from "../workspace/secrets.ts";
import { listSettings } from "../workspace/settings.ts";
import { forgetVectors, scrubVectors } from "./forget-vectors.ts";
import { MeaningHere } from "./meaning-here.ts";
import type { MeaningEmbedders } from "./meaning-here.ts";
import type { MeaningAnswer, MeaningPort, MeaningQuestion } from "./meaning-port.ts";
import { meaningInThread } from "./meaning-worker.ts";
import { openVectorDatabase, vectorDatabaseFiles } from "./vector-database.ts";
import type { VectorHome } from "./vector-places.ts";

/** Where embedders come from: the address of a module that calls `serveMeaning`, or embedders that work in this thread. */
export type MeaningSource = string | MeaningEmbedders;

export interface UserMeaningOptions {
  storage: VaultStorage;
  user: UserPlace;
  feed: ChangeFeed;
  /** Without one there is no search by meaning. */
  meaning?: MeaningSource | undefined;
  /** Integer milliseconds UTC. */
  now: () => number;
}

/** Settings and secret that say whether, and with which embedder. */
const onSetting = "search.meaning";
const embedderSetting = "search.embedder";

/** A process that lives so long embeds what is new; a short one does not load a model for it. Milliseconds. */
const startMs = 6_000;

/** Search by meaning of one user, as the settings have it: on or off, with one embedder or another. */
export class UserMeaning {
  readonly #options: UserMeaningOptions;
  readonly #home: VectorHome;
  readonly #stopListening: () => void;
  #port: { port: MeaningPort; choice: string } | undefined;
  #starting: NodeJS.Timeout | undefined;
  #isDue = false;
  /** The process has lived long enough to embed on its own account. */
  #hasStarted = false;
  #isClosed = false;
  /** What is done one after the other: files are somebody's alone. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: UserMeaningOptions) {
    this.#options = options;
    const { storage, user, feed } = options;
    this.#home = { files: storage.files, root: storage.root, user };
    this.#stopListening = feed.listen(({ kind }) => {
      if (kind === "search") this.sync();
      if (kind === "settings") this.#heedSettings();
    });
    if (options.meaning !== undefined) {
      const waitMs = typeof options.meaning === "string" ? startMs : 0;
      this.#starting = setTimeout(() => this.#start(), waitMs).unref();
    }
  }

  /** Says that the index of words changed. */
  sync(): void {
    this.#isDue = true;
    this.#port?.port.sync();
  }

  /**
   * Finds what is near in meaning; undefined where nothing can be: switched off, without an embedder, or closed.
   * @throws {ChattyError} EMBEDDER_FAILED
   */
  async find(question: MeaningQuestion): Promise<MeaningAnswer | undefined> {
    const port = this.#begin();
    if (port === undefined) return undefined;
    try {
      return await port.find(question);
    } catch (error) {
      if (isChattyError(error, "EMBEDDER_UNAVAILABLE") || isChattyError(error, "SEARCH_CLOSED"))
        return undefined;
      throw error;
    }
  }

  async state(): Promise<MeaningState> {
    if (this.#options.meaning === undefined) return { state: "absent", chunks: 0, pendingChunks: 0 };
    if (!this.#isOn()) return { state: "off", ...this.#stored(), pendingChunks: 0 };
    const port = this.#port?.port;
    if (port !== undefined) return await port.state();
    const stored = this.#stored();
    return { state: stored.chunks === 0 ? "building" : "ready", ...stored, pendingChunks: 0 };
  }

  /** Resolves when everything in the index of words is embedded, or cannot be. */
  async settle(): Promise<void> {
    await this.#begin()?.settle();
  }

  /** See `MeaningPort`; files are cleared also where search by meaning is switched off. */
  async forget(sessionIds: readonly SessionId[], isGone: boolean): Promise<void> {
    if (sessionIds.length === 0) return;
    await this.#inTurn(async () => {
      if (this.#port === undefined) forgetVectors(this.#home, sessionIds);
      else await this.#port.port.forget(sessionIds, isGone);
    });
  }

  /** Leaves no trace in the database of what was taken out. @returns false when somebody reads it for too long. */
  async scrub(): Promise<boolean> {
    return await this.#inTurn(async () =>
      this.#port === undefined ? scrubVectors(this.#home) : await this.#port.port.scrub(),
    );
  }

  /** Lets go of the index of words, which is about to be begun anew. */
  async letGo(): Promise<void> {
    await this.#port?.port.reopen();
  }

  /** Makes the database again from the files; when nobody works with it, at the next occasion. */
  async rebuild(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#port !== undefined) await this.#port.port.rebuild();
      else {
        const { files, root, user } = this.#home;
        for (const path of vectorDatabaseFiles(absolutePath(root, layout.vectors(user)))) files.remove(path);
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    clearTimeout(this.#starting);
    await this.#inTurn(() => this.#end());
  }

  #start(): void {
    this.#hasStarted = true;
    const port = this.#begin();
    if (this.#isDue) port?.sync();
  }

  /** Undefined where there is nothing to begin. */
  #begin(): MeaningPort | undefined {
    const { meaning } = this.#options;
    if (meaning === undefined || this.#isClosed || !this.#isOn()) return undefined;
    this.#port ??= { port: this.#open(meaning), choice: this.#choice() };
    return this.#port.port;
  }

  #open(meaning: MeaningSource): MeaningPort {
    const { storage, user, now } = this.#options;
    const { root, files } = storage;
    const setting = this.#setting();
    const key = this.#key();
    const port =
      typeof meaning === "string"
        ? meaningInThread(meaning, { root, user, setting, key })
        : new MeaningHere({ files, root, user, setting, key, embedders: meaning, now });
    port.sync();
    return port;
  }

  #heedSettings(): void {
    if (this.#port === undefined) {
      if (this.#hasStarted) this.#start();
      return;
    }
    if (this.#isOn() && this.#port.choice === this.#choice()) return;
    void this.#inTurn(() => this.#end()).then(
      () => this.#start(),
      () => undefined,
    );
  }

  async #end(): Promise<void> {
    const ended = this.#port;
    this.#port = undefined;
    await ended?.port.close();
  }

  #isOn(): boolean {
    return this.#settings().get(onSetting) !== false;
  }

  #choice(): string {
    return JSON.stringify([this.#setting(), this.#key() ?? null]);
  }

  #setting(): JsonValue {
    return this.#settings().get(embedderSetting) ?? "builtin";
  }

  #key(): string | undefined {
    const { storage, user } = this.#options;
    return getSecret(storage.configuration, user.userId, embedderSetting);
  }

  #settings(): Map<string, JsonValue> {
    const { storage, user } = this.#options;
    return listSettings(storage.configuration, user.userId);
  }

  /** What the database has while nobody works with it. */
  #stored(): Pick<MeaningState, "chunks" | "model" | "dimensions"> {
    const { files, root, user } = this.#home;
    const path = absolutePath(root, layout.vectors(user));
    if (this.#port !== undefined || files.status(path) === undefined) return { chunks: 0 };
    const database = openVectorDatabase(files, path);
    try {
      const [largest] = database
        .sets()
        .map(({ number, model, dimensions }) => ({ model, dimensions, chunks: database.rowCount(number) }))
        .sort((left, right) => right.chunks - left.chunks);
      return largest ?? { chunks: 0 };
    } finally {
      database.close();
    }
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
