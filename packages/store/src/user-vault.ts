import type {
  ExportReader,
  JsonValue,
  LegacyReader,
  MessageId,
  SearchAnswer,
  SearchRequest,
  SearchState,
  SessionId,
} from "@chatty/model";
import type { LegacyMigrationOptions, LegacyMigrationReport } from "./legacy/legacy-report.ts";
import type {
  ActiveSession,
  AppendResult,
  AuditEntry,
  ChangeOptions,
  ConstructActionDraft,
  ConstructActionView,
  ConstructPatch,
  ConstructVersionView,
  ConstructView,
  Conversation,
  DoctorReport,
  FoundFile,
  HomeSpan,
  ImportOptions,
  ImportReceipt,
  KnowledgeFileView,
  Lineage,
  MessageDraft,
  MessageView,
  MessageWindow,
  MonthCount,
  OutlineView,
  Place,
  RebuildReport,
  RebuildScope,
  RepairReport,
  RuntimeView,
  SessionPage,
  SessionQuery,
  SessionView,
  StagedFile,
  TrashEntry,
  VaultChange,
  VerifyReport,
  WindowQuery,
} from "./views.ts";
import type { FileLogOptions } from "./files/file-log.ts";
import type { ImportView, Uploads } from "./uploads.ts";
import type { MeaningEmbedders } from "./vectors/meaning-here.ts";
import type { UserMemory } from "./recall/user-memory.ts";
import type { BackgroundVerification } from "./vault/verify-background.ts";

/** A file to attach: bytes are copied into the session under their hash. */
export interface AttachmentDraft {
  name: string;
  mime?: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** Something to import: a file or a folder on this machine, a stream, or a complete upload, which an abort discards and success uses up. */
export type ImportInput =
  | { kind: "path"; path: string }
  | { kind: "stream"; name: string; bytes: AsyncIterable<Uint8Array> }
  | { kind: "upload"; uploadId: string };

/**
 * Everything one user has. This handle is the only way to data; it is bound to one user and knows no other.
 * Texts that name a session or runtime may be any id or alias. A change with `ifMatch` is refused with REVISION_CONFLICT when the
 * session is no longer at that revision. Methods reject with `ChattyError`: SESSION_NOT_FOUND, RUNTIME_NOT_FOUND, AMBIGUOUS_ID, SESSION_READ_ONLY, MESSAGE_NOT_FOUND, VAULT_READ_ONLY, DISK_FULL,
 * STORAGE_IN_DOUBT and those named at the method.
 */
export interface UserVault {
  readonly userId: string;

  /** @param options.deleted those that `restoreRuntime` brings back, instead of the others. */
  runtimes(options?: { deleted?: boolean }): RuntimeView[];
  runtime(name: string): RuntimeView;
  selectRuntime(name: string): Promise<RuntimeView>;
  renameRuntime(name: string, title: string): Promise<RuntimeView>;
  /** Hides the runtime and its sessions; nothing is removed from disk. Core runtimes refuse: RUNTIME_IS_CORE. */
  deleteRuntime(name: string): Promise<RuntimeView>;
  restoreRuntime(name: string): Promise<RuntimeView>;
  /**
   * Takes back the last act on a runtime (its name, deletion, restoration or joining) or, with `redo`, the last undo.
   * @throws {ChattyError} NOTHING_TO_UNDO, NOTHING_TO_REDO
   */
  undoRuntime(name: string, direction?: "undo" | "redo"): Promise<RuntimeView>;
  /** Tells that one imported runtime belongs to another: its imports, stars and overlays move over. */
  joinRuntime(name: string, into: string): Promise<RuntimeView>;

  /** Keeps that the person is in this conversation now, for its runtime. On disk when it resolves. */
  setActiveSession(name: string): Promise<void>;
  /** The conversation of a runtime, or of the active one, that the person was in last; always one that is there. */
  activeSession(runtime?: string): ActiveSession;
  /** Which conversations were the home of a runtime, the present one first. */
  homes(runtime: string): HomeSpan[];
  sessions(query?: SessionQuery): SessionPage;
  /** Imported conversations of a runtime per month of their last change, newest first; those without any time last, as year 0. */
  sessionMonths(runtime: string): MonthCount[];
  session(name: string): SessionView;
  resolveSession(name: string): SessionId;
  createSession(options?: { runtime?: string; title?: string; id?: SessionId }): Promise<SessionView>;
  renameSession(name: string, title: string, options?: ChangeOptions): Promise<SessionView>;
  /** Makes a native session the home of its runtime. */
  setHome(name: string, options?: ChangeOptions): Promise<SessionView>;
  setStarred(name: string, starred: boolean, options?: ChangeOptions): Promise<SessionView>;
  setArchived(name: string, archived: boolean, options?: ChangeOptions): Promise<SessionView>;
  /** Deletes with undo. Deleting a home archives it and makes a new empty one. */
  deleteSession(name: string, options?: ChangeOptions): Promise<SessionView>;
  restoreSession(name: string, options?: ChangeOptions): Promise<SessionView>;
  /** A native session that continues `name` after `at`, or after its whole active path. */
  forkSession(
    name: string,
    options?: { at?: MessageId; runtime?: string; id?: SessionId },
  ): Promise<SessionView>;
  /**
   * Takes back the last change of a session: a message, its text or deletion, a title, archiving, deletion, star or home. Written as
   * a new record or act, so nothing is lost; undoing again goes further back.
   * @throws {ChattyError} NOTHING_TO_UNDO
   */
  undo(name: string, options?: ChangeOptions): Promise<SessionView>;
  /** Takes back the last undo, while nothing else was changed since. @throws {ChattyError} NOTHING_TO_REDO */
  redo(name: string, options?: ChangeOptions): Promise<SessionView>;
  /** Removes a deleted native session for good; only a line of the audit is left. There is no undo. @throws {ChattyError} SESSION_NOT_DELETED */
  purgeSession(name: string, options?: ChangeOptions): Promise<SessionView>;

  /**
   * Removes a deleted runtime for good, with its conversations, imports and, unless another runtime needs them, archives. There is no
   * undo. @throws {ChattyError} RUNTIME_NOT_DELETED
   */
  purgeRuntime(name: string): Promise<RuntimeView>;
  /** Deleted conversations and runtimes, newest first; `restoreSession` and `restoreRuntime` bring them back whole. */
  trash(): TrashEntry[];
  /**
   * Purges what has rested in the trash for as long as the setting `trash.days` says (30 when absent), each with a line of the audit.
   * To be called about once a day. @param options.at the time it is taken to be, integer milliseconds UTC; now when absent.
   * @returns what was purged.
   */
  emptyTrash(options?: { at?: number }): Promise<TrashEntry[]>;

  /** @param at integer milliseconds UTC: the conversation as it was then. */
  show(name: string, options?: { at?: number }): Promise<Conversation>;
  /** The provider's own bytes of an imported conversation, unchanged. A native session gives its journal. */
  raw(name: string, options?: { at?: number }): AsyncIterable<Uint8Array>;
  /** The last `limit` messages of a native session in journal order; cost does not grow with the session. */
  tail(name: string, limit: number): Promise<Conversation["messages"]>;

  /** Appends messages as one atomic group; resolves only when they are durable. */
  append(
    name: string,
    drafts: MessageDraft[],
    files?: AttachmentDraft[],
    options?: ChangeOptions,
  ): Promise<AppendResult[]>;
  /**
   * Keeps what an answer is so far; durable when it resolves. The message of the same id follows or never comes. Under the same id
   * it takes the place of the former checkpoint; behind the message itself it changes nothing.
   */
  checkpoint(name: string, draft: MessageDraft & { id: MessageId }): Promise<AppendResult>;
  /**
   * Gives a message of a native session a new text, with undo; the old one stays in the journal. Its files, thinking and calls of tools
   * stay as they are. @throws {ChattyError} MESSAGE_NOT_FOUND
   */
  reviseMessage(name: string, id: MessageId, content: string, options?: ChangeOptions): Promise<SessionView>;
  /** Deletes one message of a native session with undo, or brings it back. */
  setMessageDeleted(
    name: string,
    id: MessageId,
    deleted: boolean,
    options?: ChangeOptions,
  ): Promise<SessionView>;
  /** A stretch of one path; cost grows with the stretch and not with the session, but for an index that is kept in memory. */
  messages(name: string, query?: WindowQuery): Promise<MessageWindow>;
  /** The person's own messages of a path, shortened; `total` counts all messages of the path. */
  outline(name: string, through?: MessageId, options?: { asOf?: number }): Promise<OutlineView>;
  /** One message with all its parts. @throws {ChattyError} MESSAGE_NOT_FOUND */
  message(name: string, id: MessageId): Promise<MessageView>;
  /** Where a conversation comes from and what continues it. */
  lineage(name: string): Lineage;
  /**
   * Keeps a file under its hash until a message carries it: `append` copies the file of every part with this `fileId` into the
   * session.
   */
  stageFile(draft: AttachmentDraft): Promise<StagedFile>;
  /** A file by `sha256:…`, wherever this user has it. @throws {ChattyError} FILE_NOT_FOUND */
  findFile(fileId: string): Promise<FoundFile>;

  /** Copies a file into a construct's folder under its hash. @throws {ChattyError} CONSTRUCT_NOT_FOUND */
  addKnowledgeFile(construct: string, draft: AttachmentDraft): Promise<KnowledgeFileView>;
  /** Knowledge files of a construct, oldest first. */
  knowledgeFiles(construct: string): KnowledgeFileView[];

  /** Takes a knowledge file from its construct. @throws {ChattyError} CONSTRUCT_NOT_FOUND, FILE_NOT_FOUND */
  removeKnowledgeFile(construct: string, fileId: string): Promise<void>;

  /** Every construct, oldest first. */
  constructs(): ConstructView[];
  /** By callsign, alias or `gpt-…`. @throws {ChattyError} CONSTRUCT_NOT_FOUND */
  construct(name: string): ConstructView;
  /**
   * Makes a construct with a custom runtime and a home of its own.
   * @param draft without `constructId` the callsign is made from the name.
   * @param options.runtime false: the construct alone.
   * @throws {ChattyError} CONSTRUCT_EXISTS, CONSTRUCT_INVALID
   */
  createConstruct(
    draft: ConstructPatch & { name: string; constructId?: string },
    options?: { runtime?: boolean },
  ): Promise<ConstructView>;
  /** Changes a construct and keeps its former state as a version. @throws {ChattyError} CONSTRUCT_NOT_FOUND, CONSTRUCT_INVALID, REVISION_CONFLICT */
  updateConstruct(name: string, patch: ConstructPatch, options?: ChangeOptions): Promise<ConstructView>;
  /**
   * Removes the configuration and hides the custom runtime; conversations stay.
   * @throws {ChattyError} CONSTRUCT_NOT_FOUND, CONSTRUCT_IS_CORE, CONSTRUCT_IS_IMPORTED
   */
  deleteConstruct(name: string): Promise<void>;
  /**
   * Takes back the last act on a construct (an edit, a file, an action, its deletion) or, with `redo`, the last undo. An edit that is
   * taken back is a further version.
   * @returns undefined when the construct is deleted after that.
   * @throws {ChattyError} NOTHING_TO_UNDO, NOTHING_TO_REDO, CONSTRUCT_NOT_FOUND
   */
  undoConstruct(name: string, direction?: "undo" | "redo"): Promise<ConstructView | undefined>;
  /** Former states of a construct, the first one first. */
  constructVersions(name: string): ConstructVersionView[];
  constructActions(name: string): ConstructActionView[];
  /** Keeps an action. @throws {ChattyError} CONSTRUCT_NOT_FOUND, ACTION_NOT_FOUND, ACTION_INVALID */
  putConstructAction(name: string, action: ConstructActionDraft): Promise<ConstructActionView>;
  /** @throws {ChattyError} CONSTRUCT_NOT_FOUND, ACTION_NOT_FOUND */
  removeConstructAction(name: string, actionId: string): Promise<void>;

  /** What was typed into a conversation and not sent. */
  draft(name: string): { text: string; updatedAt: number } | undefined;
  /** Keeps a draft; an empty text removes it. */
  setDraft(name: string, text: string): Promise<void>;
  /** Where the person left a conversation. */
  place(name: string): Place | undefined;
  /** Keeps the place; an empty one removes it. */
  setPlace(name: string, place: Place): Promise<void>;
  /** Settings by key, without Chatty's own such as the active runtime. */
  settings(): Record<string, JsonValue>;
  /** Sets settings, all together or none; null removes. @throws {ChattyError} SETTING_INVALID */
  setSettings(patch: Record<string, JsonValue>): Promise<void>;
  /** A secret by key, such as a provider's key: kept apart from settings, never in a view, mirror, export, log or error. */
  secret(key: string): string | undefined;
  /** Keeps a secret; undefined removes it. @throws {ChattyError} SECRET_INVALID */
  setSecret(key: string, value: string | undefined): Promise<void>;

  /**
   * Finds messages and titles. Waits a moment for what changed just now; the answer says what is not in the index yet.
   * @param options.signal ends the wait; rejects with its reason then.
   * @throws {ChattyError} LIMIT_INVALID, CURSOR_INVALID
   */
  search(request: SearchRequest, options?: { signal?: AbortSignal }): Promise<SearchAnswer>;
  /** How far the index is; what it lacks is indexed from then on. */
  searchState(): Promise<SearchState>;
  /** Messages of other conversations that are like one. @throws {ChattyError} SESSION_NOT_FOUND, MESSAGE_NOT_FOUND, LIMIT_INVALID */
  similar(name: string, id: MessageId, options?: { limit?: number }): Promise<SearchAnswer>;

  /** Calls `listener` after every change; returns how to stop. What a listener throws is ignored. */
  onChange(listener: (change: VaultChange) => void): () => void;

  import(input: ImportInput, options?: ImportOptions): Promise<ImportReceipt>;
  /**
   * Takes over the store of an older program by copying it; nothing of it is changed. Done twice it changes nothing, and one that was cut
   * off is taken up by doing it again.
   * @param path folder or file on this machine.
   * @throws {ChattyError} SOURCE_NOT_FOUND, SOURCE_INSIDE_VAULT, SOURCE_CHANGED, SYMBOLIC_LINK, LEGACY_SOURCE_IS_VAULT, LEGACY_NOTHING_FOUND,
   * LEGACY_SEVERAL_USERS, LEGACY_NOT_VERIFIED, LEGACY_ORIGINAL_DAMAGED, LEGACY_ABORTED
   */
  migrateLegacy(
    path: string,
    reader: LegacyReader,
    options?: LegacyMigrationOptions,
  ): Promise<LegacyMigrationReport>;
  /** Exports that arrive in pieces and survive a broken connection and a killed process. */
  readonly uploads: Uploads;
  /** What is remembered over conversations: what was recalled for answers, and summaries. */
  readonly memory: UserMemory;
  /** Every finished import, newest first. */
  imports(): ImportView[];
  /** Every receipt ever written, oldest first. */
  receipts(): ImportReceipt[];
  /** Bytes of an attachment of a session, by the `fileId` of its part. @throws {ChattyError} FILE_NOT_FOUND, FILE_MISSING */
  readFile(name: string, fileId: string): AsyncIterable<Uint8Array>;
}

export interface OpenVaultOptions {
  /** Data home: the folder that holds one vault per environment. */
  home: string;
  /** `production`, `staging`, `development` or `test`. */
  environment: string;
  /** Converts exports; without it imported conversations can be listed and not read. */
  exports?: ExportReader;
  /** Makes an absent vault. True when absent. */
  create?: boolean;
  /**
   * Address of a module that calls `serveSearch`: search then works in threads of its own and follows every change. Without it the
   * work is done in the thread at hand, and only when something is asked.
   */
  searchThread?: string;
  /**
   * Where embedders come from: the address of a module that calls `serveMeaning`, which then works in a thread of its own, or embedders
   * that work in this one. Without them nothing is found by meaning.
   */
  meaning?: string | MeaningEmbedders;
  /** Tells what is done to files, never what is in them. SQLite's own files are its own affair and are not in it. */
  fileLog?: FileLogOptions;
}

/** One open vault. Exactly one process holds it; `close` gives it back and must be called. */
export interface Vault {
  readonly vaultId: string;
  readonly environment: string;
  /** Folder of this vault. */
  readonly root: string;
  /** True when this opening made it: there was none in this place. */
  readonly isNew: boolean;
  /** The handle of a user, or of the only user. @throws {ChattyError} USER_NOT_FOUND, USER_REQUIRED */
  user(userId?: string): UserVault;
  users(): { userId: string; username: string }[];
  createUser(username: string): Promise<UserVault>;
  /**
   * Removes an account with everything that belongs to it, imports included; only a line of the audit is left. Other accounts stay as
   * they are. There is no undo. A handle of it answers USER_NOT_FOUND from then on. @throws {ChattyError} USER_NOT_FOUND
   */
  eraseUser(userId: string): Promise<void>;
  /** Everything that was removed for good, oldest first. */
  audit(): AuditEntry[];
  verify(session?: { user: UserVault; name: string }): Promise<VerifyReport>;
  /** As `verify`, a little at a time while others work; rejects with the signal's reason when that ends it. */
  verifyInBackground(options?: BackgroundVerification): Promise<VerifyReport>;
  repair(options?: { dryRun?: boolean }): Promise<RepairReport>;
  rebuild(scope: RebuildScope): Promise<RebuildReport>;
  doctor(): Promise<DoctorReport>;
  /** Brings every derived file up to date: catalogs, transcripts, mirrors, views. */
  settle(): Promise<void>;
  /** Finishes what is under way, checkpoints and lets go of the lock. Safe to call twice. */
  close(): Promise<void>;
}
