import type { RuntimeId, SessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { OverlayRecord } from "../workspace/overlays.ts";
import { getOverlay } from "../workspace/overlays.ts";
import type { ImportReference } from "../workspace/references.ts";
import { newestReference } from "../workspace/references.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { getRuntime } from "../workspace/runtimes.ts";
import { isStarred } from "../workspace/stars.ts";
import type { ImportContext } from "./import-context.ts";
import { importedSessionIds } from "./session-pages.ts";

/** The list's row of one imported session; undefined when no shown import has it. */
export function catalogRow(context: ImportContext, sessionId: SessionId): CatalogSession | undefined {
  const { storage, user } = context;
  const reference = newestReference(storage.configuration, user.userId, sessionId);
  if (reference === undefined) return undefined;
  const runtime = getRuntime(storage.configuration, user.userId, reference.runtimeId);
  return runtime === undefined ? undefined : rowFromReference(context, reference, runtime);
}

/**
 * The list's rows of all sessions whose newest version was imported into this runtime, by session id. Between two rows anything may
 * be written.
 */
export function* catalogRows(
  context: ImportContext,
  runtimeId: RuntimeId,
): Generator<CatalogSession, void, undefined> {
  const { storage, user } = context;
  const runtime = getRuntime(storage.configuration, user.userId, runtimeId);
  if (runtime === undefined) return;
  for (const sessionId of importedSessionIds(storage.configuration, user.userId, runtimeId)) {
    const reference = newestReference(storage.configuration, user.userId, sessionId);
    if (reference?.runtimeId !== runtimeId) continue;
    yield rowFromReference(context, reference, runtime);
  }
}

function rowFromReference(
  context: ImportContext,
  reference: ImportReference,
  runtime: RuntimeRecord,
): CatalogSession {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const sessionId = reference.sessionId as SessionId;
  const overlay: OverlayRecord | undefined = getOverlay(configuration, userId, sessionId);
  return {
    sessionId,
    runtimeId: runtime.runtimeId,
    constructId: runtime.constructId,
    title: overlay?.title ?? reference.title ?? "",
    createdAt: reference.createdAt,
    updatedAt: reference.updatedAt,
    messageCount: reference.messageCount,
    imported: true,
    home: false,
    starred: isStarred(configuration, userId, sessionId),
    archived: overlay?.archivedAt !== undefined,
    deleted: overlay?.deletedAt !== undefined,
    leafId: undefined,
    forkedFrom: undefined,
    journalLength: 0,
    journalSeq: 0,
    // Names its newest bytes, so that a newer version gives the session another revision.
    journalHash: reference.rawSha256 ?? "",
  };
}
