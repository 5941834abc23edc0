import { basename } from "node:path";
import type { ImportId, Problem, RuntimeId, SessionId, SourceIdentity } from "@chatty/model";
import { ChattyError, createUuid, isChattyError } from "@chatty/model";
import { errorCodeOf, storageError } from "../files/error-code.ts";
import type { ImportOptions, ImportProgress, ImportReceipt } from "../views.ts";
import { homeOfRuntime } from "../workspace/homes.ts";
import { getImport, importsOfArchive, importsOfRuntime } from "../workspace/imports.ts";
import type { ImportRow } from "../workspace/imports.ts";
import { deleteReferencesOfImport } from "../workspace/references.ts";
import { runtimesOfProvider, runtimeWithJoined } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { commitImport, countKept } from "./import-commit.ts";
import type { ExportDigests } from "./digest/export-digests.ts";
import type { ImportWorker } from "./digest/import-worker.ts";
import { openDigests, workerFor } from "./digest/open-digests.ts";
import type { ImportContext } from "./import-context.ts";
import { assertNotAborted, readerMissing } from "./import-errors.ts";
import { receiptFromTally, receiptOf, repeatedReceipt } from "./import-receipt.ts";
import { findTarget, identityOf } from "./import-target.ts";
import { ingestExport } from "./ingest.ts";
import type { Ingested } from "./ingest.ts";
import { planRuntime } from "./new-runtime.ts";
import type { NewRuntime } from "./new-runtime.ts";
import { PackWriter } from "./pack.ts";
import { databaseRows, discardedRows } from "./reference-rows.ts";
import { stagedNames, Staging } from "./staging.ts";
import type { ImportSource, StagedArchive } from "./staging.ts";
import { finishedImports, importsBefore, namespacesOf, VersionHistory } from "./version-history.ts";

/** One import under way. */
interface Run {
  context: ImportContext;
  importId: ImportId;
  options: ImportOptions;
  path: string;
  /** Name of the upload, for people. */
  name: string;
  staging: Staging;
  startedAt: number;
  elapsedMs: () => number;
  progress: (progress: ImportProgress) => void;
}

/** The runtime that is imported into, and those whose conversations show in it. */
interface Destination {
  runtime: RuntimeRecord;
  /** Joined into it, the oldest first. */
  joined: RuntimeRecord[];
  /** Present when the import makes the runtime. */
  planned?: NewRuntime;
}

/** What an import gave. */
export interface ImportOutcome {
  receipt: ImportReceipt;
  /** What it changed; undefined when it changed nothing: a dry run, or a repeat. */
  changes?: ImportChanges;
}

/** What shows otherwise since an import. */
export interface ImportChanges {
  /** Sessions that came, changed or are no longer shown. */
  sessions: ReadonlySet<SessionId>;
  /** The runtime that was imported into, and those joined into it. */
  runtimeIds: readonly RuntimeId[];
}

/**
 * Imports one export. Everything that it brings becomes visible in one step at the end; whatever happens before that, nothing of
 * it stays.
 */
export async function runImport(
  context: ImportContext,
  input: ImportSource,
  options: ImportOptions,
): Promise<ImportOutcome> {
  if (context.reader === undefined) throw readerMissing();
  assertNotAborted(options.signal);
  const startedAt = context.now();
  const importId = createUuid(startedAt) as ImportId;
  const started = performance.now();
  const run: Run = {
    context,
    importId,
    options,
    path: input.kind === "path" ? input.path : nameOf(input),
    name: options.name ?? nameOf(input),
    staging: new Staging(context, importId),
    startedAt,
    elapsedMs: () => Math.round(performance.now() - started),
    progress: (progress) => options.onProgress?.(progress),
  };
  let worker: ImportWorker | undefined;
  try {
    // What lies there already is hashed by the thread that reads it later.
    if (input.kind === "claimed") worker = workerFor(context, input.upload.path);
    return await stageAndRead(run, input, worker);
  } catch (error) {
    removeTraces(run);
    // What the system refuses has a code of the system; everything else is told as it is.
    const isSystems = /^E[A-Z0-9]+$/.test(errorCodeOf(error) ?? "") && !isChattyError(error);
    throw isSystems ? storageError(error, "import into", context.storage.root) : error;
  } finally {
    await worker?.close();
  }
}

function nameOf(input: ImportSource): string {
  if (input.kind === "path") return basename(input.path);
  return input.kind === "stream" ? input.name : input.upload.view.name;
}

async function stageAndRead(
  run: Run,
  input: ImportSource,
  worker: ImportWorker | undefined,
): Promise<ImportOutcome> {
  const { context, staging, options } = run;
  const staged = await staging.stage(input, {
    signal: options.signal,
    onProgress: (bytesDone, bytesTotal) =>
      run.progress({ phase: "staging", bytesDone, bytesTotal, conversations: 0 }),
    hash: worker === undefined ? undefined : (path) => worker.call("hash", { path }, options.signal),
  });
  run.progress({ phase: "validating", bytesDone: 0, bytesTotal: staged.size, conversations: 0 });
  const { source, signal } = options;
  const opened = await openDigests(context, staged.path, run.name, { source, signal }, worker);
  try {
    assertNotAborted(options.signal);
    const destination = await findDestination(run, opened);
    const repeated = findRepeated(run, staged, destination);
    if (repeated === undefined) return await readAndCommit(run, staged, opened, destination);
    await opened.close();
    if (options.dryRun !== true) staging.restore();
    staging.discard();
    return { receipt: repeated };
  } finally {
    await opened.close();
  }
}

async function findDestination(run: Run, opened: ExportDigests): Promise<Destination> {
  const { context, options } = run;
  const target = await findTarget(context, opened, options.into, options.signal);
  if (target.kind === "known") {
    const { runtime } = target;
    const family = runtimeWithJoined(context.storage.configuration, context.user.userId, runtime.runtimeId);
    return { runtime, joined: family.filter((each) => each.runtimeId !== runtime.runtimeId) };
  }
  const identity = await identityOfExport(opened);
  const planned = planRuntime(context, opened.source, target.namespace, identity, run.startedAt);
  return { runtime: planned.runtime, joined: [], planned };
}

/** What the export says about its owner; where that names no account, the first conversation may. */
async function identityOfExport(opened: ExportDigests): Promise<SourceIdentity> {
  if (opened.identity.accountId !== undefined) return opened.identity;
  for await (const owners of opened.owners()) {
    const [first] = owners;
    if (first === undefined) continue;
    const { accountId } = first;
    return accountId === undefined ? opened.identity : { ...opened.identity, accountId };
  }
  return opened.identity;
}

/** The earlier import that makes this one a repeat, as the answer to it. */
function findRepeated(run: Run, staged: StagedArchive, destination: Destination): ImportReceipt | undefined {
  const { context, options } = run;
  const { runtime, joined, planned } = destination;
  if (planned !== undefined) return undefined;
  const { configuration } = context.storage;
  const { userId } = context.user;
  const family = new Set([runtime, ...joined].map(({ runtimeId }) => runtimeId));
  const earlier = importsOfArchive(configuration, userId, staged.sha256).find(
    (each) =>
      each.status === "finished" &&
      each.supersededBy === undefined &&
      each.runtimeId !== undefined &&
      family.has(each.runtimeId),
  );
  const receipt = earlier === undefined ? undefined : receiptOf(earlier);
  if (receipt === undefined) return undefined;
  const shown = [...family].flatMap((runtimeId) => importsOfRuntime(configuration, userId, runtimeId));
  if (options.replace === true && shown.length > 1) return undefined;
  const { runtimeId, constructId } = runtime;
  const homeSessionId = homeOfRuntime(configuration, userId, runtimeId)?.sessionId ?? receipt.homeSessionId;
  const durationMs = run.elapsedMs();
  return repeatedReceipt(receipt, { path: run.path, runtimeId, constructId, homeSessionId, durationMs });
}

async function readAndCommit(
  run: Run,
  staged: StagedArchive,
  opened: ExportDigests,
  destination: Destination,
): Promise<ImportOutcome> {
  const { context, importId, options, staging } = run;
  const { storage, user } = context;
  const { runtime, joined, planned } = destination;
  const pack = new PackWriter(storage.files, staging.packPath);
  let ingested: Ingested;
  const finished = finishedImports(context);
  try {
    ingested = await ingestExport(
      context,
      opened,
      {
        importId,
        runtimeId: runtime.runtimeId,
        history: historyOf(context, destination, finished),
        replaces: options.replace === true,
        rows: options.dryRun === true ? discardedRows : databaseRows(context),
        pack,
        packPath: staging.packPath,
        packName: stagedNames.pack(importId),
      },
      {
        signal: options.signal,
        onProgress: (bytesDone, conversations) =>
          run.progress({ phase: "reading", bytesDone, bytesTotal: opened.totalBytes, conversations }),
      },
    );
    ingested.tally.assertBalanced();
    if (planned === undefined && options.into !== undefined)
      ingested.tally.problems.push(...accountProblems(opened, ingested, runtime));
    await pack.sync();
  } finally {
    pack.close();
  }
  const family = [runtime, ...joined];
  const kept = await countKept(context, family, ingested);
  ingested.tally.conversations.gone = kept.gone;
  const homeSessionId =
    planned?.homeSessionId ?? homeOfRuntime(storage.configuration, user.userId, runtime.runtimeId)?.sessionId;
  if (homeSessionId === undefined) throw homeMissing(runtime);
  const { source } = opened;
  const { sha256, size } = staged;
  const receipt = receiptFromTally(ingested.tally, {
    path: run.path,
    source,
    sha256,
    runtimeId: runtime.runtimeId,
    constructId: runtime.constructId,
    homeSessionId,
    durationMs: run.elapsedMs(),
  });
  // Windows moves no file that is open.
  await opened.close();
  if (options.dryRun === true) {
    staging.discard();
    return { receipt };
  }
  assertNotAborted(options.signal);
  run.progress({
    phase: "committing",
    bytesDone: opened.totalBytes,
    bytesTotal: opened.totalBytes,
    conversations: receipt.conversations.seen,
  });
  await staging.place();
  await commitImport(context, {
    importId,
    archive: { sha256, size, name: run.name },
    source,
    identity: opened.identity,
    runtime,
    joined,
    planned,
    replaces: options.replace === true,
    selects: options.select !== false,
    receipt,
    ingested,
    kept,
    startedAt: run.startedAt,
  });
  finishQuietly(staging);
  const hidden = options.replace === true ? kept.sessions : [];
  const sessions = new Set([...ingested.changed, ...hidden]);
  return { receipt, changes: { sessions, runtimeIds: family.map(({ runtimeId }) => runtimeId) } };
}

/** A person may put the export of one account into the runtime of another, and is told so. */
function accountProblems(opened: ExportDigests, { tally }: Ingested, runtime: RuntimeRecord): Problem[] {
  const known = identityOf(runtime);
  const { accountId = tally.accountId, email } = opened.identity;
  const isOther =
    accountId === undefined || known.accountId === undefined
      ? email !== undefined && known.email !== undefined && known.email.toLowerCase() !== email.toLowerCase()
      : accountId !== known.accountId;
  if (!isOther) return [];
  const message = `This export belongs to another account than ${runtime.runtimeId}; it was put there because --into says so.`;
  return [{ code: "ACCOUNT_DIFFERS", message }];
}

function historyOf(
  context: ImportContext,
  { runtime, joined }: Destination,
  finished: readonly ImportRow[],
): VersionHistory {
  const family = new Set([runtime, ...joined].map(({ runtimeId }) => runtimeId));
  const provider = runtime.provider ?? "";
  const others = runtimesOfProvider(context.storage.configuration, context.user.userId, provider).filter(
    ({ runtimeId }) => !family.has(runtimeId),
  );
  if (runtime.namespace === undefined)
    throw new TypeError(`The runtime ${runtime.runtimeId} has no namespace.`);
  return new VersionHistory(context, {
    namespace: runtime.namespace,
    joined: namespacesOf(joined),
    others: namespacesOf(others),
    imports: importsBefore(finished, undefined),
  });
}

/** Takes back everything that is not committed. */
function removeTraces({ context, importId, staging }: Run): void {
  const { storage, user } = context;
  // Once the log is in doubt only the next start knows whether the import happened, and it cleans up then.
  if (storage.fault !== undefined) return;
  try {
    if (getImport(storage.configuration, user.userId, importId) !== undefined) return;
    // Files first: on a full disk only they make the room that taking the rows back needs.
    staging.discard();
    storage.configuration.transaction((writer) => {
      deleteReferencesOfImport(writer, user.userId, importId);
    });
  } catch {
    // The first error is the one to tell; what is left over is removed at the next start.
    return;
  }
}

function finishQuietly(staging: Staging): void {
  try {
    staging.finish();
  } catch {
    // The import has happened; a note that is left over is removed at the next start.
    return;
  }
}

function homeMissing({ runtimeId }: RuntimeRecord): ChattyError {
  return new ChattyError("HOME_MISSING", `The runtime ${runtimeId} has no home conversation.`, {
    hint: "Run `chatty repair`.",
  });
}
