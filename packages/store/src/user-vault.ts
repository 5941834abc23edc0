import type { ExportReader, MessageId, SessionId } from "@chatty/model";
import type {
  AppendResult,
  Conversation,
  DoctorReport,
  ImportOptions,
  ImportReceipt,
  KnowledgeFileView,
  MessageDraft,
  RebuildReport,
  RebuildScope,
  RepairReport,
  RuntimeView,
  SessionPage,
  SessionQuery,
  SessionView,
  VerifyReport,
} from "./views.ts";

/** A file to attach: bytes are copied into the session under their hash. */
export interface AttachmentDraft {
  name: string;
  mime?: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** Something to import: a file or a folder on this machine, or a stream. */
export type ImportInput =
  | { kind: "path"; path: string }
  | { kind: "stream"; name: string; bytes: AsyncIterable<Uint8Array> };

/**
 * Everything one user has. This handle is the only way to data; it is bound to one user and knows no other.
 * Texts that name a session or runtime may be any id or alias. Methods reject with `ChattyError`:
 * SESSION_NOT_FOUND, RUNTIME_NOT_FOUND, AMBIGUOUS_ID, SESSION_READ_ONLY, MESSAGE_NOT_FOUND, VAULT_READ_ONLY, DISK_FULL,
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
  /** Tells that one imported runtime belongs to another: its imports, stars and overlays move over. */
  joinRuntime(name: string, into: string): Promise<RuntimeView>;

  sessions(query?: SessionQuery): SessionPage;
  session(name: string): SessionView;
  resolveSession(name: string): SessionId;
  createSession(options?: { runtime?: string; title?: string; id?: SessionId }): Promise<SessionView>;
  renameSession(name: string, title: string): Promise<SessionView>;
  /** Makes a native session the home of its runtime. */
  setHome(name: string): Promise<SessionView>;
  setStarred(name: string, starred: boolean): Promise<SessionView>;
  setArchived(name: string, archived: boolean): Promise<SessionView>;
  /** Deletes with undo. Deleting a home archives it and makes a new empty one. */
  deleteSession(name: string): Promise<SessionView>;
  restoreSession(name: string): Promise<SessionView>;
  /** A native session that continues `name` after `at`, or after its whole active path. */
  forkSession(
    name: string,
    options?: { at?: MessageId; runtime?: string; id?: SessionId },
  ): Promise<SessionView>;
  /** Takes back the last change of a native session by a new record. @throws {ChattyError} NOTHING_TO_UNDO */
  undo(name: string): Promise<SessionView>;
  /** Moves a deleted native session to the trash folder for good. @throws {ChattyError} SESSION_NOT_DELETED */
  purgeSession(name: string): Promise<SessionView>;

  /** @param at integer milliseconds UTC: the conversation as it was then. */
  show(name: string, options?: { at?: number }): Promise<Conversation>;
  /** The provider's own bytes of an imported conversation, unchanged. A native session gives its journal. */
  raw(name: string, options?: { at?: number }): AsyncIterable<Uint8Array>;
  /** The last `limit` messages of a native session in journal order; cost does not grow with the session. */
  tail(name: string, limit: number): Promise<Conversation["messages"]>;

  /** Appends messages as one atomic group; resolves only when they are durable. */
  append(name: string, drafts: MessageDraft[], files?: AttachmentDraft[]): Promise<AppendResult[]>;

  /** Copies a file into a construct's folder under its hash. @throws {ChattyError} CONSTRUCT_NOT_FOUND */
  addKnowledgeFile(construct: string, draft: AttachmentDraft): Promise<KnowledgeFileView>;
  /** Knowledge files of a construct, oldest first. */
  knowledgeFiles(construct: string): KnowledgeFileView[];

  import(input: ImportInput, options?: ImportOptions): Promise<ImportReceipt>;
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
}

/** One open vault. Exactly one process holds it; `close` gives it back and must be called. */
export interface Vault {
  readonly vaultId: string;
  readonly environment: string;
  /** Folder of this vault. */
  readonly root: string;
  /** The handle of a user, or of the only user. @throws {ChattyError} USER_NOT_FOUND, USER_REQUIRED */
  user(userId?: string): UserVault;
  users(): { userId: string; username: string }[];
  createUser(username: string): Promise<UserVault>;
  verify(session?: { user: UserVault; name: string }): Promise<VerifyReport>;
  repair(options?: { dryRun?: boolean }): Promise<RepairReport>;
  rebuild(scope: RebuildScope): Promise<RebuildReport>;
  doctor(): Promise<DoctorReport>;
  /** Brings every derived file up to date: catalogs, transcripts, mirrors, views. */
  settle(): Promise<void>;
  /** Finishes what is under way, checkpoints and lets go of the lock. Safe to call twice. */
  close(): Promise<void>;
}
