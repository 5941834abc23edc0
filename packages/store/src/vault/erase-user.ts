import type { UserId } from "@chatty/model";
import { absolutePath, defaultShard, layout } from "../files/layout.ts";
import type { EventStream, UserPlace } from "../files/layout.ts";
import { derivedTableNames, tables } from "../workspace/tables.ts";
import { endPurge } from "./audit.ts";
import { removePieces, removeTree } from "./leftovers.ts";
import { sessionFolders } from "./session-folders.ts";
import type { VaultStorage } from "./vault-storage.ts";

const streams: readonly EventStream[] = ["runtime_selections", "conversations", "messages"];

/**
 * Removes everything of a user whose part is closed: folders, catalog, rows, and pieces that were set aside. Doing it again, or from the
 * middle of a former try, comes to the same end.
 */
export async function removeUser(storage: VaultStorage, userId: UserId): Promise<void> {
  const { files, root, configuration } = storage;
  // What is still in the log would be replayed into the folders that are given up here, and has the texts.
  await storage.checkpoint();
  const prefixes: string[] = [];
  for (const user of placesOf(storage, userId)) {
    for (const { constructId, sessionId } of sessionFolders(storage, user)) {
      storage.appended.forget(layout.journal(user, constructId, sessionId));
    }
    for (const stream of streams) storage.appended.forget(layout.events(user, stream));
    for (const folder of [layout.user(user), layout.imports(user), layout.continuity(user)]) {
      removeTree(files, absolutePath(root, folder));
      const above = absolutePath(root, folder.slice(0, folder.lastIndexOf("/")));
      if (files.status(above) !== undefined) files.syncDirectory(above);
      prefixes.push(`${folder}/`);
    }
    for (const derived of [layout.catalog(user), layout.searchIndex(user), layout.vectors(user)]) {
      const path = absolutePath(root, derived);
      for (const suffix of ["", "-wal", "-shm"]) removeTree(files, `${path}${suffix}`);
    }
  }
  const gone = configuration
    .marks()
    .map(({ path }) => path)
    .filter((path) => prefixes.some((prefix) => path.startsWith(prefix)));
  configuration.setCheckpoint(configuration.checkpointSeq(), [], gone);
  removePieces(storage, [userId]);
  configuration.transaction((writer) => {
    for (const table of [...Object.keys(tables), ...derivedTableNames]) {
      // The row that says that this is under way goes last.
      if (table !== "purges") writer.run(`DELETE FROM ${table} WHERE user_id = ?`, userId);
    }
    writer.run("DELETE FROM purges WHERE user_id = ? AND subject <> 'user'", userId);
  });
  if (configuration.scrub()) endPurge(storage, { kind: "user", userId });
}

/** Where a user's folders may lie: the shard stands in a row that a former try may have removed. */
function placesOf({ files, root }: VaultStorage, userId: UserId): UserPlace[] {
  const shards = new Set<string>([defaultShard]);
  for (const tree of ["vvault", "imports", "continuity"]) {
    for (const { name, kind } of files.list(absolutePath(root, `${tree}/users`))) {
      if (kind === "directory") shards.add(name);
    }
  }
  return [...shards].map((shard) => ({ userId, shard }));
}
