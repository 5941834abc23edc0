import type { RuntimeId, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { ImportView, Uploads } from "../uploads.ts";
import type { ImportInput } from "../user-vault.ts";
import type { ImportOptions, ImportReceipt } from "../views.ts";
import type { ImportRow } from "../workspace/imports.ts";
import { newestReference } from "../workspace/references.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import type { ImportContext } from "./import-context.ts";
import { receiptOf } from "./import-receipt.ts";
import { recoverImports } from "./import-recovery.ts";
import type { ImportRecovery } from "./import-recovery.ts";
import { runImport } from "./import-run.ts";
import { catalogRow, catalogRows } from "./imported-catalog.ts";
import { readConversation } from "./imported-conversation.ts";
import type { ImportedConversation } from "./imported-conversation.ts";
import { readAttachment, readRaw } from "./imported-files.ts";
import type { ImportSource } from "./staging.ts";
import type { ClaimedUpload } from "./user-uploads.ts";
import { joinedRoot } from "./import-target.ts";
import { importedSessionId } from "./name-uuid.ts";
import { rebuildReferences } from "./rebuild-references.ts";
import type { RebuiltReferences } from "./rebuild-references.ts";
import { UserUploads } from "./user-uploads.ts";
import { verifyImports } from "./verify-imports.ts";
import type { VerifiedImports } from "./verify-imports.ts";
import { finishedImports } from "./version-history.ts";
import type { RebuiltViews, WriteViewsOptions, WrittenViews } from "./view-writer.ts";
import { ViewWriter } from "./view-writer.ts";

/** The imports of one user: exports taken in, and what they brought given out. Bound to one user and knows no other. */
export interface UserImports {
  /**
   * Imports one export; one at a time. Everything that it brings becomes visible in one step.
   * @throws {ChattyError} SOURCE_NOT_FOUND, SOURCE_INSIDE_VAULT, SOURCE_CHANGED, SYMBOLIC_LINK, IMPORT_NOT_BALANCED, IMPORT_ABORTED, RUNTIME_DELETED,
   * RUNTIME_NOT_FOUND, RUNTIME_NOT_IMPORTED, RUNTIME_SOURCE_DIFFERS, READER_MISSING, DISK_FULL, STORAGE_IN_DOUBT and what the
   * reader throws; nothing of the import stays then.
   */
  run(input: ImportInput, options?: ImportOptions): Promise<ImportReceipt>;
  /** Exports that come in pieces. */
  readonly uploads: Uploads;
  /** Every receipt of a finished import, in their order. */
  receipts(): ImportReceipt[];
  /** Finished imports, newest first. */
  finished(): ImportView[];
  /** A conversation with every branch. @throws {ChattyError} SESSION_NOT_FOUND, RECORD_DAMAGED, READER_MISSING */
  conversation(sessionId: SessionId, options?: { at?: number }): Promise<ImportedConversation>;
  /** The exact bytes of the newest version, now or at a time. @throws {ChattyError} SESSION_NOT_FOUND, RECORD_DAMAGED */
  raw(sessionId: SessionId, options?: { at?: number }): AsyncGenerator<Uint8Array, void, undefined>;
  /** @throws {ChattyError} SESSION_NOT_FOUND, FILE_NOT_FOUND, FILE_MISSING, ARCHIVE_MISSING */
  readFile(sessionId: SessionId, fileId: string): AsyncGenerator<Uint8Array, void, undefined>;
  /** Row of one session for the lists; undefined when no shown import has it. */
  catalogRow(sessionId: SessionId): CatalogSession | undefined;
  /** Rows of a runtime for the lists; read while they are asked for, and anything may be written in between. */
  catalogRows(runtimeId: RuntimeId): Generator<CatalogSession, void, undefined>;
  /** Sessions that have this id at their source, in runtimes that are not deleted. */
  resolveSourceId(text: string): SessionId[];
  /** Removes what a crash left of unfinished imports; to be called once, before anything else. */
  recover(): Promise<ImportRecovery>;
  /** Makes references and packs again from the archives. */
  rebuildReferences(): Promise<RebuiltReferences>;
  /** Proves archives, packs and references. Changes nothing. */
  verify(only?: SessionId): Promise<VerifiedImports>;
  /** Writes a slice of the readable files; resumable. */
  writeViews(options?: WriteViewsOptions): Promise<WrittenViews>;
  /** How many readable files are out of date. */
  viewsPending(): Promise<number>;
  /** Tells that overlays or runtimes changed, so that these sessions' readable files, or all, are looked at again. */
  invalidateViews(sessions?: Iterable<SessionId>): void;
  /** Tells, at the beginning, that every readable file is up to date. */
  trustViews(): void;
  /** Makes every readable file again. */
  rebuildViews(): Promise<RebuiltViews>;
}

/** The imports of a user. Holds no file open; everything in the context belongs to the caller. */
export function openUserImports(context: ImportContext): UserImports {
  const views = new ViewWriter(context);
  const oneImport = createQueue();
  const oneView = createQueue();
  let underWay = 0;
  const uploads = new UserUploads(context, () => underWay > 0);
  return {
    uploads,
    finished: () => finishedImports(context).toReversed().flatMap(importView),
    run: async (input, options = {}) => {
      const run = (source: ImportSource, chosen: ImportOptions): Promise<ImportReceipt> =>
        oneImport(async () => {
          underWay += 1;
          const { receipt, changes } = await runImport(context, source, chosen).finally(
            () => (underWay -= 1),
          );
          if (changes === undefined) return receipt;
          views.invalidate(changes.sessions);
          await context.imported?.(changes);
          return receipt;
        });
      return input.kind === "upload"
        ? importUpload(uploads.claim(input.uploadId), options, run)
        : run(input, options);
    },
    receipts: () => finishedImports(context).flatMap((run) => receiptOf(run) ?? []),
    conversation: (sessionId, options = {}) => readConversation(context, sessionId, options.at),
    raw: (sessionId, options = {}) => readRaw(context, sessionId, options.at),
    readFile: (sessionId, fileId) => readAttachment(context, sessionId, fileId),
    catalogRow: (sessionId) => catalogRow(context, sessionId),
    catalogRows: (runtimeId) => catalogRows(context, runtimeId),
    resolveSourceId: (text) => sessionsOfSource(context, text),
    recover: () =>
      oneImport(() => {
        const recovery = recoverImports(context);
        uploads.reload();
        return Promise.resolve(recovery);
      }),
    rebuildReferences: () =>
      oneImport(async () => {
        const rebuilt = await rebuildReferences(context);
        views.invalidate();
        return rebuilt;
      }),
    verify: (only) => verifyImports(context, only),
    writeViews: (options) => oneView(() => views.write(options)),
    viewsPending: () => oneView(() => views.pending()),
    invalidateViews: (sessions) => views.invalidate(sessions),
    trustViews: () => views.trust(),
    rebuildViews: () => oneView(() => views.rebuild()),
  };
}

/** An import that is called off takes its upload with it; after any other failure it can be tried again. */
async function importUpload(
  upload: ClaimedUpload,
  options: ImportOptions,
  run: (source: ImportSource, options: ImportOptions) => Promise<ImportReceipt>,
): Promise<ImportReceipt> {
  const { into, replace, source } = upload.view;
  const asked = {
    ...(into === undefined ? {} : { into }),
    ...(replace === undefined ? {} : { replace }),
    ...(source === undefined ? {} : { source }),
  };
  let receipt: ImportReceipt;
  try {
    receipt = await run({ kind: "claimed", upload }, { ...asked, ...options });
  } catch (error) {
    await afterFailure(upload, error);
    throw error;
  }
  if (options.dryRun === true) upload.release();
  else removeQuietly(upload);
  return receipt;
}

async function afterFailure(upload: ClaimedUpload, error: unknown): Promise<void> {
  try {
    if (isChattyError(error, "IMPORT_ABORTED")) upload.remove();
    // Whether the import happened, only the next start knows; and it needs the note as it is.
    else if (isChattyError(error, "STORAGE_IN_DOUBT")) upload.release();
    else await upload.fail(error);
  } catch {
    // The error of the import is the one to tell; its bytes are still there, and the upload is listed as it was.
    return;
  }
}

function removeQuietly(upload: ClaimedUpload): void {
  try {
    upload.remove();
  } catch {
    // The import has happened, and the next start sees that from the note.
    return;
  }
}

function importView(run: ImportRow): ImportView[] {
  const receipt = receiptOf(run);
  if (receipt === undefined || run.runtimeId === undefined || run.source === undefined) return [];
  const { importId, runtimeId, archiveName: name, source, archiveSha256, finishedAt, startedAt } = run;
  return [
    {
      importId,
      runtimeId,
      name,
      source,
      archive: `sha256:${archiveSha256}`,
      at: finishedAt ?? startedAt,
      receipt,
    },
  ];
}

function sessionsOfSource(context: ImportContext, text: string): SessionId[] {
  const { storage, user } = context;
  const found = new Set<SessionId>();
  for (const runtime of listRuntimes(storage.configuration, user.userId, { all: true })) {
    if (runtime.namespace === undefined || joinedRoot(context, runtime).deletedAt !== undefined) continue;
    const sessionId = importedSessionId(runtime.namespace, text);
    if (newestReference(storage.configuration, user.userId, sessionId) !== undefined) found.add(sessionId);
  }
  return [...found];
}

/** Runs one piece of work after the other; one that fails does not hold up the next. */
function createQueue(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}
