import type { JsonValue, MessageId, Part, Role, SessionId, Sha256 } from "@chatty/model";
import {
  ChattyError,
  createUuid,
  isJsonObject,
  parseConstructId,
  parseMessageId,
  parseRuntimeId,
  parseSessionId,
} from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { readUpTo } from "../files/write-all.ts";
import type { NewMessage, SessionChange } from "../sessions/backend.ts";
import type { ImportView, Uploads } from "../uploads.ts";
import type { AttachmentDraft, ImportInput, UserVault } from "../user-vault.ts";
import type {
  AppendResult,
  ConstructActionView,
  ConstructVersionView,
  ConstructView,
  Conversation,
  FoundFile,
  ImportOptions,
  ImportReceipt,
  KnowledgeFileView,
  Lineage,
  MessageDraft,
  MessageView,
  MessageWindow,
  MonthCount,
  OutlineEntry,
  Place,
  RuntimeView,
  SessionPage,
  SessionQuery,
  SessionView,
  StagedFile,
} from "../views.ts";
import { keepFile } from "./keep-file.ts";
import { addKnowledgeFile, knowledgeFiles } from "./knowledge.ts";
import * as runtimes from "./runtime-changes.ts";
import * as changes from "./session-changes.ts";
import { findSession } from "./session-names.ts";
import { cursorFromRow, parseCursor, sessionViewFromRow } from "./session-view.ts";
import { pathTo, showSession, tailMessages } from "./show-session.ts";
import type { UserContext } from "./user-context.ts";

/** Longest text of one message, in UTF-16 code units; a log line carries it whole. */
const contentLimit = 64 * 1024 * 1024;
const defaultLimit = 50;
const largestLimit = 1000;
const chunkBytes = 1024 * 1024;

/** The only way to a user's data; see {@link UserVault}. */
export class UserHandle implements UserVault {
  readonly #context: UserContext;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: UserContext) {
    this.#context = context;
  }

  get userId(): string {
    return this.#context.userId;
  }

  runtimes(options: { deleted?: boolean } = {}): RuntimeView[] {
    return runtimes.runtimeViews(this.#context, options.deleted === true);
  }

  runtime(name: string): RuntimeView {
    return runtimes.runtimeView(this.#context, runtimes.findRuntime(this.#context, name));
  }

  async selectRuntime(name: string): Promise<RuntimeView> {
    return await this.#inTurn(async () => {
      const runtime = runtimes.findLivingRuntime(this.#context, name);
      await runtimes.selectRuntime(this.#context, runtime, "user_action");
      return this.runtime(runtime.runtimeId);
    });
  }

  async renameRuntime(name: string, title: string): Promise<RuntimeView> {
    return await this.#inTurn(async () => {
      const runtime = runtimes.findLivingRuntime(this.#context, name);
      await runtimes.editRuntime(this.#context, runtime, { name: title });
      return this.runtime(runtime.runtimeId);
    });
  }

  async deleteRuntime(name: string): Promise<RuntimeView> {
    return await this.#inTurn(async () => {
      const runtime = runtimes.findRuntime(this.#context, name);
      if (runtime.deletedAt === undefined) await runtimes.deleteRuntime(this.#context, runtime);
      return this.runtime(runtime.runtimeId);
    });
  }

  async restoreRuntime(name: string): Promise<RuntimeView> {
    return await this.#inTurn(async () => {
      const runtime = runtimes.findRuntime(this.#context, name);
      if (runtime.deletedAt !== undefined)
        await runtimes.editRuntime(this.#context, runtime, { deletedAt: null });
      return this.runtime(runtime.runtimeId);
    });
  }

  async joinRuntime(name: string, into: string): Promise<RuntimeView> {
    return await this.#inTurn(async () => {
      const target = runtimes.findLivingRuntime(this.#context, into);
      await runtimes.joinRuntime(this.#context, runtimes.findLivingRuntime(this.#context, name), target);
      return this.runtime(target.runtimeId);
    });
  }

  sessions(query: SessionQuery = {}): SessionPage {
    const limit = query.limit ?? defaultLimit;
    if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
      throw new ChattyError(
        "LIMIT_INVALID",
        `A page has between 1 and ${largestLimit} sessions, not ${limit}.`,
      );
    }
    const rows = this.#context.catalog.list({
      limit,
      ...(query.runtimeId === undefined
        ? { exceptRuntimeIds: runtimes.hiddenRuntimes(this.#context) }
        : { runtimeIds: this.#family(query.runtimeId) }),
      homeFirst: query.runtimeId !== undefined,
      ...(query.deleted === true
        ? { deleted: true, archived: undefined }
        : { archived: query.archived === true }),
      ...(query.starred === undefined ? {} : { starred: query.starred }),
      ...(query.after === undefined ? {} : { after: parseCursor(query.after) }),
    });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      sessions: rows.slice(0, limit).map((row) => this.#view(row)),
      ...(last === undefined ? {} : { next: cursorFromRow(last) }),
    };
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
    return await this.#inTurn(async () => {
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

  async renameSession(name: string, title: string): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.renameSession(this.#context, row, title));
  }

  async setHome(name: string): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.setHome(this.#context, row));
  }

  async setStarred(name: string, starred: boolean): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.setStarred(this.#context, row, starred));
  }

  async setArchived(name: string, archived: boolean): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.setArchived(this.#context, row, archived));
  }

  async deleteSession(name: string): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.deleteSession(this.#context, row));
  }

  async restoreSession(name: string): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.restoreSession(this.#context, row));
  }

  async undo(name: string): Promise<SessionView> {
    return await this.#changed(name, (row) => changes.undoSession(this.#context, row));
  }

  async forkSession(
    name: string,
    options: { at?: MessageId; runtime?: string; id?: SessionId } = {},
  ): Promise<SessionView> {
    const row = this.#row(name);
    const conversation = await showSession(this.#context, row, {});
    const path = pathTo(conversation, options.at === undefined ? undefined : parseMessageId(options.at));
    if (path === undefined) {
      throw new ChattyError(
        "MESSAGE_NOT_FOUND",
        `Session ${row.sessionId} has no message ${String(options.at)}.`,
        {
          hint: "`chatty show` lists its messages with their ids.",
        },
      );
    }
    return this.session(await changes.forkSession(this.#context, row, path, options));
  }

  async purgeSession(name: string): Promise<SessionView> {
    return await this.#inTurn(async () => {
      const row = this.#row(name);
      if (row.imported) {
        throw changes.readOnly(
          row.sessionId,
          "Deleting hides it for good; the archive it lies in is kept whole.",
        );
      }
      const view = this.#view(row);
      await this.#context.sessions.purge(row.sessionId);
      return view;
    });
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
    return await Promise.resolve(tailMessages(this.#context, this.#native(name), limit));
  }

  async append(name: string, drafts: MessageDraft[], files: AttachmentDraft[] = []): Promise<AppendResult[]> {
    const row = this.#native(name);
    const attached: Part[] = [];
    const { storage, user } = this.#context;
    const folder = `${layout.session(user, row.constructId, row.sessionId)}/files`;
    for (const file of files) attached.push(await keepFile(storage, folder, file));
    const batch = drafts.map((draft, index) =>
      appendOf(row, draft, index === 0 ? attached : [], this.#context.now()),
    );
    const outcomes = await this.#context.sessions.commit(batch);
    return outcomes.map(({ sessionId, messageId, seq, hash }) => {
      if (sessionId === undefined || messageId === undefined || seq === undefined || hash === undefined) {
        throw new TypeError("An append gave no outcome.");
      }
      return { sessionId, messageId, seq, hash };
    });
  }

  async import(input: ImportInput, options: ImportOptions = {}): Promise<ImportReceipt> {
    return await this.#context.imports.run(input, options);
  }

  get uploads(): Uploads {
    return this.#context.imports.uploads;
  }

  imports(): ImportView[] {
    return this.#context.imports.finished();
  }

  async addKnowledgeFile(construct: string, draft: AttachmentDraft): Promise<KnowledgeFileView> {
    return await this.#inTurn(() => addKnowledgeFile(this.#context, construct, draft));
  }

  knowledgeFiles(construct: string): KnowledgeFileView[] {
    return knowledgeFiles(this.#context, construct);
  }

  // Made in the next steps; until then each says so.
  sessionMonths(): MonthCount[] {
    throw notReady();
  }
  checkpoint(): Promise<AppendResult> {
    return Promise.reject(notReady());
  }
  setMessageDeleted(): Promise<SessionView> {
    return Promise.reject(notReady());
  }
  messages(): Promise<MessageWindow> {
    return Promise.reject(notReady());
  }
  outline(): Promise<{ entries: OutlineEntry[]; total: number }> {
    return Promise.reject(notReady());
  }
  message(): Promise<MessageView> {
    return Promise.reject(notReady());
  }
  lineage(): Lineage {
    throw notReady();
  }
  stageFile(): Promise<StagedFile> {
    return Promise.reject(notReady());
  }
  findFile(): Promise<FoundFile> {
    return Promise.reject(notReady());
  }
  removeKnowledgeFile(): Promise<void> {
    return Promise.reject(notReady());
  }
  constructs(): ConstructView[] {
    throw notReady();
  }
  construct(): ConstructView {
    throw notReady();
  }
  createConstruct(): Promise<ConstructView> {
    return Promise.reject(notReady());
  }
  updateConstruct(): Promise<ConstructView> {
    return Promise.reject(notReady());
  }
  deleteConstruct(): Promise<void> {
    return Promise.reject(notReady());
  }
  constructVersions(): ConstructVersionView[] {
    throw notReady();
  }
  constructActions(): ConstructActionView[] {
    throw notReady();
  }
  putConstructAction(): Promise<ConstructActionView> {
    return Promise.reject(notReady());
  }
  removeConstructAction(): Promise<void> {
    return Promise.reject(notReady());
  }
  draft(): { text: string; updatedAt: number } | undefined {
    throw notReady();
  }
  setDraft(): Promise<void> {
    return Promise.reject(notReady());
  }
  place(): Place | undefined {
    throw notReady();
  }
  setPlace(): Promise<void> {
    return Promise.reject(notReady());
  }
  settings(): Record<string, JsonValue> {
    throw notReady();
  }
  setSettings(): Promise<void> {
    return Promise.reject(notReady());
  }
  secret(): string | undefined {
    throw notReady();
  }
  setSecret(): Promise<void> {
    return Promise.reject(notReady());
  }
  onChange(): () => void {
    throw notReady();
  }

  receipts(): ImportReceipt[] {
    return this.#context.imports.receipts();
  }

  async *readFile(name: string, fileId: string): AsyncIterable<Uint8Array> {
    const row = this.#row(name);
    if (row.imported) yield* this.#context.imports.readFile(row.sessionId, fileId);
    else yield* this.#readSessionFile(row, fileId);
  }

  async *#readSessionFile(row: CatalogSession, fileId: string): AsyncIterable<Uint8Array> {
    const { storage, user } = this.#context;
    const sha256 = /^sha256:([0-9a-f]{64})$/.exec(fileId)?.[1] as Sha256 | undefined;
    const folder = absolutePath(
      storage.root,
      `${layout.session(user, row.constructId, row.sessionId)}/files`,
    );
    const entry = storage.files
      .list(folder)
      .find((found) => sha256 !== undefined && found.name.startsWith(sha256));
    if (entry === undefined) {
      throw new ChattyError(
        "FILE_NOT_FOUND",
        `Session ${row.sessionId} has no file ${fileId.slice(0, 80)}.`,
        {
          hint: "`chatty show` lists the files of its messages.",
        },
      );
    }
    const file = storage.files.open(`${folder}/${entry.name}`, "read");
    try {
      const size = file.size();
      for (let at = 0; at < size; at += chunkBytes) yield readUpTo(file, at, Math.min(chunkBytes, size - at));
    } finally {
      file.close();
    }
  }

  /**
   * One change of configuration at a time: each is made from rows that the one before it may still be changing, and a row is
   * always written whole.
   */
  async #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  #family(runtimeId: string): ReturnType<typeof runtimes.runtimeFamily> {
    return runtimes.runtimeFamily(this.#context, runtimes.findRuntime(this.#context, runtimeId).runtimeId);
  }

  #row(name: string): CatalogSession {
    const { storage, userId, catalog, imports, sessions } = this.#context;
    const names = {
      reader: storage.configuration,
      userId,
      catalog,
      sourceSessions: (sourceId: string) => imports.resolveSourceId(sourceId),
    };
    const sessionId = findSession(names, name);
    const row = sessions.row(sessionId) ?? catalog.session(sessionId);
    if (row === undefined)
      throw new TypeError(`The catalog lost session ${sessionId} while it was being read.`);
    return row;
  }

  #native(name: string): CatalogSession {
    const row = this.#row(name);
    if (row.imported)
      throw changes.readOnly(row.sessionId, `Continue it with: chatty sessions fork ${row.sessionId}`);
    return row;
  }

  #view(row: CatalogSession): SessionView {
    return sessionViewFromRow(this.#context.storage.configuration, this.#context.userId, row);
  }

  async #changed(name: string, work: (row: CatalogSession) => Promise<void>): Promise<SessionView> {
    return await this.#inTurn(async () => {
      const row = this.#row(name);
      await work(row);
      return this.session(row.sessionId);
    });
  }
}

function notReady(): ChattyError {
  return new ChattyError("NOT_READY", "This is not ready yet.");
}

function appendOf(
  row: CatalogSession,
  draft: MessageDraft,
  files: readonly Part[],
  nowMs: number,
): SessionChange {
  checkDraft(draft);
  const { id, parentId, parts, role, content, author, model, responseTimeMs, thinkingLog, metadata } = draft;
  const { runtimeId, constructId } = draft;
  const text: Part[] = content === "" ? [] : [{ kind: "text", text: content }];
  const all = files.length === 0 ? parts : [...(parts ?? text), ...files];
  // Field by field: whatever else a program hands over must not get into a record.
  const record: NewMessage = {
    kind: "message",
    ...(id === undefined ? { id: createUuid(nowMs) as MessageId, isNew: true } : { id: parseMessageId(id) }),
    ...(parentId === undefined ? {} : { parentId: parentId === null ? null : parseMessageId(parentId) }),
    role,
    content,
    ...(all === undefined ? {} : { parts: all }),
    ...(runtimeId === undefined ? {} : { runtimeId: parseRuntimeId(runtimeId) }),
    ...(constructId === undefined ? {} : { constructId: parseConstructId(constructId) }),
    ...(author === undefined ? {} : { author }),
    ...(model === undefined ? {} : { model }),
    ...(responseTimeMs === undefined ? {} : { responseTimeMs }),
    ...(thinkingLog === undefined ? {} : { thinkingLog }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  return { kind: "append", sessionId: row.sessionId, record };
}

const roles: ReadonlySet<unknown> = new Set<Role>(["user", "assistant", "system", "tool"]);

/** @throws {ChattyError} MESSAGE_INVALID, MESSAGE_TOO_LARGE */
function checkDraft(draft: MessageDraft): void {
  const { role, content, parts, author, model, responseTimeMs, thinkingLog, metadata } = draft;
  const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
  const isSound =
    roles.has(role) &&
    typeof content === "string" &&
    (parts === undefined || Array.isArray(parts)) &&
    isText(author) &&
    isText(model) &&
    (responseTimeMs === undefined || Number.isFinite(responseTimeMs)) &&
    (thinkingLog === undefined || Array.isArray(thinkingLog)) &&
    (metadata === undefined || isJsonObject(metadata));
  if (!isSound) {
    throw new ChattyError(
      "MESSAGE_INVALID",
      "A message has a role (user, assistant, system or tool) and a text.",
      {
        hint: "Give `role` and `content` as strings.",
      },
    );
  }
  if (content.length > contentLimit) {
    throw new ChattyError("MESSAGE_TOO_LARGE", `A message has at most ${contentLimit} characters.`, {
      hint: "Attach the text as a file instead: append --file.",
    });
  }
}
