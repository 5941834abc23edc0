import type { Vault } from "../user-vault.ts";
import { FlatFileSessionManager } from "./flat-file-session-manager.ts";

/** A user as specification 002 names it. */
export interface FlatFileUser {
  user_id: string;
  username: string;
}

/**
 * The user manager of specification 002: creates users and switches between them. Each user's sessions are reached only through
 * the manager that {@link FlatFileUserManager.switchUser} gives; there is no user by default.
 */
export class FlatFileUserManager {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async createUser(username: string): Promise<FlatFileUser> {
    const user = await this.#vault.createUser(username);
    return { user_id: user.userId, username };
  }

  listUsers(): FlatFileUser[] {
    return this.#vault.users().map(({ userId, username }) => ({ user_id: userId, username }));
  }

  /** @throws {ChattyError} USER_NOT_FOUND */
  switchUser(userId: string): FlatFileSessionManager {
    return new FlatFileSessionManager(this.#vault.user(userId));
  }
}
