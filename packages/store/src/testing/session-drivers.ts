import { openOwnedVault } from "../vault/open-vault.ts";
import type { OpenedBackend } from "./session-backend-suite.ts";

/** Opens an empty backend of one driver. @param folder empty folder that the caller removes afterwards. */
export type SessionDriver = (folder: string) => Promise<OpenedBackend>;

/** Every driver of `SessionBackend`, by name. All of them run by default. */
const drivers: Record<string, SessionDriver> = { flatfile };

/** Names of all drivers. */
export const sessionDriverNames: readonly string[] = Object.keys(drivers);

/** @throws {TypeError} for a name that no driver has, so that a misspelt name never selects nothing. */
export function sessionDriver(name: string): SessionDriver {
  const driver = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  if (driver !== undefined) return driver;
  throw new TypeError(
    `There is no session driver ${JSON.stringify(name)}; there are ${sessionDriverNames.join(", ")}.`,
  );
}

async function flatfile(folder: string): Promise<OpenedBackend> {
  const options = { home: folder, environment: "test" };
  let vault = await openOwnedVault(options);
  const { userId } = vault.user();
  return {
    backend: vault.backend(userId),
    reopen: async () => {
      await vault.close();
      vault = await openOwnedVault(options);
      return vault.backend(userId);
    },
    close: () => vault.close(),
  };
}
