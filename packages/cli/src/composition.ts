// The composition root: the one place that joins the store with the importers.
import { extname } from "node:path";
import { exportReader, legacyReader } from "@chatty/importers";
import type { LegacyReader } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { FileLogOptions, Vault } from "@chatty/store";

/** Reads what older programs wrote; handed to `UserVault.migrateLegacy`. */
export const legacyStores: LegacyReader = legacyReader;

/** Has the same ending as this file: `.ts` in the checkout, `.js` in a package. */
const thread = new URL(`./import-thread${extname(import.meta.url)}`, import.meta.url).href;

export function openLocalVault(home: string, environment: string, fileLog?: FileLogOptions): Promise<Vault> {
  const log = fileLog === undefined ? {} : { fileLog };
  return openVault({ home, environment, exports: { ...exportReader, thread }, ...log });
}
