import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SessionId, Sha256, SourceConversation } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";
import { editedTranscriptName } from "../journal/transcript-name.ts";
import {
  deleteImportView,
  getImportView,
  importViewAtPath,
  listImportViews,
  putImportView,
} from "../workspace/import-views.ts";
import { getOverlay } from "../workspace/overlays.ts";
import { newestReference } from "../workspace/references.ts";
import { getRuntime, listRuntimes } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import type { ImportContext } from "./import-context.ts";
import { filesHeld, firstImportedAt, partView, readMerged, shownVersions } from "./imported-conversation.ts";
import type { MergedConversation } from "./imported-conversation.ts";
import { joinedRoot } from "./import-target.ts";
import { renderReadableView } from "./readable-view.ts";
import { importedSessionIds, sessionsOfMonth } from "./session-pages.ts";
import { Turn } from "./turn.ts";
import { viewFolder, viewPaths, viewStem } from "./view-names.ts";
import type { ViewSubject } from "./view-names.ts";

/** Bump when the same conversation gives another text. */
const viewFormat = 2;

/** So many sessions are named at once that looking at all is quicker. */
const manySessions = 1000;

/** How much of the readable tree is to be written now. */
export interface WriteViewsOptions {
  signal?: AbortSignal;
  /** Files at most; all when absent. */
  budget?: number;
  /** Writes the views of these sessions alone, and counts no others. */
  only?: ReadonlySet<SessionId>;
  /** Gives up looking at all sessions at this time of `performance.now()`. */
  until?: number;
}

/** What a slice of the writing did. */
export interface WrittenViews {
  written: number;
  removed: number;
  /** Files that are still to be written or removed. */
  pending: number;
}

/** What making every view again gave. */
export interface RebuiltViews {
  views: number;
  /** Relative paths of files that differed from what was written. */
  differences: string[];
}

interface PlannedView {
  sessionId: SessionId;
  runtime: RuntimeRecord;
  /** Relative path inside the vault. */
  path: string;
  /** Of everything that the text is made of. */
  sourceSha256: Sha256;
}

/** A conversation that gets a view, with what that depends on. */
interface Subject extends ViewSubject {
  sessionId: SessionId;
  runtime: RuntimeRecord;
}

/** Keeps the readable Markdown files of a user's imports. They are derived: nothing reads them but people. */
export class ViewWriter {
  readonly #context: ImportContext;
  /** Views that are to be written. */
  readonly #queue = new Map<SessionId, PlannedView>();
  /** Sessions whose views are to be removed. */
  readonly #obsolete = new Set<SessionId>();
  /** Sessions that are to be looked at. */
  readonly #dirty = new Set<SessionId>();
  /** Whether all sessions are to be looked at. */
  #allDue = true;

  constructor(context: ImportContext) {
    this.#context = context;
  }

  /** Says that imports or overlays changed, so that the next slice looks again: at these sessions, or at all. */
  invalidate(sessions?: Iterable<SessionId>): void {
    if (sessions === undefined) this.#allDue = true;
    else for (const sessionId of sessions) this.#dirty.add(sessionId);
    if (this.#dirty.size > manySessions) this.#allDue = true;
  }

  /** Says that nothing is due but what is told from now on. */
  trust(): void {
    this.#allDue = false;
  }

  /** Files that are to be written or removed. */
  async pending(): Promise<number> {
    await this.#look({});
    return this.#queue.size + this.#obsolete.size;
  }

  /** Writes some of what is to be written; calling it again goes on, also after a crash. */
  async write(options: WriteViewsOptions = {}): Promise<WrittenViews> {
    const budget = options.budget ?? Number.POSITIVE_INFINITY;
    const isWanted = (sessionId: SessionId): boolean => options.only?.has(sessionId) ?? true;
    await this.#look(options);
    const result: WrittenViews = { written: 0, removed: 0, pending: 0 };
    for (const sessionId of this.#obsolete) {
      if (result.removed >= budget || options.signal?.aborted === true) break;
      if (!isWanted(sessionId)) continue;
      this.#obsolete.delete(sessionId);
      this.#remove(sessionId);
      result.removed += 1;
    }
    for (const [sessionId, view] of this.#queue) {
      if (result.written + result.removed >= budget || options.signal?.aborted === true) break;
      if (!isWanted(sessionId)) continue;
      this.#queue.delete(sessionId);
      await this.#writeOne(view);
      result.written += 1;
      await nextTurn();
    }
    // What was invalidated meanwhile, or not looked at, is still to do.
    const { only } = options;
    if (only === undefined) {
      result.pending = this.#queue.size + this.#obsolete.size + this.#dirty.size + (this.#allDue ? 1 : 0);
    } else {
      for (const sessionId of only) {
        const places = [this.#queue, this.#obsolete, this.#dirty];
        if (places.some((sessions) => sessions.has(sessionId))) result.pending += 1;
      }
    }
    return result;
  }

  /** Makes every view again and compares it with what was there. */
  async rebuild(): Promise<RebuiltViews> {
    const { storage, user } = this.#context;
    const result: RebuiltViews = { views: 0, differences: [] };
    const all = await this.#planAll();
    for (const sessionId of this.#obsolete) this.#remove(sessionId);
    this.#obsolete.clear();
    for (const view of all) {
      const known = getImportView(storage.configuration, user.userId, view.sessionId);
      const isFresh = known?.path === view.path && known.sourceSha256 === view.sourceSha256;
      const text = await this.#text(view);
      this.#queue.delete(view.sessionId);
      result.views += 1;
      if (text === undefined) continue;
      const there = readWholeFile(storage.files, absolutePath(storage.root, view.path));
      // A view that was not written yet, or is due anyway, differs from nothing; one that is gone is held against its hash.
      const isSame = there === undefined ? known?.sha256 === sha256Of(text) : there.equals(text);
      if (isFresh && !isSame) result.differences.push(view.path);
      this.#put(view, text);
      await nextTurn();
    }
    return result;
  }

  /** Finds out what is to be written and removed, as far as that is not known. */
  async #look({ only, until }: WriteViewsOptions): Promise<void> {
    if (this.#allDue && only === undefined) await this.#planAll(until);
    else if (this.#dirty.size > 0) await this.#planDirty(only);
  }

  /** Looks at every session. @returns every view that should be there. What should not is left in `#obsolete`. */
  async #planAll(until = Number.POSITIVE_INFINITY): Promise<PlannedView[]> {
    const { storage, user } = this.#context;
    const { configuration } = storage;
    // What is invalidated from here on is looked at once more.
    const dirty = [...this.#dirty];
    this.#allDue = false;
    this.#dirty.clear();
    const subjects: Subject[] = [];
    const digests: Sha256[] = [];
    const turn = new Turn();
    for (const runtime of listRuntimes(configuration, user.userId, { all: true })) {
      if (!this.#isShown(runtime)) continue;
      for (const sessionId of importedSessionIds(configuration, user.userId, runtime.runtimeId)) {
        if (turn.isOver()) await turn.next();
        if (performance.now() > until) {
          this.#allDue = true;
          this.invalidate(dirty);
          return [];
        }
        const subject = this.#subject(sessionId, runtime);
        if (subject === undefined) continue;
        subjects.push(subject);
        digests.push(this.#digest(sessionId, runtime));
      }
    }
    const paths = viewPaths(subjects);
    const all = subjects.map((subject, index) =>
      this.#planned(subject, paths[index] ?? "", digests[index] as Sha256),
    );
    this.#queue.clear();
    for (const view of all) {
      if (turn.isOver()) await turn.next();
      this.#enqueue(view);
    }
    const wanted = new Set(subjects.map(({ sessionId }) => sessionId));
    this.#obsolete.clear();
    for (const { sessionId } of listImportViews(configuration, user.userId)) {
      if (!wanted.has(sessionId)) this.#obsolete.add(sessionId);
    }
    return all;
  }

  /** Looks at the sessions that were named, and, where one comes, goes or moves, at the names in its folder. */
  async #planDirty(only: ReadonlySet<SessionId> = this.#dirty): Promise<void> {
    const { storage, user } = this.#context;
    const { configuration } = storage;
    const dirty = [...only].filter((sessionId) => this.#dirty.has(sessionId));
    for (const sessionId of dirty) this.#dirty.delete(sessionId);
    const folders = new Set<string>();
    const turn = new Turn();
    for (const sessionId of dirty) {
      if (turn.isOver()) await turn.next();
      const known = getImportView(configuration, user.userId, sessionId);
      const subject = this.#subject(sessionId);
      const former =
        known === undefined ? undefined : dirname(known.path).slice(layout.views(user).length + 1);
      const isMoving = this.#queue.has(sessionId) && this.#queue.get(sessionId)?.path !== known?.path;
      this.#queue.delete(sessionId);
      this.#obsolete.delete(sessionId);
      if (subject === undefined) {
        if (known === undefined || former === undefined) continue;
        this.#obsolete.add(sessionId);
        folders.add(former);
        continue;
      }
      const folder = viewFolder(subject);
      if (!isMoving && known !== undefined && former === folder && isNameOf(known.path, subject)) {
        const digest = this.#digest(sessionId, subject.runtime);
        this.#enqueue({ sessionId, runtime: subject.runtime, path: known.path, sourceSha256: digest });
        continue;
      }
      if (former !== undefined) folders.add(former);
      folders.add(folder);
    }
    for (const folder of folders) await this.#planFolder(folder);
  }

  /** Gives the conversations of one folder their names. */
  async #planFolder(folder: string): Promise<void> {
    const { storage, user } = this.#context;
    const { configuration } = storage;
    const subjects: Subject[] = [];
    const turn = new Turn();
    const [constructId] = folder.split("/");
    for (const runtime of listRuntimes(configuration, user.userId, { all: true })) {
      if (runtime.constructId !== constructId || !this.#isShown(runtime)) continue;
      for (const sessionId of sessionsOfMonth(configuration, user.userId, runtime.runtimeId, folder)) {
        if (turn.isOver()) await turn.next();
        const subject = this.#subject(sessionId, runtime);
        if (subject !== undefined && viewFolder(subject) === folder) subjects.push(subject);
      }
    }
    const paths = viewPaths(subjects);
    for (const [index, subject] of subjects.entries()) {
      const { sessionId, runtime } = subject;
      if (turn.isOver()) await turn.next();
      this.#enqueue(this.#planned(subject, paths[index] ?? "", this.#digest(sessionId, runtime)));
    }
  }

  #planned({ sessionId, runtime }: Subject, path: string, sourceSha256: Sha256): PlannedView {
    return { sessionId, runtime, path: `${layout.views(this.#context.user)}/${path}`, sourceSha256 };
  }

  /** Puts a view into the queue, unless it is written as it should be. */
  #enqueue(view: PlannedView): void {
    const { storage, user } = this.#context;
    const known = getImportView(storage.configuration, user.userId, view.sessionId);
    if (known?.path === view.path && known.sourceSha256 === view.sourceSha256) {
      this.#queue.delete(view.sessionId);
    } else this.#queue.set(view.sessionId, view);
  }

  #isShown(runtime: RuntimeRecord): boolean {
    return runtime.kind === "imported" && joinedRoot(this.#context, runtime).deletedAt === undefined;
  }

  /** A session as a view shows it; undefined for one that gets none. @param of leaves out those of other runtimes */
  #subject(sessionId: SessionId, of?: RuntimeRecord): Subject | undefined {
    const { storage, user } = this.#context;
    const { configuration } = storage;
    const newest = newestReference(configuration, user.userId, sessionId);
    if (newest === undefined || (of !== undefined && newest.runtimeId !== of.runtimeId)) return undefined;
    const runtime = of ?? getRuntime(configuration, user.userId, newest.runtimeId);
    if (runtime === undefined || (of === undefined && !this.#isShown(runtime))) return undefined;
    if (getOverlay(configuration, user.userId, sessionId)?.deletedAt !== undefined) return undefined;
    return {
      sessionId,
      runtime,
      constructId: runtime.constructId,
      sourceId: newest.sourceId ?? "",
      ...(newest.title === undefined ? {} : { title: newest.title }),
      ...(newest.createdAt === undefined ? {} : { createdAt: newest.createdAt }),
    };
  }

  #digest(sessionId: SessionId, runtime: RuntimeRecord): Sha256 {
    const versions = shownVersions(this.#context, sessionId);
    const facts = [
      viewFormat,
      this.#context.reader?.version,
      runtime.runtimeId,
      runtime.constructId,
      [...new Set(versions.map(({ rawSha256 }) => rawSha256))],
      firstImportedAt(this.#context, versions),
      [...filesHeld(this.#context, sessionId, versions)].sort(),
    ];
    return sha256Of(JSON.stringify(facts));
  }

  async #writeOne(view: PlannedView): Promise<void> {
    const text = await this.#text(view);
    if (text !== undefined) this.#put(view, text);
  }

  /** Undefined for a conversation that cannot be read; `verify` tells about that. */
  async #text(view: PlannedView): Promise<Buffer | undefined> {
    try {
      const merged = await readMerged(this.#context, view.sessionId);
      const { runtimeId, constructId } = view.runtime;
      const text = renderReadableView({
        source: merged.source,
        importedAt: merged.importedAt,
        runtimeId,
        constructId,
        sessionId: view.sessionId,
        conversation: withFiles(merged),
      });
      return Buffer.from(text, "utf8");
    } catch (error) {
      if (isChattyError(error)) return undefined;
      throw error;
    }
  }

  #put(view: PlannedView, text: Buffer): void {
    const { storage, user } = this.#context;
    const { configuration, files, root } = storage;
    const path = absolutePath(root, view.path);
    this.#setEditedAside(view.path, text);
    replaceFile(files, path, text, { temporaryIn: root });
    const known = getImportView(configuration, user.userId, view.sessionId);
    configuration.transaction((writer) => {
      const { sessionId, sourceSha256 } = view;
      putImportView(writer, user.userId, {
        sessionId,
        path: view.path,
        sha256: sha256Of(text),
        sourceSha256,
      });
    });
    if (known !== undefined && known.path !== view.path) this.#removeFile(known.path);
  }

  #remove(sessionId: SessionId): void {
    const { storage, user } = this.#context;
    const known = getImportView(storage.configuration, user.userId, sessionId);
    if (known === undefined) return;
    storage.configuration.transaction((writer) => deleteImportView(writer, user.userId, sessionId));
    this.#removeFile(known.path);
  }

  /** Removes a file that no view has any more, and folders that are empty after it. */
  #removeFile(path: string): void {
    const { storage, user } = this.#context;
    const { files, root } = storage;
    // Another conversation may have taken the name over.
    if (importViewAtPath(storage.configuration, user.userId, path) !== undefined) return;
    files.remove(absolutePath(root, path));
    const top = absolutePath(root, layout.views(user));
    for (let at = dirname(absolutePath(root, path)); at !== top && at.startsWith(top); at = dirname(at)) {
      if (files.list(at).length > 0) break;
      files.removeDirectory(at);
    }
  }

  /** A file that is neither what was written there nor what will be is a person's, and is kept beside it. */
  #setEditedAside(path: string, text: Buffer): void {
    const { storage, user } = this.#context;
    const { files, root } = storage;
    const absolute = absolutePath(root, path);
    const there = readWholeFile(files, absolute);
    if (there === undefined || there.equals(text)) return;
    if (importViewAtPath(storage.configuration, user.userId, path)?.sha256 === sha256Of(there)) return;
    for (let count = 1; ; count += 1) {
      const aside = join(dirname(absolute), editedTranscriptName(basename(absolute), count));
      if (files.status(aside) !== undefined) continue;
      files.rename(absolute, aside);
      return;
    }
  }
}

/** True when a view lies under a name of its conversation's title, with or without a number. */
function isNameOf(path: string, { title = "" }: ViewSubject): boolean {
  const stem = viewStem(title);
  const name = basename(path, ".md");
  return name.startsWith(stem) && /^(?: \(\d+\))?$/.test(name.slice(stem.length));
}

/** The conversation with what only the archives know: which files they hold. */
function withFiles({ conversation, filesHeld: held }: MergedConversation): SourceConversation {
  return {
    ...conversation,
    nodes: conversation.nodes.map((node) => ({
      ...node,
      parts: node.parts.map((part) => partView(part, held)),
    })),
    attachments: conversation.attachments.map((file) =>
      held.has(file.fileId.toWellFormed()) ? { ...file, member: file.fileId } : file,
    ),
  };
}

function sha256Of(content: string | Uint8Array): Sha256 {
  return createHash("sha256").update(content).digest("hex") as Sha256;
}
