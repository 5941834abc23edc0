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
import { listRuntimes } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import type { ImportContext } from "./import-context.ts";
import { filesHeld, firstImportedAt, partView, readMerged, shownVersions } from "./imported-conversation.ts";
import type { MergedConversation } from "./imported-conversation.ts";
import { joinedRoot } from "./import-target.ts";
import { renderReadableView } from "./readable-view.ts";
import { importedSessionIds } from "./session-pages.ts";
import { viewPaths } from "./view-names.ts";
import type { ViewSubject } from "./view-names.ts";

/** Bump when the same conversation gives another text. */
const viewFormat = 2;
/** Conversations looked at between two turns of the event loop. */
const turnSessions = 64;

/** How much of the readable tree is to be written now. */
export interface WriteViewsOptions {
  signal?: AbortSignal;
  /** Files at most; all when absent. */
  budget?: number;
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

/** Keeps the readable Markdown files of a user's imports. They are derived: nothing reads them but people. */
export class ViewWriter {
  readonly #context: ImportContext;
  #queue: PlannedView[] | undefined;
  #obsolete: SessionId[] = [];

  constructor(context: ImportContext) {
    this.#context = context;
  }

  /** Says that imports or overlays changed, so that the next slice looks again. */
  invalidate(): void {
    this.#queue = undefined;
  }

  /** Files that are to be written or removed. */
  async pending(): Promise<number> {
    const queue = await this.#planned();
    return queue.length + this.#obsolete.length;
  }

  /** Writes some of what is to be written; calling it again goes on, also after a crash. */
  async write(options: WriteViewsOptions = {}): Promise<WrittenViews> {
    const budget = options.budget ?? Number.POSITIVE_INFINITY;
    const queue = await this.#planned();
    const result: WrittenViews = { written: 0, removed: 0, pending: 0 };
    while (result.written + result.removed < budget && options.signal?.aborted !== true) {
      const gone = this.#obsolete.shift();
      if (gone !== undefined) {
        this.#remove(gone);
        result.removed += 1;
        continue;
      }
      const next = queue.shift();
      if (next === undefined) break;
      await this.#writeOne(next);
      result.written += 1;
      await nextTurn();
    }
    result.pending = queue.length + this.#obsolete.length;
    if (result.pending === 0) this.#queue = undefined;
    return result;
  }

  /** Makes every view again and compares it with what was there. */
  async rebuild(): Promise<RebuiltViews> {
    const { storage, user } = this.#context;
    const result: RebuiltViews = { views: 0, differences: [] };
    this.#queue = undefined;
    const all = await this.#plan();
    for (const sessionId of this.#obsolete.splice(0)) this.#remove(sessionId);
    for (const view of all) {
      const known = getImportView(storage.configuration, user.userId, view.sessionId);
      const isFresh = known?.path === view.path && known.sourceSha256 === view.sourceSha256;
      const text = await this.#text(view);
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

  async #planned(): Promise<PlannedView[]> {
    if (this.#queue !== undefined) return this.#queue;
    const { storage, user } = this.#context;
    const all = await this.#plan();
    this.#queue = all.filter((view) => {
      const known = getImportView(storage.configuration, user.userId, view.sessionId);
      return known?.path !== view.path || known.sourceSha256 !== view.sourceSha256;
    });
    return this.#queue;
  }

  /** Every view that should be there. What should not is left in `#obsolete`. */
  async #plan(): Promise<PlannedView[]> {
    const { storage, user } = this.#context;
    const { configuration } = storage;
    const subjects: (ViewSubject & { sessionId: SessionId; runtime: RuntimeRecord })[] = [];
    const digests: Sha256[] = [];
    let looked = 0;
    for (const runtime of listRuntimes(configuration, user.userId, { all: true })) {
      if (runtime.kind !== "imported" || joinedRoot(this.#context, runtime).deletedAt !== undefined) continue;
      for (const sessionId of importedSessionIds(configuration, user.userId, runtime.runtimeId)) {
        looked += 1;
        if (looked % turnSessions === 0) await nextTurn();
        const newest = newestReference(configuration, user.userId, sessionId);
        if (newest?.runtimeId !== runtime.runtimeId) continue;
        if (getOverlay(configuration, user.userId, sessionId)?.deletedAt !== undefined) continue;
        subjects.push({
          sessionId,
          runtime,
          constructId: runtime.constructId,
          sourceId: newest.sourceId ?? "",
          ...(newest.title === undefined ? {} : { title: newest.title }),
          ...(newest.createdAt === undefined ? {} : { createdAt: newest.createdAt }),
        });
        digests.push(this.#digest(sessionId, runtime));
      }
    }
    const paths = viewPaths(subjects);
    const wanted = new Set(subjects.map(({ sessionId }) => sessionId));
    this.#obsolete = listImportViews(configuration, user.userId)
      .map(({ sessionId }) => sessionId)
      .filter((sessionId) => !wanted.has(sessionId));
    return subjects.map(({ sessionId, runtime }, index) => ({
      sessionId,
      runtime,
      path: `${layout.views(user)}/${paths[index] ?? ""}`,
      sourceSha256: digests[index] as Sha256,
    }));
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
    replaceFile(files, path, text);
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
