import type { ExportReader } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import type { UserPlace } from "../files/layout.ts";
import type { SessionBackend } from "../sessions/backend.ts";
import type { ImportChanges } from "./import-run.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";

/** What the imports of one user work with. Everything belongs to the vault, which opens and closes it. */
export interface ImportContext {
  storage: VaultStorage;
  user: UserPlace;
  /** Native sessions: homes are made through it, in the same atomic batch as the import's rows. */
  sessions: SessionBackend;
  catalog: Catalog;
  /** Undefined when the vault was opened without importers; then nothing imported can be read. */
  reader: ExportReader | undefined;
  /** Integer milliseconds UTC. */
  now: () => number;
  /** Told after an import has happened, before its receipt is given out. */
  imported?: (changes: ImportChanges) => Promise<void>;
}
