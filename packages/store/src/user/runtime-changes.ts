import type { RuntimeId, SessionId } from "@chatty/model";
import { ChattyError, createUuid, homeSlug } from "@chatty/model";
import type { JournalHome } from "../journal/record.ts";
import type { NewSession, RuntimeSelection, SessionChange } from "../sessions/backend.ts";
import type { RuntimeView } from "../views.ts";
import { resolveRuntime } from "../workspace/aliases.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { getConstruct } from "../workspace/constructs.ts";
import { homeChange, homeOfRuntime } from "../workspace/homes.ts";
import { providerPreset } from "../workspace/presets.ts";
import { getRuntime, listRuntimes, runtimeEditChanges, runtimeWithJoined } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { activeRuntimeId, activeRuntimeKey, settingChange } from "../workspace/settings.ts";
import { synthRuntimeId } from "../workspace/seed.ts";
import { recorded } from "./acts.ts";
import type { UserContext } from "./user-context.ts";

/** The runtime that a text names. @throws {ChattyError} RUNTIME_NOT_FOUND */
export function findRuntime(context: UserContext, name: string): RuntimeRecord {
  const { storage, userId } = context;
  const runtimeId = resolveRuntime(storage.configuration, userId, name);
  const runtime = runtimeId === undefined ? undefined : getRuntime(storage.configuration, userId, runtimeId);
  if (runtime !== undefined) return runtime;
  throw new ChattyError("RUNTIME_NOT_FOUND", `There is no runtime ${JSON.stringify(name.slice(0, 120))}.`, {
    hint: "`chatty runtimes` lists them.",
  });
}

/** As {@link findRuntime}; an exact id means that runtime also after it was joined into another one. */
export function findUnjoined(context: UserContext, name: string): RuntimeRecord {
  const { storage, userId } = context;
  const exact = getRuntime(storage.configuration, userId, name.toLowerCase() as RuntimeId);
  return exact ?? findRuntime(context, name);
}

/** As {@link findRuntime}, but not one that a person deleted. @throws {ChattyError} RUNTIME_DELETED */
export function findLivingRuntime(context: UserContext, name: string): RuntimeRecord {
  const runtime = findRuntime(context, name);
  if (runtime.deletedAt === undefined) return runtime;
  throw new ChattyError("RUNTIME_DELETED", `The runtime ${runtime.runtimeId} is deleted.`, {
    hint: `Bring it back with: chatty runtimes restore ${runtime.runtimeId}`,
  });
}

/** Ids of a runtime and of all that were joined into it. */
export function runtimeFamily(context: UserContext, runtimeId: RuntimeId): RuntimeId[] {
  return runtimeWithJoined(context.storage.configuration, context.userId, runtimeId).map(
    (runtime) => runtime.runtimeId,
  );
}

/** Ids of all runtimes whose sessions are hidden: deleted ones, with what was joined into them. */
export function hiddenRuntimes(context: UserContext): RuntimeId[] {
  return listRuntimes(context.storage.configuration, context.userId, { all: true })
    .filter((runtime) => runtime.deletedAt !== undefined)
    .flatMap((runtime) => runtimeFamily(context, runtime.runtimeId));
}

/** Every runtime that is not deleted, or those that are. */
export function runtimeViews(context: UserContext, deleted: boolean): RuntimeView[] {
  return listRuntimes(context.storage.configuration, context.userId, { all: true })
    .filter((runtime) => runtime.joinedInto === undefined && (runtime.deletedAt !== undefined) === deleted)
    .map((runtime) => runtimeView(context, runtime));
}

/** Id of the active runtime. */
export function activeRuntime(context: UserContext): RuntimeId {
  return activeRuntimeId(context.storage.configuration, context.userId) ?? synthRuntimeId;
}

/** One runtime as people and programs see it. @throws {ChattyError} HOME_MISSING */
export function runtimeView(context: UserContext, runtime: RuntimeRecord): RuntimeView {
  const { storage, userId, catalog } = context;
  const home = homeOfRuntime(storage.configuration, userId, runtime.runtimeId);
  if (home === undefined) {
    throw new ChattyError("HOME_MISSING", `The runtime ${runtime.runtimeId} has no home conversation.`, {
      hint: "Run `chatty repair`.",
    });
  }
  const family = runtimeFamily(context, runtime.runtimeId);
  const counts = catalog.counts(family);
  const { firstAt, lastAt, months } = catalog.activity(family);
  return {
    runtimeId: runtime.runtimeId,
    name: runtime.name,
    kind: runtime.kind,
    ...(runtime.provider === undefined ? {} : { provider: runtime.provider }),
    constructId: runtime.constructId,
    mode: runtime.mode,
    homeSessionId: home.sessionId,
    conversationCount: counts.conversations,
    messageCount: counts.messages,
    createdAt: runtime.createdAt,
    active: activeRuntimeId(storage.configuration, userId) === runtime.runtimeId,
    homeSlug: homeSlug(home.constructId),
    ...(firstAt === undefined ? {} : { firstAt }),
    ...(lastAt === undefined ? {} : { lastAt }),
    activity: months.map(({ month, count }) => ({ month: monthText(month), count })),
  };
}

/** Makes a runtime the active one, with its event. Nothing changes when it is already. */
export async function selectRuntime(
  context: UserContext,
  runtime: RuntimeRecord,
  source: RuntimeSelection["source"],
): Promise<void> {
  const { storage, userId, sessions } = context;
  await sessions.commit(() => {
    const previous = activeRuntimeId(storage.configuration, userId);
    if (previous === runtime.runtimeId) return [];
    return [
      { kind: "select", selection: selectionOf(runtime, previous, source) },
      { kind: "configure", change: settingChange(userId, activeRuntimeKey, runtime.runtimeId) },
    ];
  });
}

/** Hides a runtime; when it was active, the core runtime becomes active in the same step. */
export async function deleteRuntime(context: UserContext, runtime: RuntimeRecord): Promise<void> {
  if (runtime.kind === "core") {
    throw new ChattyError("RUNTIME_IS_CORE", `${runtime.name} is part of Chatty and always exists.`, {
      hint: "Its conversations can be archived or deleted one by one.",
    });
  }
  await context.sessions.commit(() => deletedRuntimeChanges(context, runtime));
}

/** The changes that hide a runtime; when it was active, the core runtime becomes active with them. */
function deletedRuntimeChanges(context: UserContext, runtime: RuntimeRecord): SessionChange[] {
  const { storage, userId, now } = context;
  const { runtimeId } = runtime;
  return [
    ...recorded(
      context,
      { kind: "delete", subject: "runtime", subjectId: runtimeId },
      runtimeEditChanges(storage.configuration, userId, runtimeId, { deletedAt: now() }, now()),
    ),
    ...leavingRuntime(context, runtime),
  ];
}

/** The changes that make the core runtime the active one, if this one is. */
export function leavingRuntime(context: UserContext, runtime: RuntimeRecord): SessionChange[] {
  const { storage, userId } = context;
  const changes: SessionChange[] = [];
  const synth = getRuntime(storage.configuration, userId, synthRuntimeId);
  if (activeRuntimeId(storage.configuration, userId) === runtime.runtimeId && synth !== undefined) {
    changes.push(
      { kind: "select", selection: selectionOf(synth, runtime.runtimeId, "auto_restore") },
      { kind: "configure", change: settingChange(userId, activeRuntimeKey, synth.runtimeId) },
    );
  }
  return changes;
}

/** Renames a runtime, brings it back, or both. */
export async function editRuntime(
  context: UserContext,
  runtime: RuntimeRecord,
  edit: { name?: string; deletedAt?: null },
): Promise<void> {
  const { storage, userId, now, sessions } = context;
  if (edit.name !== undefined && edit.name.trim() === "") {
    throw new ChattyError("NAME_EMPTY", "A runtime needs a name.", { hint: "Give at least one letter." });
  }
  const kind = edit.deletedAt === undefined ? "rename" : "restore";
  await sessions.commit(() =>
    recorded(
      context,
      { kind, subject: "runtime", subjectId: runtime.runtimeId },
      runtimeEditChanges(storage.configuration, userId, runtime.runtimeId, edit, now()),
    ),
  );
}

/** Says that an imported runtime is the same account as another: from then on its conversations show there. */
export async function joinRuntime(
  context: UserContext,
  runtime: RuntimeRecord,
  into: RuntimeRecord,
): Promise<void> {
  if (runtime.kind !== "imported" || into.kind !== "imported" || runtime.provider !== into.provider) {
    throw new ChattyError(
      "RUNTIMES_DIFFER",
      `${runtime.runtimeId} and ${into.runtimeId} are not two imports of one provider.`,
      { hint: "Only an imported runtime can belong to another one, and only of the same provider." },
    );
  }
  if (runtime.runtimeId === into.runtimeId) return;
  const { storage, userId, now, sessions } = context;
  await sessions.commit(() => {
    const edit = { joinedInto: into.runtimeId };
    const changes: SessionChange[] = [
      ...recorded(context, { kind: "join", subject: "runtime", subjectId: runtime.runtimeId }, [
        ...runtimeEditChanges(storage.configuration, userId, runtime.runtimeId, edit, now()),
        // Its former home becomes a conversation like any other: there is one home, that of the runtime it belongs to now.
        { delete: "homes", key: { user_id: userId, runtime_id: runtime.runtimeId } },
      ]),
    ];
    if (activeRuntimeId(storage.configuration, userId) === runtime.runtimeId) {
      changes.push(
        { kind: "select", selection: selectionOf(into, runtime.runtimeId, "auto_restore") },
        { kind: "configure", change: settingChange(userId, activeRuntimeKey, into.runtimeId) },
      );
    }
    return changes;
  });
}

/** The changes that give a runtime a new, empty home conversation. */
export function newHomeChanges(
  context: Pick<UserContext, "userId" | "now">,
  runtime: Pick<RuntimeRecord, "runtimeId" | "constructId" | "provider" | "name">,
  title: string,
  importedAt?: number,
): { sessionId: SessionId; changes: SessionChange[] } {
  const setAt = context.now();
  const sessionId = createUuid(setAt) as SessionId;
  const home: JournalHome = {
    providerLabel: runtime.provider === undefined ? runtime.name : providerPreset(runtime.provider).label,
    source: runtime.provider ?? "chatty",
    ...(importedAt === undefined ? {} : { importedAt }),
    isPrimary: true,
  };
  const session: NewSession = {
    sessionId,
    runtimeId: runtime.runtimeId,
    constructId: runtime.constructId,
    title,
    source: importedAt === undefined ? "new_conversation" : "imported",
    home,
  };
  const { runtimeId, constructId } = runtime;
  return {
    sessionId,
    changes: [
      { kind: "create", session },
      { kind: "configure", change: homeChange(context.userId, { runtimeId, sessionId, constructId, setAt }) },
    ],
  };
}

/** Title of a runtime's new home: the name of its construct. */
export function homeTitle(context: UserContext, runtime: RuntimeRecord): string {
  return (
    getConstruct(context.storage.configuration, context.userId, runtime.constructId)?.name ?? runtime.name
  );
}

/** Changes of the configuration as changes of a batch. */
export function configured(changes: readonly ConfigurationChange[]): SessionChange[] {
  return changes.map((change) => ({ kind: "configure", change }));
}

function monthText(month: number): string {
  return `${String(Math.floor(month / 100)).padStart(4, "0")}-${String(month % 100).padStart(2, "0")}`;
}

/** The event of a selection. */
export function selectionOf(
  runtime: RuntimeRecord,
  previous: RuntimeId | undefined,
  source: RuntimeSelection["source"],
): RuntimeSelection {
  return {
    eventType: previous === undefined ? "runtime_selected" : "runtime_switched",
    runtimeId: runtime.runtimeId,
    ...(previous === undefined ? {} : { previousRuntimeId: previous }),
    constructId: runtime.constructId,
    provider: runtime.provider ?? "chatty",
    isImported: runtime.kind === "imported",
    isCore: runtime.kind === "core",
    source,
  };
}
