import { DatabaseSync } from "node:sqlite";
import { ChattyError } from "@chatty/model";
import { errorCodeOf } from "./error-code.ts";

/** The single ownership of a vault. */
export interface VaultLock {
  /** Gives the vault back. Safe to call twice. */
  release(): void;
}

/** SQLITE_BUSY. */
const busy = 5;

/**
 * Becomes the owner: holds BEGIN EXCLUSIVE on `lock.sqlite`, which is a kernel lock and therefore free the moment the process
 * dies, however it dies. Nothing else may ever open this file: closing any descriptor of it would drop the lock.
 * @throws {ChattyError} VAULT_BUSY when another process owns the vault.
 */
export function acquireVaultLock(path: string): VaultLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode=DELETE");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      throw new ChattyError("VAULT_BUSY", `Another process owns the vault of ${path}.`, {
        hint: "Let it finish, or send the request through it.",
        where: { path },
        cause: error,
      });
    }
    throw error;
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return errorCodeOf(error) === "ERR_SQLITE_ERROR" && (error as { errcode?: number }).errcode === busy;
}
