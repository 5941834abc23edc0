// The trash: what was deleted rests for a while and comes back whole; then it is purged, and that is written down.
import type { ConstructId, SessionId } from "@chatty/model";
import { ChattyError, isUuid } from "@chatty/model";
import type { CatalogCursor, CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { purgeRuntime, purgeSessions } from "../vault/purge.ts";
import type { SessionPlace } from "../vault/purge-runtime.ts";
import { speaksOf } from "../vault/leftovers.ts";
import type { ChangeOptions, TrashEntry } from "../views.ts";
import { getOverlay } from "../workspace/overlays.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { getSetting } from "../workspace/settings.ts";
import { hiddenRuntimes, runtimeFamily } from "./runtime-changes.ts";
import { checkRevision } from "../sessions/session-revision.ts";
import { readOnly } from "./session-changes.ts";
import { cursorFromRow, parseCursor } from "./session-view.ts";
import type { UserContext } from "./user-context.ts";

/** Key of the setting that says how long the trash keeps things, in whole days; false keeps them for ever. */
export const trashDaysKey = "trash.days";

const defaultDays = 30;
const longestDays = 36_500;
const pageRows = 1000;
const dayMs = 24 * 60 * 60 * 1000;

/** How long the trash keeps things, in milliseconds; undefined for ever. A setting that makes no sense counts as absent. */
export function trashMs(context: UserContext): number | undefined {
  const value = getSetting(context.storage.configuration, context.userId, trashDaysKey);
  if (value === false) return undefined;
  const isDays = typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= longestDays;
  return (isDays ? value : defaultDays) * dayMs;
}

/** Everything in the trash, newest first. */
export function listTrash(context: UserContext): TrashEntry[] {
  const entries = [
    ...deletedSessions(context).map((row) => sessionEntry(context, row)),
    ...deletedRuntimes(context).map((runtime) => runtimeEntry(context, runtime)),
  ];
  return entries.sort((left, right) => right.deletedAt - left.deletedAt);
}

/** Purges what has rested long enough. @returns what was purged. */
export async function emptyTrash(context: UserContext, nowMs: number): Promise<TrashEntry[]> {
  const isDue = ({ until }: TrashEntry): boolean => until !== undefined && until <= nowMs;
  const due = listTrash(context).filter(isDue);
  const rows = deletedSessions(context).filter((row) => isDue(sessionEntry(context, row)));
  const restMs = trashMs(context);
  const old = restMs === undefined ? [] : oldTrash(context, nowMs - restMs);
  const places: SessionPlace[] = [...rows, ...old];
  if (places.length > 0) await purgeSessions(context.purging, places, "expired");
  for (const runtime of deletedRuntimes(context)) {
    if (isDue(runtimeEntry(context, runtime))) await purgeWithFeed(context, runtime, "expired");
  }
  return due;
}

/** Removes a deleted native session for good. @throws {ChattyError} SESSION_NOT_DELETED, SESSION_READ_ONLY, REVISION_CONFLICT */
export async function purgeDeletedSession(
  context: UserContext,
  row: CatalogSession,
  options: ChangeOptions,
): Promise<void> {
  if (row.imported) {
    throw readOnly(
      row.sessionId,
      "Deleting hides it; the archive it lies in is kept whole, and goes when its runtime is purged.",
    );
  }
  checkRevision(row, options);
  await context.sessions.purge(row.sessionId);
}

/** Removes a deleted runtime for good. @throws {ChattyError} RUNTIME_NOT_DELETED */
export async function purgeDeletedRuntime(context: UserContext, runtime: RuntimeRecord): Promise<void> {
  if (runtime.deletedAt === undefined) {
    throw new ChattyError("RUNTIME_NOT_DELETED", `The runtime ${runtime.runtimeId} is not deleted.`, {
      hint: "Delete it first; purging has no undo.",
    });
  }
  await purgeWithFeed(context, runtime, "asked");
}

async function purgeWithFeed(
  context: UserContext,
  { runtimeId }: RuntimeRecord,
  reason: "asked" | "expired",
): Promise<void> {
  await purgeRuntime(context.purging, runtimeId, reason);
  context.feed.tell({ kind: "runtime", runtimeId });
  context.feed.tell({ kind: "sessions", runtimeId });
}

/** Deleted sessions of runtimes that are not deleted themselves: those rest with their runtime. */
function deletedSessions(context: UserContext): CatalogSession[] {
  const exceptRuntimeIds = hiddenRuntimes(context);
  const rows: CatalogSession[] = [];
  for (let after: CatalogCursor | undefined; ;) {
    const query = { limit: pageRows, exceptRuntimeIds, deleted: true, archived: undefined, homeFirst: false };
    const page = context.catalog.list({ ...query, ...(after === undefined ? {} : { after }) });
    rows.push(...page.slice(0, pageRows));
    const last = page[pageRows - 1];
    if (page.length <= pageRows || last === undefined) return rows;
    after = parseCursor(cursorFromRow(last));
  }
}

function deletedRuntimes({ storage, userId }: UserContext): RuntimeRecord[] {
  return listRuntimes(storage.configuration, userId, { all: true }).filter(
    ({ deletedAt, joinedInto }) => deletedAt !== undefined && joinedInto === undefined,
  );
}

function sessionEntry(context: UserContext, row: CatalogSession): TrashEntry {
  const { storage, userId } = context;
  const { sessionId, runtimeId, title, imported, messageCount } = row;
  const overlay = imported ? getOverlay(storage.configuration, userId, sessionId) : undefined;
  // The last record of a deleted session is the one that deleted it: it takes no others.
  const deletedAt = overlay?.deletedAt ?? row.updatedAt ?? 0;
  const restMs = trashMs(context);
  return {
    kind: "session",
    sessionId,
    runtimeId,
    title,
    imported,
    messageCount,
    deletedAt,
    // A conversation of an import lies in an archive that is kept whole, and goes with it.
    ...(imported || restMs === undefined ? {} : { until: deletedAt + restMs }),
  };
}

function runtimeEntry(context: UserContext, runtime: RuntimeRecord): TrashEntry {
  const deletedAt = runtime.deletedAt ?? 0;
  const restMs = trashMs(context);
  return {
    kind: "runtime",
    runtimeId: runtime.runtimeId,
    title: runtime.name,
    imported: runtime.kind === "imported",
    messageCount: context.catalog.counts(runtimeFamily(context, runtime.runtimeId)).messages,
    deletedAt,
    ...(restMs === undefined ? {} : { until: deletedAt + restMs }),
  };
}

/** What earlier versions moved to the trash folder before a time, of this user. */
function oldTrash(context: UserContext, beforeMs: number): SessionPlace[] {
  const { storage, userId, catalog } = context;
  const { files, root } = storage;
  const places: SessionPlace[] = [];
  for (const { name } of files.list(absolutePath(root, layout.trash))) {
    const sessionId = name.slice(-36).toLowerCase() as SessionId;
    const movedAt = Date.parse(name.slice(0, 17).replace(/T(\d\d)(\d\d)(\d\d)/, "T$1:$2:$3Z"));
    if (!isUuid(sessionId) || !(movedAt <= beforeMs) || catalog.session(sessionId) !== undefined) continue;
    const path = absolutePath(root, `${layout.trash}/${name}`);
    if (!speaksOf(files, path, [Buffer.from(userId)])) continue;
    // Its folder is not there any more: the construct finds nothing, and the piece is found by the id.
    places.push({ sessionId, constructId: "synth-001" as ConstructId });
  }
  return places;
}
