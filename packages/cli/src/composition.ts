// The composition root: the one place that joins the store with the importers.
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { Vault } from "@chatty/store";

export function openLocalVault(home: string, environment: string): Promise<Vault> {
  return openVault({ home, environment, exports: exportReader });
}
