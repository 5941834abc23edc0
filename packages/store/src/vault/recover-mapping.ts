// Which runtime is the active one and which conversation is a runtime's home: brought back where a row was lost or names what is not there.
import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import { createUuid, isChattyError } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { RuntimeSelectionEvent } from "../continuity/events.ts";
import { layout } from "../files/layout.ts";
import { readHeader, tailLines } from "../journal/read.ts";
import type { PublishedBytes } from "../journal/read.ts";
import { openLine } from "../log/chained-line.ts";
import type { SessionChange } from "../sessions/backend.ts";
import { recorded } from "../user/acts.ts";
import { configured, newHomeChanges, selectionOf } from "../user/runtime-changes.ts";
import type { UserContext } from "../user/user-context.ts";
import { getConstruct } from "../workspace/constructs.ts";
import { actsAfter } from "../workspace/history.ts";
import { homeChange, homeOfRuntime } from "../workspace/homes.ts";
import { getRuntime, listRuntimes, runtimeWithJoined } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { synthRuntimeId } from "../workspace/seed.ts";
import { activeRuntimeId, activeRuntimeKey, settingChange } from "../workspace/settings.ts";

/** Events at the end of the file among which the active runtime is looked for. */
const eventsLooked = 200;

/**
 * Brings back what was lost, each as an act that says so. Finds nothing to do in a vault that is well.
 * @returns true when a home was brought back: flags in the lists may then be those of before.
 */
export async function recoverMapping(context: UserContext): Promise<boolean> {
  const { storage, userId, sessions } = context;
  let isRecovered = false;
  for (const runtime of listRuntimes(storage.configuration, userId, { all: true })) {
    if (runtime.joinedInto !== undefined || isHomeSound(context, runtime)) continue;
    const changes = recoverHome(context, runtime);
    await sessions.commit(() => changes());
    isRecovered = true;
  }
  const changes = recoverActiveRuntime(context);
  if (changes.length > 0) await sessions.commit(changes);
  return isRecovered;
}

function isHomeSound(context: UserContext, { runtimeId }: RuntimeRecord): boolean {
  const home = homeOfRuntime(context.storage.configuration, context.userId, runtimeId);
  return home !== undefined && canBeHome(context, home.sessionId) !== undefined;
}

function canBeHome(context: UserContext, sessionId: SessionId): CatalogSession | undefined {
  const row = context.catalog.session(sessionId);
  return row === undefined || row.imported || row.deleted ? undefined : row;
}

/**
 * The home that the runtime had last and that is still there; else the newest conversation of its own that was made as a home; else a
 * new one.
 */
function recoverHome(context: UserContext, runtime: RuntimeRecord): () => SessionChange[] {
  const { storage, userId, now } = context;
  const act = { kind: "recover", subject: "runtime", subjectId: runtime.runtimeId } as const;
  const row = formerHome(context, runtime) ?? newestMadeAsHome(context, runtime);
  if (row === undefined) {
    const title = getConstruct(storage.configuration, userId, runtime.constructId)?.name ?? runtime.name;
    const { changes } = newHomeChanges(context, runtime, title);
    const rows = changes.flatMap((each) => (each.kind === "configure" ? [each.change] : []));
    return () => [...changes.filter((each) => each.kind !== "configure"), ...recorded(context, act, rows)];
  }
  const { runtimeId, constructId } = runtime;
  const { sessionId } = row;
  const home = homeChange(userId, { runtimeId, sessionId, constructId, setAt: now() });
  const record = { kind: "archive", id: createUuid(now()) as MessageId, archived: false } as const;
  return () => [
    ...(row.archived ? [{ kind: "append" as const, sessionId, record }] : []),
    ...recorded(context, act, [home]),
  ];
}

function formerHome(context: UserContext, { runtimeId }: RuntimeRecord): CatalogSession | undefined {
  const { storage, userId } = context;
  for (const { changes } of actsAfter(storage.configuration, userId, -1)) {
    for (const { table, key, before, after } of changes) {
      if (table !== "homes" || key["runtime_id"] !== runtimeId) continue;
      for (const named of [after?.["session_id"], before?.["session_id"]]) {
        const row = typeof named === "string" ? canBeHome(context, named as SessionId) : undefined;
        if (row !== undefined && !row.archived) return row;
      }
    }
  }
  return undefined;
}

function newestMadeAsHome(context: UserContext, runtime: RuntimeRecord): CatalogSession | undefined {
  const { storage, userId, catalog, sessions } = context;
  const family = new Set<string>(
    runtimeWithJoined(storage.configuration, userId, runtime.runtimeId).map(({ runtimeId }) => runtimeId),
  );
  let newest: CatalogSession | undefined;
  for (const row of catalog.natives()) {
    if (!family.has(row.runtimeId) || row.archived || canBeHome(context, row.sessionId) === undefined)
      continue;
    if (sessions.damage(row.sessionId) !== undefined) continue;
    if (readHeader(sessions.journalOf(row)).metadata.home === undefined) continue;
    if ((row.createdAt ?? 0) >= (newest?.createdAt ?? 0)) newest = row;
  }
  return newest;
}

/** The runtime that the last event names and that is still there; else the core one. */
function recoverActiveRuntime(context: UserContext): SessionChange[] {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const known = activeRuntimeId(reader, userId);
  if (known !== undefined && living(context, known) !== undefined) return [];
  const last = lastSelected(context);
  const runtime = last ?? getRuntime(reader, userId, synthRuntimeId);
  if (runtime === undefined) return [];
  const changes = configured([settingChange(userId, activeRuntimeKey, runtime.runtimeId)]);
  // The last event says it already, unless it named one that is gone.
  if (last !== undefined && known === undefined) return changes;
  return [{ kind: "select", selection: selectionOf(runtime, known, "auto_restore") }, ...changes];
}

function living(context: UserContext, runtimeId: RuntimeId): RuntimeRecord | undefined {
  const runtime = getRuntime(context.storage.configuration, context.userId, runtimeId);
  return runtime?.deletedAt === undefined && runtime?.joinedInto === undefined ? runtime : undefined;
}

function lastSelected(context: UserContext): RuntimeRecord | undefined {
  try {
    return lastSelectedIn(context);
  } catch (error) {
    // A damaged file is told by `verify`; the core runtime is there in any case.
    if (isChattyError(error, "FILE_DAMAGED")) return undefined;
    throw error;
  }
}

function lastSelectedIn(context: UserContext): RuntimeRecord | undefined {
  const { storage, user } = context;
  const path = layout.events(user, "runtime_selections");
  storage.appended.flush();
  const source: PublishedBytes = {
    path,
    length: storage.appended.head(path).length,
    read: (at, length) => storage.appended.read(path, at, length),
  };
  for (const { bytes } of tailLines(source, eventsLooked).toReversed()) {
    const opened = openLine<RuntimeSelectionEvent>(bytes);
    const runtime = opened.kind === "fault" ? undefined : living(context, opened.body.runtimeId as RuntimeId);
    if (runtime !== undefined) return runtime;
  }
  return undefined;
}
