// The composition root: the one place that joins the store with the importers.
import { extname } from "node:path";
import { exportReader, legacyReader } from "@chatty/importers";
import type { LegacyReader } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { FileLogOptions, Vault } from "@chatty/store";

/** Reads what older programs wrote; handed to `UserVault.migrateLegacy`. */
export const legacyStores: LegacyReader = legacyReader;

/** A module beside this one, with the same ending as this file: `.ts` in the checkout, `.js` in a package. */
const moduleHere = (name: string): string =>
  new URL(`./${name}${extname(import.meta.url)}`, import.meta.url).href;
const thread = moduleHere("import-thread");
const searchThread = moduleHere("search-thread");
const meaning = moduleHere("meaning-thread");

export function openLocalVault(home: string, environment: string, fileLog?: FileLogOptions): Promise<Vault> {
  const log = fileLog === undefined ? {} : { fileLog };
  return openVault({
    home,
    environment,
    exports: { ...exportReader, thread },
    searchThread,
    meaning,
    ...log,
  });
}
