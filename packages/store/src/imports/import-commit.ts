import type { ImportId, RuntimeId, SessionId, Sha256, SourceIdentity, SourceName } from "@chatty/model";
import { canonicalJson } from "@chatty/model";
import type { SessionChange } from "../sessions/backend.ts";
import type { ImportReceipt } from "../views.ts";
import { importMetadataChange } from "../workspace/construct-parts.ts";
import { getConstruct } from "../workspace/constructs.ts";
import { importChange, supersedeChanges } from "../workspace/imports.ts";
import { newestReference } from "../workspace/references.ts";
import { getRuntime, runtimeEditChanges } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import type { ImportContext } from "./import-context.ts";
import { runtimeDeleted } from "./import-errors.ts";
import { importMetadata, readImportMetadata } from "./import-metadata.ts";
import { storedReceipt } from "./import-receipt.ts";
import { identityOf, joinedRoot, mergeIdentity } from "./import-target.ts";
import type { Ingested } from "./ingest.ts";
import { configure, identityColumn, newRuntimeBatch } from "./new-runtime.ts";
import type { NewRuntime } from "./new-runtime.ts";
import { importedSessionId } from "./name-uuid.ts";
import { importedSessionIds, nextOrdinal } from "./session-pages.ts";
import { Turn } from "./turn.ts";
import { namespacesOf } from "./version-history.ts";

/** What a runtime showed before and the new export does not bring. */
export interface KeptConversations {
  conversations: number;
  /** Those of them that the export lacks. The others are in it under the session of a joined runtime. */
  gone: number;
  messages: number;
  sessions: ReadonlySet<SessionId>;
}

/** An import that was read, balanced and placed. */
export interface FinishedReading {
  importId: ImportId;
  archive: { sha256: Sha256; size: number; name: string };
  source: SourceName;
  identity: SourceIdentity;
  runtime: RuntimeRecord;
  joined: readonly RuntimeRecord[];
  planned: NewRuntime | undefined;
  replaces: boolean;
  /** A new runtime becomes the active one. */
  selects: boolean;
  receipt: ImportReceipt;
  ingested: Ingested;
  kept: KeptConversations;
  startedAt: number;
}

/** Counts what was known before and is not in the export; it is kept. */
export async function countKept(
  context: ImportContext,
  family: readonly RuntimeRecord[],
  ingested: Ingested,
): Promise<KeptConversations> {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const counted = new Set<SessionId>();
  const kept: KeptConversations = { conversations: 0, gone: 0, messages: 0, sessions: counted };
  const namespaces = namespacesOf(family);
  const turn = new Turn();
  for (const { runtimeId } of family) {
    for (const sessionId of importedSessionIds(configuration, userId, runtimeId)) {
      if (turn.isOver()) await turn.next();
      if (ingested.has(sessionId) || counted.has(sessionId)) continue;
      const newest = newestReference(configuration, userId, sessionId);
      if (newest === undefined) continue;
      counted.add(sessionId);
      kept.conversations += 1;
      kept.messages += newest.messageCount;
      const { sourceId = "" } = newest;
      if (!namespaces.some((each) => ingested.has(importedSessionId(each, sourceId)))) kept.gone += 1;
    }
  }
  return kept;
}

/**
 * Makes an import visible, in one step: its row with the receipt, and for a new runtime everything that belongs to one.
 * Archive, pack and rows are on disk before; after this they belong to a finished import.
 */
export async function commitImport(context: ImportContext, reading: FinishedReading): Promise<void> {
  // Rows are written whole: they are made from what stands there when it is this import's turn, so that nothing that was
  // acknowledged meanwhile is undone. When this resolves, the import has happened; until then, nothing has.
  await context.sessions.commit(() => importChanges(context, reading));
}

function importChanges(context: ImportContext, reading: FinishedReading): SessionChange[] {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const { importId, archive, runtime, joined, planned } = reading;
  const finishedAt = Math.max(context.now(), reading.startedAt);
  const changes: SessionChange[] = [];
  if (planned === undefined) assertPresent(context, runtime.runtimeId);
  if (planned !== undefined) changes.push(...newRuntimeBatch(context, planned, finishedAt, reading.selects));
  else changes.push(...identityChanges(context, reading, finishedAt));
  if (reading.replaces) {
    for (const { runtimeId } of [runtime, ...joined]) {
      changes.push(...supersedeChanges(configuration, userId, runtimeId, importId).map(configure));
    }
  }
  changes.push(...metadataChanges(context, reading, finishedAt));
  const joinedIds = joined.map(({ runtimeId }) => runtimeId);
  const row = importChange(userId, {
    importId,
    archiveSha256: archive.sha256,
    archiveName: archive.name,
    archiveBytes: archive.size,
    source: reading.source,
    runtimeId: runtime.runtimeId,
    readerVersion: context.reader?.version,
    status: "finished",
    ordinal: nextOrdinal(configuration, userId),
    supersededBy: undefined,
    startedAt: reading.startedAt,
    finishedAt,
    receipt: storedReceipt(reading.receipt, joinedIds),
  });
  changes.push(configure(row));
  return changes;
}

/** What a person deleted while it was being read stays deleted. @throws {ChattyError} RUNTIME_DELETED */
function assertPresent(context: ImportContext, runtimeId: RuntimeId): void {
  const now = getRuntime(context.storage.configuration, context.user.userId, runtimeId);
  if (now === undefined || joinedRoot(context, now).deletedAt !== undefined) throw runtimeDeleted(runtimeId);
}

/** What the export adds to what is known of the account; an export of another account adds nothing. */
function identityChanges(context: ImportContext, reading: FinishedReading, nowMs: number): SessionChange[] {
  const { configuration } = context.storage;
  const { runtimeId } = reading.runtime;
  const runtime = getRuntime(configuration, context.user.userId, runtimeId) ?? reading.runtime;
  const known = identityOf(runtime);
  const found = foundIdentity(reading);
  const isOther = known.accountId !== undefined && found.accountId !== known.accountId;
  if (isOther && found.accountId !== undefined) return [];
  const merged =
    known.accountId !== undefined && !isOther ? mergeIdentity(known, found) : mergeIdentity(found, known);
  if (canonicalJson(identityColumn(merged)) === canonicalJson(identityColumn(known))) return [];
  const edit = { identity: { ...runtime.identity, ...identityColumn(merged) } };
  return runtimeEditChanges(configuration, context.user.userId, runtimeId, edit, nowMs).map(configure);
}

function metadataChanges(context: ImportContext, reading: FinishedReading, nowMs: number): SessionChange[] {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const { planned, ingested, kept, replaces } = reading;
  const runtime = getRuntime(configuration, userId, reading.runtime.runtimeId) ?? reading.runtime;
  const gptId = planned?.construct.gptId ?? getConstruct(configuration, userId, runtime.constructId)?.gptId;
  // A person may have deleted the construct of a runtime; its metadata went with it.
  if (gptId === undefined) return [];
  const metadata = importMetadata({
    importId: reading.importId,
    gptId,
    source: reading.source,
    runtime,
    identity:
      planned === undefined
        ? mergeIdentity(foundIdentity(reading), identityOf(runtime))
        : identityOf(runtime),
    tally: ingested.tally,
    totals: {
      conversations: ingested.sessionCount + (replaces ? 0 : kept.conversations),
      messages: ingested.messageTotal + (replaces ? 0 : kept.messages),
    },
    importedAt: nowMs,
    previous:
      planned === undefined && !replaces ? readImportMetadata(configuration, userId, gptId) : undefined,
  });
  return [configure(importMetadataChange(userId, gptId, metadata, nowMs))];
}

function foundIdentity({ identity, ingested }: FinishedReading): SourceIdentity {
  const { accountId } = ingested.tally;
  return identity.accountId !== undefined || accountId === undefined ? identity : { ...identity, accountId };
}
