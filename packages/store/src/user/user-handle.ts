import type { JsonValue, MessageId, SessionId } from "@chatty/model";
import { ChattyError, createUuid, parseMessageId, parseSessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { checkRevision } from "../sessions/session-revision.ts";
import type { ImportView, Uploads } from "../uploads.ts";
import type { AttachmentDraft, ImportInput, UserVault } from "../user-vault.ts";
import type {
  ActiveSession,
  AppendResult,
  ChangeOptions,
  ConstructActionDraft,
  ConstructActionView,
  ConstructPatch,
  ConstructVersionView,
  ConstructView,
  Conversation,
  FoundFile,
  HomeSpan,
  ImportOptions,
  ImportReceipt,
  KnowledgeFileView,
  MessageDraft,
  MessageView,
  MessageWindow,
  OutlineView,
  Place,
  RuntimeView,
  SessionPage,
  SessionQuery,
  SessionView,
  StagedFile,
  TrashEntry,
  VaultChange,
  WindowQuery,
} from "../views.ts";
import { migrateLegacy } from "../legacy/migrate-legacy.ts";
import { activeSession, homesOf, keepActiveSession } from "./active-session.ts";
import { appendMessages, keepCheckpoint } from "./append-messages.ts";
import * as constructs from "./construct-changes.ts";
import { createUserMemory } from "../recall/user-memory.ts";
import { findNativeRow, findRow } from "./find-row.ts";
import { findFile, stageFile } from "./found-files.ts";
import { addKnowledgeFile, knowledgeFiles, removeKnowledgeFile } from "./knowledge.ts";
import { lineageOf } from "./lineage.ts";
import * as personal from "./personal.ts";
import * as runtimes from "./runtime-changes.ts";
import * as changes from "./session-changes.ts";
import { readSessionFile } from "./session-files.ts";
import { listMonths, listSessions } from "./session-list.ts";
import { sessionViewFromRow } from "./session-view.ts";
import { showSession, tailMessages } from "./show-session.ts";
import { emptyTrash, listTrash, purgeDeletedRuntime, purgeDeletedSession } from "./trash.ts";
import { Turns } from "./turns.ts";
import type { UserContext } from "./user-context.ts";
import { restoreWithConstruct, undoConstruct, undoRuntime } from "./undo-configuration.ts";
import type { Direction } from "./undo-configuration.ts";
import { readMessage, readOutline, readPathEnd, readWindow } from "./window/message-window.ts";

const chunkBytes = 1024 * 1024;

/** The only way to a user's data; see {@link UserVault}. */
export class UserHandle implements UserVault {
  readonly #held: UserContext;
  readonly #turns = new Turns();
  readonly memory: UserVault["memory"];
  constructor(context: UserContext) {
    this.#held = context;
    this.memory = createUserMemory(context);
  }

  get userId(): string {
    return this.#held.userId;
  }

  get #context(): UserContext {
    if (!this.#held.retirement.isOver) return this.#held;
    throw new ChattyError("USER_NOT_FOUND", `The account ${this.#held.userId} was erased.`, {
      hint: "Nothing of it is left.",
    });
  }

  runtimes(options: { deleted?: boolean } = {}): RuntimeView[] {
    return runtimes.runtimeViews(this.#context, options.deleted === true);
  }

  runtime(name: string): RuntimeView {
    return runtimes.runtimeView(this.#context, runtimes.findRuntime(this.#context, name));
  }

  async selectRuntime(name: string): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const runtime = runtimes.findLivingRuntime(this.#context, name);
      await runtimes.selectRuntime(this.#context, runtime, "user_action");
      return this.runtime(runtime.runtimeId);
    });
  }

  async renameRuntime(name: string, title: string): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const runtime = runtimes.findLivingRuntime(this.#context, name);
      await runtimes.editRuntime(this.#context, runtime, { name: title });
      return this.runtime(runtime.runtimeId);
    });
  }

  async deleteRuntime(name: string): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const runtime = runtimes.findRuntime(this.#context, name);
      if (runtime.deletedAt === undefined) await runtimes.deleteRuntime(this.#context, runtime);
      return this.runtime(runtime.runtimeId);
    });
  }

  async restoreRuntime(name: string): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const runtime = runtimes.findRuntime(this.#context, name);
      if (runtime.deletedAt !== undefined && !(await restoreWithConstruct(this.#context, runtime)))
        await runtimes.editRuntime(this.#context, runtime, { deletedAt: null });
      return this.runtime(runtime.runtimeId);
    });
  }

  async undoRuntime(name: string, direction: Direction = "undo"): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const { runtimeId } = runtimes.findUnjoined(this.#context, name);
      await undoRuntime(this.#context, runtimeId, direction);
      return this.runtime(runtimeId);
    });
  }

  async undoConstruct(name: string, direction: Direction = "undo"): Promise<ConstructView | undefined> {
    return await this.#turns.take(async () => {
      const constructId = await undoConstruct(this.#context, name, direction);
      const isThere = this.constructs().some((construct) => construct.constructId === constructId);
      return isThere ? this.construct(constructId) : undefined;
    });
  }

  async joinRuntime(name: string, into: string): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const target = runtimes.findLivingRuntime(this.#context, into);
      await runtimes.joinRuntime(this.#context, runtimes.findLivingRuntime(this.#context, name), target);
      return this.runtime(target.runtimeId);
    });
  }

  async setActiveSession(name: string): Promise<void> {
    await settled(() => {
      const row = this.#row(name);
      keepActiveSession(this.#context, row, runtimes.findRuntime(this.#context, row.runtimeId).runtimeId);
    });
  }

  activeSession(runtime?: string): ActiveSession {
    const name = runtime ?? runtimes.activeRuntime(this.#context);
    return activeSession(this.#context, runtimes.findRuntime(this.#context, name).runtimeId);
  }

  homes(runtime: string): HomeSpan[] {
    return homesOf(this.#context, runtimes.findRuntime(this.#context, runtime).runtimeId);
  }

  sessions(query: SessionQuery = {}): SessionPage {
    return listSessions(this.#context, query);
  }

  sessionMonths(runtime: string): ReturnType<UserVault["sessionMonths"]> {
    return listMonths(this.#context, runtime);
  }

  session(name: string): SessionView {
    return this.#view(this.#row(name));
  }

  resolveSession(name: string): SessionId {
    return this.#row(name).sessionId;
  }

  async createSession(
    options: { runtime?: string; title?: string; id?: SessionId } = {},
  ): Promise<SessionView> {
    return await this.#turns.take(async () => {
      const name = options.runtime ?? runtimes.activeRuntime(this.#context);
      const runtime = runtimes.findLivingRuntime(this.#context, name);
      const title = options.title ?? "New conversation";
      changes.checkTitle(title);
      const sessionId =
        options.id === undefined
          ? (createUuid(this.#context.now()) as SessionId)
          : parseSessionId(options.id);
      const { runtimeId, constructId } = runtime;
      await this.#context.sessions.commit([
        { kind: "create", session: { sessionId, runtimeId, constructId, title, source: "new_conversation" } },
      ]);
      return this.session(sessionId);
    });
  }

  async renameSession(name: string, title: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.renameSession(context, row, title));
  }

  async setHome(name: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.setHome(context, row));
  }

  async setStarred(name: string, starred: boolean, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.setStarred(context, row, starred));
  }

  async setArchived(name: string, archived: boolean, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.setArchived(context, row, archived));
  }

  async deleteSession(name: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.deleteSession(context, row));
  }

  async restoreSession(name: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.restoreSession(context, row));
  }

  async undo(name: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.undoSession(context, row));
  }

  async redo(name: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#changed(name, options, (context, row) => changes.redoSession(context, row));
  }

  async reviseMessage(
    name: string,
    id: MessageId,
    content: string,
    options: ChangeOptions = {},
  ): Promise<SessionView> {
    const messageId = parseMessageId(id);
    findNativeRow(this.#context, name);
    const present = await readMessage(this.#context, this.#row(name), messageId);
    return await this.#changed(name, options, (context, row) =>
      changes.reviseMessage(context, row, messageId, present, content),
    );
  }

  async setMessageDeleted(
    name: string,
    id: MessageId,
    deleted: boolean,
    options: ChangeOptions = {},
  ): Promise<SessionView> {
    const messageId = parseMessageId(id);
    findNativeRow(this.#context, name);
    return await this.#changed(name, options, (context, row) =>
      changes.setMessageDeleted(context, row, messageId, deleted),
    );
  }

  async forkSession(
    name: string,
    options: { at?: MessageId; runtime?: string; id?: SessionId } = {},
  ): Promise<SessionView> {
    const row = this.#row(name);
    const at = options.at === undefined ? undefined : parseMessageId(options.at);
    const path = await readPathEnd(this.#context, row, at);
    return this.session(await changes.forkSession(this.#context, row, path, options));
  }

  async purgeSession(name: string, options: ChangeOptions = {}): Promise<SessionView> {
    return await this.#turns.take(async () => {
      const row = this.#row(name);
      const view = this.#view(row);
      await purgeDeletedSession(this.#context, row, options);
      return view;
    });
  }

  async purgeRuntime(name: string): Promise<RuntimeView> {
    return await this.#turns.take(async () => {
      const runtime = runtimes.findRuntime(this.#context, name);
      const view = this.runtime(runtime.runtimeId);
      await purgeDeletedRuntime(this.#context, runtime);
      return view;
    });
  }

  readonly trash = (): TrashEntry[] => listTrash(this.#context);

  async emptyTrash(options: { at?: number } = {}): Promise<TrashEntry[]> {
    return await this.#turns.take(() => emptyTrash(this.#context, options.at ?? this.#context.now()));
  }

  async show(name: string, options: { at?: number } = {}): Promise<Conversation> {
    return await showSession(this.#context, this.#row(name), options);
  }

  async *raw(name: string, options: { at?: number } = {}): AsyncIterable<Uint8Array> {
    const row = this.#row(name);
    if (row.imported) {
      yield* this.#context.imports.raw(row.sessionId, options);
      return;
    }
    const journal = this.#context.sessions.journalOf(row);
    for (let at = 0; at < journal.length; at += chunkBytes) yield journal.read(at, chunkBytes);
  }

  async tail(name: string, limit: number): Promise<MessageView[]> {
    return await Promise.resolve(tailMessages(this.#context, findNativeRow(this.#context, name), limit));
  }

  async append(
    name: string,
    drafts: MessageDraft[],
    files: AttachmentDraft[] = [],
    options: ChangeOptions = {},
  ): Promise<AppendResult[]> {
    return await appendMessages(this.#context, name, drafts, files, options);
  }

  async checkpoint(name: string, draft: MessageDraft & { id: MessageId }): Promise<AppendResult> {
    return await keepCheckpoint(this.#context, name, draft);
  }

  async messages(name: string, query: WindowQuery = {}): Promise<MessageWindow> {
    return await readWindow(this.#context, this.#row(name), query);
  }

  async outline(name: string, through?: MessageId, options: { asOf?: number } = {}): Promise<OutlineView> {
    return await readOutline(this.#context, this.#row(name), through, options.asOf);
  }

  async message(name: string, id: MessageId): Promise<MessageView> {
    return await readMessage(this.#context, this.#row(name), id);
  }

  lineage(name: string): ReturnType<UserVault["lineage"]> {
    return lineageOf(this.#context, this.#row(name));
  }

  async stageFile(draft: AttachmentDraft): Promise<StagedFile> {
    return await stageFile(this.#context, draft);
  }

  async findFile(fileId: string): Promise<FoundFile> {
    return await Promise.resolve(findFile(this.#context, fileId));
  }

  async import(input: ImportInput, options: ImportOptions = {}): Promise<ImportReceipt> {
    return await this.#context.imports.run(input, options);
  }

  readonly migrateLegacy: UserVault["migrateLegacy"] = (path, reader, options = {}) =>
    migrateLegacy(this.#context, path, reader, options, (work) => this.#turns.take(work));

  get uploads(): Uploads {
    return this.#context.imports.uploads;
  }

  readonly imports = (): ImportView[] => this.#context.imports.finished();

  async addKnowledgeFile(construct: string, draft: AttachmentDraft): Promise<KnowledgeFileView> {
    return await this.#turns.take(() => addKnowledgeFile(this.#context, construct, draft));
  }

  knowledgeFiles(construct: string): KnowledgeFileView[] {
    return knowledgeFiles(this.#context, construct);
  }

  async removeKnowledgeFile(construct: string, fileId: string): Promise<void> {
    await this.#turns.take(() => removeKnowledgeFile(this.#context, construct, fileId));
  }

  readonly constructs = (): ConstructView[] => constructs.constructViews(this.#context);

  construct(name: string): ConstructView {
    return constructs.constructView(this.#context, constructs.findConstruct(this.#context, name));
  }

  async createConstruct(
    draft: ConstructPatch & { name: string; constructId?: string },
    options: { runtime?: boolean } = {},
  ): Promise<ConstructView> {
    return await this.#turns.take(async () =>
      this.construct(await constructs.makeConstruct(this.#context, draft, options.runtime !== false)),
    );
  }

  async updateConstruct(
    name: string,
    patch: ConstructPatch,
    options: ChangeOptions = {},
  ): Promise<ConstructView> {
    return await this.#turns.take(async () =>
      this.construct(await constructs.updateConstruct(this.#context, name, patch, options)),
    );
  }

  async deleteConstruct(name: string): Promise<void> {
    await this.#turns.take(() => constructs.removeConstruct(this.#context, name));
  }

  constructVersions(name: string): ConstructVersionView[] {
    return constructs.constructVersions(this.#context, name);
  }

  constructActions(name: string): ConstructActionView[] {
    return constructs.constructActions(this.#context, name);
  }

  async putConstructAction(name: string, action: ConstructActionDraft): Promise<ConstructActionView> {
    return await this.#turns.take(() => constructs.keepAction(this.#context, name, action));
  }

  async removeConstructAction(name: string, actionId: string): Promise<void> {
    await this.#turns.take(() => constructs.removeAction(this.#context, name, actionId));
  }

  draft(name: string): { text: string; updatedAt: number } | undefined {
    return personal.readDraft(this.#context, this.resolveSession(name));
  }

  setDraft(name: string, text: string): Promise<void> {
    return settled(() => personal.keepDraft(this.#context, this.resolveSession(name), text));
  }

  place(name: string): Place | undefined {
    return personal.readPlace(this.#context, this.resolveSession(name));
  }

  setPlace(name: string, place: Place): Promise<void> {
    return settled(() => personal.keepPlace(this.#context, this.resolveSession(name), place));
  }

  settings(): Record<string, JsonValue> {
    return personal.readSettings(this.#context);
  }

  setSettings(patch: Record<string, JsonValue>): Promise<void> {
    return settled(() => personal.keepSettings(this.#context, patch));
  }

  secret(key: string): string | undefined {
    return personal.readSecret(this.#context, key);
  }

  setSecret(key: string, value: string | undefined): Promise<void> {
    return settled(() => personal.keepSecret(this.#context, key, value));
  }

  readonly search: UserVault["search"] = async (request, options) =>
    this.#context.search.search(request, options);

  readonly searchState: UserVault["searchState"] = async () => this.#context.search.state();

  readonly similar: UserVault["similar"] = async (name, id, options = {}) =>
    this.#context.search.similar(this.resolveSession(name), parseMessageId(id), options.limit);

  onChange(listener: (change: VaultChange) => void): () => void {
    return this.#context.feed.listen(listener);
  }

  readonly receipts = (): ImportReceipt[] => this.#context.imports.receipts();

  async *readFile(name: string, fileId: string): AsyncIterable<Uint8Array> {
    const row = this.#row(name);
    if (row.imported) yield* this.#context.imports.readFile(row.sessionId, fileId);
    else yield* readSessionFile(this.#context, row, fileId);
  }

  #row(name: string): CatalogSession {
    return findRow(this.#context, name);
  }

  #view(row: CatalogSession): SessionView {
    return sessionViewFromRow(this.#context.storage.configuration, this.#context.userId, row);
  }

  async #changed(
    name: string,
    options: ChangeOptions,
    work: (context: changes.ChangeContext, row: CatalogSession) => Promise<void>,
  ): Promise<SessionView> {
    return await this.#turns.take(async () => {
      const row = this.#row(name);
      const { sessionId } = row;
      const { ifMatch } = options;
      checkRevision(row, options);
      // Looked at once more when its turn in the log has come: an append may have been faster.
      const expected = ifMatch === undefined ? undefined : { sessionId, revision: ifMatch };
      await work(expected === undefined ? this.#context : { ...this.#context, expected }, row);
      return this.session(sessionId);
    });
  }
}

/** What is done at once, for whoever waits for it. */
async function settled(work: () => void): Promise<void> {
  work();
  await Promise.resolve();
}
