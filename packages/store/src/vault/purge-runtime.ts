import type { ConstructId, ImportId, RuntimeId, SessionId, Sha256 } from "@chatty/model";
import type { Catalog, CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { UserSearch } from "../search/user-search.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { getConstruct } from "../workspace/constructs.ts";
import { deleteImportView, getImportView } from "../workspace/import-views.ts";
import { importsOfArchive, listImports } from "../workspace/imports.ts";
import { deleteReferencesOfImport } from "../workspace/references.ts";
import { getRuntime, runtimesOfConstruct, runtimeWithJoined } from "../workspace/runtimes.ts";
import { forgetSessions } from "../recall/forget-sessions.ts";
import { forgetRows } from "./forget-rows.ts";
import { activeSessionPrefix } from "../workspace/settings.ts";
import { removePieces, removeTree } from "./leftovers.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** Where a native session lies. */
export type SessionPlace = Pick<CatalogSession, "sessionId" | "constructId">;

/** What purging a runtime asks of the imports. */
export interface RuntimeImports {
  /** Makes references and packs again from the archives. */
  rebuildReferences(): Promise<unknown>;
  /** Tells that readable files are to be looked at again. */
  invalidateViews(): void;
}

interface RuntimeContext {
  storage: VaultStorage;
  user: UserPlace;
  catalog: Catalog;
  imports: RuntimeImports;
  search: () => UserSearch;
}

/**
 * Removes a runtime, and those that were joined into it, with everything that only they need. Doing it again, or from the middle of
 * a former try, comes to the same end.
 * @param removeSessions removes native sessions
 */
export async function removeRuntime(
  context: RuntimeContext,
  runtimeId: RuntimeId,
  removeSessions: (sessions: readonly SessionPlace[]) => Promise<void>,
): Promise<void> {
  const { storage, user, catalog, imports } = context;
  const { configuration } = storage;
  const { userId } = user;
  const family = runtimeWithJoined(configuration, userId, runtimeId);
  const ids = new Set<string>([runtimeId, ...family.map((each) => each.runtimeId)]);
  // References of these imports and groups that brought them are in the log until then.
  await storage.checkpoint();
  await removeSessions([...catalog.natives()].filter((row) => ids.has(row.runtimeId)));
  const imported = removeImports(context, ids);
  await context.search().forget(imported.touchedIds);
  removeViews(context, imported.sessionIds);
  forgetRows(context, imported.sessionIds);
  forgetSessions(storage, user, imported.sessionIds);
  const constructIds = new Set(family.map((each) => each.constructId));
  removeRuntimeRows(context, ids, constructIds);
  for (const id of ids) catalog.removeImported(id as RuntimeId);
  removePieces(storage, [...imported.importIds, ...imported.sessionIds]);
  imports.invalidateViews();
  // Another runtime of the provider may have read conversations from a pack that is gone now.
  if (imported.lostPacks) await imports.rebuildReferences();
}

function removeImports(
  { storage, user, catalog }: RuntimeContext,
  runtimeIds: ReadonlySet<string>,
): { importIds: ImportId[]; sessionIds: SessionId[]; touchedIds: SessionId[]; lostPacks: boolean } {
  const { configuration, files, root } = storage;
  const { userId } = user;
  const runs = listImports(configuration, userId).filter(
    (run) => run.runtimeId !== undefined && runtimeIds.has(run.runtimeId),
  );
  const importIds = runs.map(({ importId }) => importId);
  // What a try that was cut short has removed from the references already, the catalog still has.
  const listed = [...catalog.all()].filter((row) => row.imported && runtimeIds.has(row.runtimeId));
  const sessionIds = new Set<SessionId>(listed.map((row) => row.sessionId));
  const archives = new Set<Sha256>();
  for (const { importId, archiveSha256 } of runs) {
    archives.add(archiveSha256);
    const sql =
      "SELECT DISTINCT session_id FROM import_references WHERE user_id = ? AND import_id = ? AND session_id IS NOT NULL";
    for (const row of configuration.all(sql, userId, importId))
      sessionIds.add(row["session_id"] as SessionId);
  }
  // What another import has as well may have had more words here.
  const touchedIds = [...sessionIds];
  for (const sessionId of sessionIds)
    if (isElsewhere(storage, user, sessionId, importIds)) sessionIds.delete(sessionId);
  for (const importId of importIds) {
    removeTree(files, absolutePath(root, `${layout.packs(user)}/${importId}.pack`));
    configuration.transaction((writer) => void deleteReferencesOfImport(writer, userId, importId));
  }
  const lostPacks = importIds.some(
    (importId) =>
      configuration.get(
        "SELECT 1 FROM import_references WHERE user_id = ? AND pack LIKE ? LIMIT 1",
        userId,
        `%${importId}%`,
      ) !== undefined,
  );
  for (const sha256 of archives) {
    const others = importsOfArchive(configuration, userId, sha256).filter(
      ({ importId }) => !importIds.includes(importId),
    );
    if (others.length === 0) removeTree(files, absolutePath(root, layout.archive(user, sha256)));
  }
  // Last: a try that was cut short finds by these rows what is left to remove.
  configuration.applyAlone(
    importIds.map((importId) => ({ delete: "imports", key: { user_id: userId, import_id: importId } })),
  );
  return { importIds, sessionIds: [...sessionIds], touchedIds, lostPacks };
}

/** True when an import of another runtime has the conversation too. */
function isElsewhere(
  { configuration }: VaultStorage,
  { userId }: UserPlace,
  sessionId: SessionId,
  importIds: readonly ImportId[],
): boolean {
  const sql = "SELECT DISTINCT import_id FROM import_references WHERE user_id = ? AND session_id = ?";
  return configuration
    .all(sql, userId, sessionId)
    .some((row) => !importIds.includes(row["import_id"] as ImportId));
}

function removeViews({ storage, user }: RuntimeContext, sessionIds: readonly SessionId[]): void {
  const { configuration, files, root } = storage;
  for (const sessionId of sessionIds) {
    const view = getImportView(configuration, user.userId, sessionId);
    if (view === undefined) continue;
    removeTree(files, absolutePath(root, view.path));
    configuration.transaction((writer) => deleteImportView(writer, user.userId, sessionId));
  }
}

function removeRuntimeRows(
  context: RuntimeContext,
  runtimeIds: ReadonlySet<string>,
  constructIds: ReadonlySet<ConstructId>,
): void {
  const { storage, user } = context;
  const { configuration, files, root } = storage;
  const { userId } = user;
  const changes: ConfigurationChange[] = [];
  const forget = (subject: "runtime" | "construct", id: string): void => {
    const acts = "SELECT seq FROM history WHERE user_id = ? AND subject = ? AND subject_id = ?";
    for (const { seq } of configuration.all(acts, userId, subject, id)) {
      changes.push({ delete: "history", key: { user_id: userId, seq: seq ?? null } });
    }
    const aliases = "SELECT alias FROM aliases WHERE user_id = ? AND kind = ? AND target = ?";
    for (const { alias } of configuration.all(aliases, userId, subject, id)) {
      changes.push({ delete: "aliases", key: { user_id: userId, kind: subject, alias: alias ?? null } });
    }
  };
  for (const constructId of constructIds) {
    const others = runtimesOfConstruct(configuration, userId, constructId).filter(
      (runtime) => !runtimeIds.has(runtime.runtimeId),
    );
    if (others.length > 0) continue;
    forget("construct", constructId);
    const construct = getConstruct(configuration, userId, constructId);
    if (construct !== undefined) {
      changes.push({ delete: "gpts", key: { user_id: userId, id: construct.gptId } });
    }
    // Conversations of other runtimes may have been held with it: they stay where they are.
    const isShared = [...context.catalog.natives()].some((row) => row.constructId === constructId);
    const instance = absolutePath(root, layout.instance(user, constructId));
    if (!isShared) removeTree(files, instance);
    else
      for (const name of ["files", "persona.json", "persona.json.bak"])
        removeTree(files, `${instance}/${name}`);
    removeTree(files, absolutePath(root, `${layout.views(user)}/${constructId}`));
  }
  for (const id of runtimeIds) {
    forget("runtime", id);
    changes.push({ delete: "homes", key: { user_id: userId, runtime_id: id } });
    changes.push({ delete: "settings", key: { user_id: userId, key: `${activeSessionPrefix}${id}` } });
    if (getRuntime(configuration, userId, id as RuntimeId) !== undefined) {
      changes.push({ delete: "runtimes", key: { user_id: userId, runtime_id: id } });
    }
  }
  configuration.applyAlone(changes);
}
