import type { ExportReader } from "@chatty/model";
import type { FilePort } from "../files/port.ts";
import type { OwnedVault } from "../vault/owned-vault.ts";

/** What restoring, testing and merging need of the program around them. */
export interface BackupSurroundings {
  files: FilePort;
  now: () => number;
  /** Converts exports; readable views of a restored vault are written with it. */
  exports?: ExportReader | undefined;
  /** Opens a vault that was restored into a home of its own. The caller closes it. */
  openOther(home: string, environment: string): Promise<OwnedVault>;
}
