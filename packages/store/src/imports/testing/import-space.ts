import type { ExportReader, UserId } from "@chatty/model";
import type { Catalog } from "../../catalog/catalog.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { absolutePath, defaultShard, layout } from "../../files/layout.ts";
import type { UserPlace } from "../../files/layout.ts";
import { nodeFiles } from "../../files/node-files.ts";
import type { FilePort } from "../../files/port.ts";
import { flatFileSessions } from "../../sessions/flatfile/flat-file-sessions.ts";
import type { FlatFileSessions } from "../../sessions/flatfile/flat-file-sessions.ts";
import { VaultStorage } from "../../vault/vault-storage.ts";
import { openConfiguration } from "../../workspace/database.ts";
import { seedChanges } from "../../workspace/seed.ts";
import type { ImportContext } from "../import-context.ts";
import { openUserImports } from "../user-imports.ts";
import type { UserImports } from "../user-imports.ts";
import { lineExportReader } from "./line-export.ts";

/** Everything that imports need, on a real disk with a real database, and nothing of the vault around it. */
export interface ImportSpace {
  context: ImportContext;
  imports: UserImports;
  sessions: FlatFileSessions;
  user: UserPlace;
  /** The same vault for somebody else. */
  forUser(userId: string): { imports: UserImports; context: ImportContext };
  /** Gives everything back; the folder can then be opened again. */
  close(): Promise<void>;
}

/** How a space is opened. */
export interface ImportSpaceOptions {
  files?: FilePort;
  reader?: ExportReader;
}

const firstUser = "00000000-0000-4000-8000-000000000001" as UserId;
const vaultId = "00000000-0000-4000-8000-00000000000f";
const startMs = Date.UTC(2026, 0, 1);

/** Opens a space in an empty folder, or in one that was closed or left by a crash. Time goes on by one second a question. */
export async function openImportSpace(root: string, options: ImportSpaceOptions = {}): Promise<ImportSpace> {
  const files = options.files ?? nodeFiles();
  let nowMs = startMs;
  const now = (): number => (nowMs += 1000);
  const configurationPath = absolutePath(root, layout.configuration);
  const isNew = files.status(configurationPath) === undefined;
  const configuration = openConfiguration(configurationPath);
  const storageOptions = { files, root, vaultId, configuration, now };
  const storage = isNew ? VaultStorage.begin(storageOptions) : VaultStorage.recover(storageOptions);
  const catalogs: Catalog[] = [];
  const contextOf = (userId: UserId): { context: ImportContext; sessions: FlatFileSessions } => {
    const user: UserPlace = { userId, shard: defaultShard };
    files.makeDirectory(absolutePath(root, "catalog"));
    const catalog = openCatalog(files, absolutePath(root, layout.catalog(user)));
    catalogs.push(catalog);
    configuration.applyAlone(seedChanges(configuration, { userId, username: userId, nowMs: startMs }));
    const sessions = flatFileSessions({
      user,
      log: storage.log,
      appended: storage.appended,
      catalog,
      readDamaged: ({ sessionId }) => {
        throw new TypeError(`Nothing damages the journal of ${sessionId} here.`);
      },
      discard: () => Promise.resolve(),
    });
    const reader = options.reader ?? lineExportReader();
    return { context: { storage, user, sessions, catalog, reader, now }, sessions };
  };
  const { context, sessions } = contextOf(firstUser);
  const imports = openUserImports(context);
  await imports.recover();
  return {
    context,
    imports,
    sessions,
    user: context.user,
    forUser(userId) {
      const other = contextOf(userId as UserId).context;
      return { imports: openUserImports(other), context: other };
    },
    async close() {
      await storage.close();
      for (const catalog of catalogs) catalog.close();
      configuration.close();
    },
  };
}
