// The composition root: the one place that joins the store with the importers.
import { exportReader } from "@chatty/importers";
import { ChattyError } from "@chatty/model";
import type { OpenVaultOptions, Vault } from "@chatty/store";

export async function openLocalVault(home: string, environment: string): Promise<Vault> {
  const store = (await import("@chatty/store")) as {
    openVault?: (options: OpenVaultOptions) => Promise<Vault>;
  };
  if (store.openVault === undefined) {
    throw new ChattyError("NOT_BUILT_YET", "The store cannot be opened yet.", { hint: "Wait for it." });
  }
  return await store.openVault({ home, environment, exports: exportReader });
}
