import type { UserId } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import type { UserPlace } from "../files/layout.ts";
import type { UserImports } from "../imports/user-imports.ts";
import type { FlatFileSessions } from "../sessions/flatfile/flat-file-sessions.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";

/** What the parts of a user's handle work with. */
export interface UserContext {
  readonly userId: UserId;
  readonly user: UserPlace;
  readonly storage: VaultStorage;
  readonly catalog: Catalog;
  readonly sessions: FlatFileSessions;
  readonly imports: UserImports;
  /** Integer milliseconds UTC. */
  readonly now: () => number;
}
