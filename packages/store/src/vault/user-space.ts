import type { ConstructId, ExportReader, RuntimeId, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { openCatalog } from "../catalog/open-catalog.ts";
import type { Catalog, CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { ImportChanges } from "../imports/import-run.ts";
import { Turn } from "../imports/turn.ts";
import { openUserImports, type UserImports } from "../imports/user-imports.ts";
import type { LoggedGroup } from "../log/segment.ts";
import { UserSearch, type SearchComposition } from "../search/user-search.ts";
import { flatFileSessions, type FlatFileSessions } from "../sessions/flatfile/flat-file-sessions.ts";
import { createMirrorWriter, type MirrorWriter } from "../sessions/flatfile/mirror-writer.ts";
import { SessionTrees } from "../sessions/flatfile/session-trees.ts";
import { TranscriptWriter } from "../sessions/flatfile/transcript-writer.ts";
import type { UserContext } from "../user/user-context.ts";
import { UserHandle } from "../user/user-handle.ts";
import { ShownConversations } from "../user/window/shown-conversations.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { listHomes } from "../workspace/homes.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import { listStars } from "../workspace/stars.ts";
import { getTranscript } from "../workspace/transcripts.ts";
import { ChangeFeed } from "./change-feed.ts";
import { deriveCatalog } from "./derive-catalog.ts";
import { DueViews } from "./due-views.ts";
import { tellConfigured, tellRecord } from "./told-changes.ts";
import { QuietTimer } from "../quiet-timer.ts";
import { recoverMapping } from "./recover-mapping.ts";
import { refreshFlags } from "./refresh-flags.ts";
import { replayedChanges } from "./replayed-sessions.ts";
import { sessionFolders } from "./session-folders.ts";
import { finishPurges, purgeSessions, type PurgeContext } from "./purge.ts";
import type { VaultStorage } from "./vault-storage.ts";
import { readWholeJournal } from "./whole-journal.ts";

export interface UserSpaceOptions extends SearchComposition {
  storage: VaultStorage;
  user: UserPlace;
  reader: ExportReader | undefined;
  now: () => number;
}

/** How long a transcript and its mirrors wait for more to come, and how long at most while more comes. */
const settleDelayMs = 1_000;
const settleLatestMs = 15_000;
/** How long readable views of bigger imports are written while the vault is closed after a small one. */
const viewsOnCloseMs = 2_000;

/** Everything of one user that is open: the handle, the lists and the writers of derived files. */
export class UserSpace {
  readonly handle: UserHandle;
  readonly context: UserContext;
  readonly catalog: Catalog;
  readonly sessions: FlatFileSessions;
  readonly imports: UserImports;
  readonly views: DueViews;
  readonly transcripts: TranscriptWriter;
  readonly mirrors: MirrorWriter;
  readonly trees: SessionTrees;
  readonly shown = new ShownConversations();
  readonly feed = new ChangeFeed();
  readonly #options: UserSpaceOptions;
  readonly #changed = new Set<SessionId>();
  /** Runtimes whose imported rows the catalog does not have yet; until it has, it does not claim to be up to date. */
  readonly #owedRuntimes = new Set<RuntimeId>();
  #homes = new Map<RuntimeId, SessionId>();
  #isBehind = false;
  #indexDue = false;
  #userDue = true;
  /** Rows that follow an import, under way. */
  #deriving: Promise<void> = Promise.resolve();
  /** Settling under way; closing waits for it. */
  readonly #settling = new Set<Promise<void>>();
  #closing = false;
  readonly #timer = new QuietTimer({
    // Derived files only: a failure is told by `settle` at the next occasion, and `verify` finds what is missing.
    work: () => void this.settle(settleDelayMs).catch(() => this.#schedule()),
    quietMs: settleDelayMs,
    latestMs: settleLatestMs,
  });

  constructor(options: UserSpaceOptions) {
    this.#options = options;
    const { storage, user, now } = options;
    const { files, root } = storage;
    files.makeDirectory(absolutePath(root, "catalog"));
    this.catalog = openCatalog(files, absolutePath(root, layout.catalog(user)));
    this.sessions = flatFileSessions({
      user,
      log: storage.log,
      appended: storage.appended,
      catalog: this.catalog,
      onConfigured: (change) => this.#reflect(change),
      onChanged: (session, record) => {
        this.#touch(session.sessionId);
        tellRecord(this.feed, session.sessionId, record);
        this.context.search.follow(session.sessionId, record);
      },
      readDamaged: (row) => readWholeJournal(storage, user, row),
      discard: (session) => purgeSessions(this.context.purging, [session], "asked"),
    });
    this.imports = openUserImports({
      storage,
      user,
      sessions: this.sessions,
      catalog: this.catalog,
      reader: options.reader,
      now,
      imported: (changes) => (this.#deriving = this.#followImport(changes)),
    });
    this.views = new DueViews(this.imports, this.catalog);
    this.trees = new SessionTrees({
      catalog: this.catalog,
      row: (sessionId) => this.sessions.row(sessionId),
      journal: (row) => this.sessions.journalOf(row),
    });
    this.transcripts = new TranscriptWriter({
      storage,
      user,
      row: (sessionId) => this.sessions.row(sessionId),
      journal: (row) => this.sessions.journalOf(row),
    });
    this.mirrors = createMirrorWriter(storage, user);
    this.context = {
      userId: user.userId,
      user,
      storage,
      catalog: this.catalog,
      sessions: this.sessions,
      imports: this.imports,
      trees: this.trees,
      shown: this.shown,
      feed: this.feed,
      search: new UserSearch({ ...options, catalog: this.catalog, feed: this.feed }),
      purging: this.#purging(),
      retirement: { isOver: false },
      now,
    };
    this.handle = new UserHandle(this.context);
  }

  /** Cleans up after a crash, makes what must always exist, and brings the catalog up to the log. */
  async start(replayed: readonly LoggedGroup[], lastSeq: number): Promise<void> {
    this.#homes = this.#homesFromConfiguration();
    this.views.start(listRuntimes(this.#options.storage.configuration, this.context.userId, { all: true }));
    await this.imports.recover();
    try {
      await this.#bringUp(replayed, lastSeq);
    } catch (error) {
      if (!isChattyError(error, "CATALOG_DAMAGED")) throw error;
      await this.rebuildCatalog();
      await this.#bringUp(replayed, lastSeq);
    }
    if (!this.catalog.viewsDone) this.#schedule();
  }

  async #bringUp(replayed: readonly LoggedGroup[], lastSeq: number): Promise<void> {
    this.#isBehind = true;
    await finishPurges(this.context.purging);
    this.#isBehind = false;
    const prefix = `${layout.user(this.#options.user)}/instances/`;
    await this.#catchUp(replayed, lastSeq, prefix);
    this.#touchUnsettled(lastSeq);
    // A folder that is younger than the last checkpoint may have gone with a power cut, and its mirrors with it; the replay made it again.
    for (const sessionId of replayedChanges(replayed, -1, prefix).sessions.keys()) this.#touch(sessionId);
    if (await recoverMapping(this.context)) this.refreshFlags();
  }

  /**
   * Brings derived files up to date: transcripts, mirrors and the catalog all of them, readable views of imports as many as fit
   * into the time. What is left is written while a process goes on owning the vault, or by a rebuild.
   * @param viewsMs milliseconds for readable views; none when absent.
   */
  async settle(viewsMs = 0): Promise<void> {
    const settling = this.#settle(viewsMs);
    this.#settling.add(settling);
    try {
      await settling;
    } finally {
      this.#settling.delete(settling);
    }
  }

  async #settle(viewsMs: number): Promise<void> {
    this.#timer.stop();
    try {
      // An import derives what it changed itself; only what it did not come to is derived here.
      await this.#deriving.catch(() => undefined);
      await this.#settleFiles();
      if (viewsMs > 0 && this.#areViewsDue()) await this.views.write(viewsMs);
    } finally {
      // The timer that was just stopped may have been the one that writes views.
      if (this.#areViewsDue()) this.#schedule();
    }
  }

  async #settleFiles(): Promise<void> {
    if (this.context.purging.isUnfinished === true) await finishPurges(this.context.purging);
    if (this.catalog.isUnfinished) await this.rebuildCatalog().then(() => this.#touchUnsettled());
    for (const runtimeId of this.#owedRuntimes) await this.deriveImported(runtimeId);
    for (const sessionId of [...this.#changed]) this.settleSession(sessionId);
    this.settleMirrors();
    this.flushCatalog();
    if (this.#changed.size === 0) this.catalog.settled = this.#options.storage.log.seq;
  }

  /** Brings the user's own mirrors up to date, if they are due. */
  settleMirrors(): void {
    if (this.#indexDue) this.mirrors.writeIndex(this.catalog.natives());
    this.#indexDue = false;
    if (this.#userDue) this.mirrors.writeUser();
    this.#userDue = false;
  }

  /** Brings the derived files of one session up to date, if it changed. */
  settleSession(sessionId: SessionId): void {
    if (!this.#changed.delete(sessionId)) return;
    const row = this.sessions.row(sessionId);
    // A damaged journal keeps the transcript that it has: `verify` tells, and nothing is written over.
    if (row === undefined || this.sessions.damage(sessionId) !== undefined) return;
    try {
      this.transcripts.update(sessionId);
      this.mirrors.writeSession(row);
    } catch (error) {
      this.#changed.add(sessionId);
      throw error;
    }
  }

  /** Writes what waits in the catalog and, when nothing is owed to it and no start is still to bring it up, how far it has come. */
  flushCatalog(): void {
    if (this.#owedRuntimes.size === 0 && !this.catalog.isUnfinished && !this.#isBehind)
      this.catalog.reached(this.#options.storage.log.seq);
    try {
      this.catalog.flush();
    } catch (error) {
      // It is derived, and must not keep the log from being emptied: the next start finds it damaged or behind.
      if (!isChattyError(error, "CATALOG_DAMAGED")) throw error;
    }
  }

  /** As {@link UserSpace.settle}, for the last time; the readable views of a small import are written with it. */
  async settleForGood(): Promise<void> {
    this.#closing = true;
    this.views.stop();
    this.#timer.stop();
    await Promise.allSettled([...this.#settling]);
    await this.#deriving.catch(() => undefined);
    await this.#settleFiles();
    if (this.#options.reader !== undefined) await this.views.writeForGood(viewsOnCloseMs);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#timer.stop();
    await this.context.search.close().finally(() => this.catalog.close());
  }

  /** Lets nobody do anything any more, waits for what is under way, and closes; nothing is written. */
  async retire(): Promise<void> {
    this.context.retirement.isOver = true;
    this.#closing = true;
    this.views.stop();
    this.#timer.stop();
    await Promise.allSettled([...this.#settling, this.#deriving]);
    // Behind an import that is under way.
    await this.imports.recover();
    this.sessions.forget();
    await this.close();
  }

  /** Derives the rows of what an import changed, in slices. */
  async #followImport({ sessions, runtimeIds }: ImportChanges): Promise<void> {
    this.views.oweImport(sessions);
    const turn = new Turn();
    for (const sessionId of sessions) {
      const row = this.imports.catalogRow(sessionId);
      if (row !== undefined) this.catalog.putSession(row);
      else if (this.catalog.session(sessionId)?.imported === true) this.catalog.removeSession(sessionId);
      if (!turn.isOver()) continue;
      // Not all at the end: writing thousands of rows at once takes long, too.
      this.catalog.flush();
      await turn.next();
    }
    this.catalog.flush();
    // A file that was missing may be there now, which no revision tells.
    this.shown.forget();
    for (const runtimeId of runtimeIds) {
      this.#owedRuntimes.delete(runtimeId);
      this.feed.tell({ kind: "sessions", runtimeId });
      this.feed.tell({ kind: "runtime", runtimeId });
    }
  }

  /** Makes the imported rows of a runtime again from its references and overlays. */
  async deriveImported(runtimeId: RuntimeId): Promise<void> {
    this.#owedRuntimes.add(runtimeId);
    const stars = listStars(this.#options.storage.configuration, this.context.userId);
    this.catalog.removeImported(runtimeId);
    for (const row of this.imports.catalogRows(runtimeId)) {
      this.catalog.putSession({ ...row, starred: stars.has(row.sessionId) });
    }
    this.catalog.flush();
    this.#owedRuntimes.delete(runtimeId);
    this.#viewsChanged();
  }

  /** Makes the rows of every imported session again. */
  async deriveAllImported(): Promise<void> {
    const { configuration } = this.#options.storage;
    for (const runtime of listRuntimes(configuration, this.context.userId, { all: true })) {
      if (runtime.kind === "imported") await this.deriveImported(runtime.runtimeId);
    }
  }

  /** Derives the whole catalog again from journals, references and configuration. @returns rows made. */
  async rebuildCatalog(): Promise<number> {
    this.catalog.isUnfinished = true;
    try {
      return await deriveCatalog(this, this.#options.storage);
    } catch (error) {
      this.#schedule();
      if (isChattyError(error, "CATALOG_DAMAGED")) throw error;
      // What failed once may have been over in a moment, and lists by halves are worth another try.
      return await deriveCatalog(this, this.#options.storage);
    }
  }

  /** Has the lists made again at the next occasion: something in them could not follow a change. */
  deriveAgain(): void {
    this.catalog.isUnfinished = true;
    this.#schedule();
  }

  /** Folders of native sessions as they lie on disk. Names that are no ids are none of Chatty's. */
  sessionFolders(): Generator<{ constructId: ConstructId; sessionId: SessionId }> {
    return sessionFolders(this.#options.storage, this.#options.user);
  }

  /** Puts homes and stars of the configuration into the rows. */
  refreshFlags(): void {
    const homes = new Set(this.#homesFromConfiguration().values());
    for (const sessionId of refreshFlags(this.context, homes)) this.#touch(sessionId);
  }

  #areViewsDue(): boolean {
    return !this.#closing && !this.catalog.viewsDone && this.#options.reader !== undefined;
  }

  async #catchUp(replayed: readonly LoggedGroup[], lastSeq: number, prefix: string): Promise<void> {
    const known = this.catalog.commit;
    if (known === lastSeq) return;
    const firstReplayed = replayed[0]?.seq ?? lastSeq + 1;
    if (known > lastSeq || known < firstReplayed - 1) {
      await this.rebuildCatalog();
      return;
    }
    const { sessions, tables } = replayedChanges(replayed, known, prefix);
    const { storage, user } = this.#options;
    for (const [sessionId, constructId] of sessions) {
      // What was replayed may be gone by now: a purge that was cut short is finished before this.
      const journal = absolutePath(storage.root, layout.journal(user, constructId, sessionId));
      if (storage.files.status(journal) === undefined) continue;
      this.sessions.adopt(constructId, sessionId);
      this.#touch(sessionId);
    }
    if (["imports", "overlays", "runtimes"].some((table) => tables.has(table))) {
      await this.deriveAllImported();
    }
    if (tables.size > 0) this.refreshFlags();
    this.flushCatalog();
  }

  /** Finds the sessions whose transcripts or mirrors a process that died did not write any more. */
  #touchUnsettled(lastSeq = this.#options.storage.log.seq): void {
    if (this.catalog.settled === lastSeq) return;
    const { storage, user } = this.#options;
    // The index is written last, so that it never says more than the folders.
    const outdated = this.mirrors.outdated(this.catalog.natives());
    for (const row of this.catalog.natives()) {
      const known = getTranscript(storage.configuration, user.userId, row.sessionId);
      if (known?.journalLength !== row.journalLength || outdated.has(row.sessionId)) {
        this.#touch(row.sessionId);
      }
    }
    this.#indexDue = true;
    this.#schedule();
  }

  /** Follows a change of the configuration that is now in force. */
  #reflect(change: ConfigurationChange): void {
    const row = "put" in change ? change.row : change.key;
    const sessionId = String(row["session_id"]) as SessionId;
    tellConfigured(this.feed, this.#options.storage.configuration, change);
    switch ("put" in change ? change.put : change.delete) {
      case "homes":
        this.#moveHome(String(row["runtime_id"]) as RuntimeId, "put" in change ? sessionId : undefined);
        break;
      case "stars":
        this.#flag(sessionId, { starred: "put" in change });
        break;
      case "overlays":
        this.#deriveOverlaid(sessionId);
        this.#viewsChanged([sessionId]);
        this.views.owe(sessionId);
        break;
      case "runtimes":
        if (!this.views.followRuntime(row)) break;
        this.feed.tell({ kind: "sessions", runtimeId: String(row["runtime_id"]) as RuntimeId });
        this.#schedule();
        break;
      case "imports":
        // Which sessions changed is told when the import is over.
        if (typeof row["runtime_id"] === "string") this.#owedRuntimes.add(row["runtime_id"] as RuntimeId);
        this.#viewsChanged([]);
        break;
      case "users":
      case "gpts":
        this.#userDue = true;
        this.#schedule();
        break;
      default:
        break;
    }
  }

  #moveHome(runtimeId: RuntimeId, sessionId: SessionId | undefined): void {
    const former = this.#homes.get(runtimeId);
    if (former !== undefined && former !== sessionId) this.#flag(former, { home: false });
    if (sessionId === undefined) {
      this.#homes.delete(runtimeId);
      return;
    }
    this.#homes.set(runtimeId, sessionId);
    this.#flag(sessionId, { home: true });
  }

  #flag(sessionId: SessionId, flags: Partial<Pick<CatalogSession, "home" | "starred">>): void {
    const row = this.catalog.session(sessionId);
    if (row === undefined) return;
    if (row.imported) this.catalog.putSession({ ...row, ...flags });
    else this.sessions.flag(sessionId, flags);
    this.#touch(sessionId);
    this.feed.tell({ kind: "session", sessionId });
  }

  #deriveOverlaid(sessionId: SessionId): void {
    const row = this.imports.catalogRow(sessionId);
    const before = this.catalog.session(sessionId);
    if (row !== undefined) this.catalog.putSession({ ...row, starred: before?.starred ?? false });
  }

  #viewsChanged(sessions?: Iterable<SessionId>): void {
    this.views.invalidate(sessions);
    this.#schedule();
  }

  #touch(sessionId: SessionId): void {
    this.#changed.add(sessionId);
    this.#indexDue = true;
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#closing) this.#timer.touch();
  }

  #purging(): PurgeContext {
    const { storage, user } = this.#options;
    const { catalog, transcripts } = this;
    const forget = (gone: readonly SessionId[]): void => {
      for (const sessionId of gone) this.#changed.delete(sessionId);
      this.sessions.forget();
      this.trees.forget();
      this.shown.forget();
      this.#homes = this.#homesFromConfiguration();
      for (const sessionId of gone) this.feed.tell({ kind: "session_removed", sessionId });
    };
    const imports = {
      rebuildReferences: () => this.imports.rebuildReferences(),
      invalidateViews: () => this.#viewsChanged(),
    };
    const settleIndex = (): void => {
      this.#indexDue = true;
      // While a start is not over, nobody knows yet which folders are behind.
      if (this.#isBehind) return;
      for (const sessionId of [...this.#changed]) this.settleSession(sessionId);
      this.settleMirrors();
    };
    const search = () => this.context.search;
    return { storage, user, catalog, transcripts, imports, search, forget, settleIndex };
  }

  #homesFromConfiguration(): Map<RuntimeId, SessionId> {
    const homes = listHomes(this.#options.storage.configuration, this.#options.user.userId);
    return new Map([...homes].map(([runtimeId, home]) => [runtimeId, home.sessionId]));
  }
}
