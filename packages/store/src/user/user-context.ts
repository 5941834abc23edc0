import type { UserId } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import type { UserPlace } from "../files/layout.ts";
import type { UserImports } from "../imports/user-imports.ts";
import type { FlatFileSessions } from "../sessions/flatfile/flat-file-sessions.ts";
import type { SessionTrees } from "../sessions/flatfile/session-trees.ts";
import type { ChangeFeed } from "../vault/change-feed.ts";
import type { UserSearch } from "../search/user-search.ts";
import type { PurgeContext } from "../vault/purge.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { ShownConversations } from "./window/shown-conversations.ts";

/** What the parts of a user's handle work with. */
export interface UserContext {
  readonly userId: UserId;
  readonly user: UserPlace;
  readonly storage: VaultStorage;
  readonly catalog: Catalog;
  readonly sessions: FlatFileSessions;
  readonly imports: UserImports;
  /** Who answers whom in native sessions that were looked at. */
  readonly trees: SessionTrees;
  /** Conversations that are shown from what was made of them once. */
  readonly shown: ShownConversations;
  /** Who wants to know of changes. */
  readonly feed: ChangeFeed;
  /** What is found in conversations, and how far that is. */
  readonly search: UserSearch;
  /** What removing for good works with. */
  readonly purging: PurgeContext;
  /** Over when the account is being erased: nobody may do anything any more. */
  readonly retirement: { isOver: boolean };
  /** Integer milliseconds UTC. */
  readonly now: () => number;
}
