import { absolutePath, layout } from "../files/layout.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** Empties a user's catalog and fills it from journals, references and configuration. @returns rows made. */
export async function deriveCatalog(space: UserSpace, storage: VaultStorage): Promise<number> {
  const { catalog, sessions } = space;
  storage.appended.flush();
  catalog.clear();
  sessions.forget();
  space.trees.forget();
  space.shown.forget();
  let rows = 0;
  for (const { constructId, sessionId } of space.sessionFolders()) {
    const journal = absolutePath(storage.root, layout.journal(space.context.user, constructId, sessionId));
    if ((storage.files.status(journal)?.size ?? 0) === 0) continue;
    sessions.adopt(constructId, sessionId);
    rows += 1;
  }
  await space.deriveAllImported();
  space.refreshFlags();
  catalog.isUnfinished = false;
  space.flushCatalog();
  for (const row of catalog.all()) if (row.imported) rows += 1;
  return rows;
}
