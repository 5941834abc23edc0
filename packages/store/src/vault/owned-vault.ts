import { createUuid, parseUserId } from "@chatty/model";
import type { ExportReader, UserId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { defaultShard } from "../files/layout.ts";
import type { VaultLock } from "../files/vault-lock.ts";
import { newHomeChanges } from "../user/runtime-changes.ts";
import type { SessionBackend, SessionChange } from "../sessions/backend.ts";
import type { UserVault, Vault } from "../user-vault.ts";
import type {
  AuditEntry,
  DoctorReport,
  RebuildReport,
  RebuildScope,
  RepairReport,
  VerifyReport,
} from "../views.ts";
import {
  linConstructId,
  linRuntimeId,
  seedChanges,
  synthConstructId,
  synthRuntimeId,
} from "../workspace/seed.ts";
import { listUsers } from "../workspace/users.ts";
import { beginPurge, readAudit, unfinishedPurges } from "./audit.ts";
import { examineVault } from "./doctor.ts";
import { removeUser } from "./erase-user.ts";
import { mendEventFiles } from "./event-files.ts";
import { rebuildVault } from "./rebuild.ts";
import { repairVault } from "./repair.ts";
import { UserSpace } from "./user-space.ts";
import type { VaultFile } from "./vault-file.ts";
import type { VaultStorage } from "./vault-storage.ts";
import { idlePace } from "./verify-background.ts";
import type { BackgroundVerification } from "./verify-background.ts";
import { verifyVault } from "./verify.ts";
import type { MeaningSource } from "../vectors/user-meaning.ts";

export interface OwnedVaultOptions {
  lock: VaultLock;
  storage: VaultStorage;
  vault: VaultFile;
  /** True when this opening made the vault. */
  isNew?: boolean;
  reader: ExportReader | undefined;
  /** See `OpenVaultOptions`. */
  searchThread?: string | undefined;
  meaning?: MeaningSource | undefined;
  now: () => number;
}

/** A vault that this process owns. */
export class OwnedVault implements Vault {
  readonly vaultId: string;
  readonly environment: string;
  readonly root: string;
  readonly isNew: boolean;
  readonly #options: OwnedVaultOptions;
  readonly #spaces = new Map<UserId, UserSpace>();
  #closing: Promise<void> | undefined;

  constructor(options: OwnedVaultOptions) {
    this.#options = options;
    this.vaultId = options.vault.vaultId;
    this.environment = options.vault.environment;
    this.root = options.storage.root;
    this.isNew = options.isNew === true;
  }

  /** Opens every user's part, recovers what a crash left, and makes the first user of a new vault. */
  async start(): Promise<void> {
    const { storage } = this.#options;
    storage.onCheckpoint(() => {
      for (const space of this.#spaces.values()) space.flushCatalog();
    });
    storage.onFollowUpFailed(() => {
      for (const space of this.#spaces.values()) space.deriveAgain();
    });
    for (const { kind, userId } of unfinishedPurges(storage)) {
      if (kind === "user") await removeUser(storage, userId);
    }
    for (const { userId, shard } of listUsers(storage.configuration)) {
      const space = this.#openSpace(userId, shard);
      await space.start(storage.replayed, storage.log.seq);
      await mendEventFiles(storage, space);
    }
    if (this.#spaces.size === 0) await this.createUser("me");
  }

  user(userId?: string): UserVault {
    if (userId === undefined) {
      const [only, ...others] = this.#spaces.values();
      if (only !== undefined && others.length === 0) return only.handle;
      throw new ChattyError("USER_REQUIRED", `This vault has ${this.#spaces.size} users.`, {
        hint: "Name one with --user.",
      });
    }
    const space = this.#spaces.get(parseUserId(userId));
    if (space !== undefined) return space.handle;
    throw new ChattyError("USER_NOT_FOUND", `There is no user ${userId}.`, {
      hint: "Check the id given with --user.",
    });
  }

  users(): { userId: string; username: string }[] {
    return listUsers(this.#options.storage.configuration).map(({ userId, username }) => ({
      userId,
      username,
    }));
  }

  async createUser(username: string): Promise<UserVault> {
    const { storage, now } = this.#options;
    const nowMs = now();
    const userId = createUuid(nowMs) as UserId;
    const space = this.#openSpace(userId, defaultShard);
    const seed: SessionChange[] = seedChanges(storage.configuration, { userId, username, nowMs }).map(
      (change) => ({
        kind: "configure",
        change,
      }),
    );
    const context = { userId, now };
    const synth = {
      runtimeId: synthRuntimeId,
      constructId: synthConstructId,
      provider: undefined,
      name: "Chatty",
    };
    const lin = { runtimeId: linRuntimeId, constructId: linConstructId, provider: undefined, name: "Lin" };
    const made = space.sessions.commit([
      ...seed,
      ...newHomeChanges(context, synth, "Synth").changes,
      ...newHomeChanges(context, lin, "Lin").changes,
      {
        kind: "select",
        selection: {
          eventType: "runtime_selected",
          runtimeId: synthRuntimeId,
          constructId: synthConstructId,
          provider: "chatty",
          isImported: false,
          isCore: true,
          source: "auto_restore",
        },
      },
    ]);
    try {
      await made;
    } catch (error) {
      this.#spaces.delete(userId);
      await space.close();
      throw error;
    }
    return space.handle;
  }

  async eraseUser(userId: string): Promise<void> {
    const id = parseUserId(userId);
    const space = this.#spaces.get(id);
    if (space === undefined) throw new ChattyError("USER_NOT_FOUND", `There is no user ${userId}.`);
    const { storage } = this.#options;
    await beginPurge(storage, { kind: "user", userId: id }, "asked");
    this.#spaces.delete(id);
    await space.retire();
    await removeUser(storage, id);
  }

  audit(): AuditEntry[] {
    return readAudit(this.#options.storage);
  }

  async verify(session?: { user: UserVault; name: string }): Promise<VerifyReport> {
    if (session === undefined) return await verifyVault(this.#options.storage, [...this.#spaces.values()]);
    const space = this.#spaces.get(parseUserId(session.user.userId));
    if (space === undefined)
      throw new ChattyError("USER_NOT_FOUND", `There is no user ${session.user.userId}.`);
    return await verifyVault(this.#options.storage, [space], session.user.resolveSession(session.name));
  }

  async verifyInBackground(options: BackgroundVerification = {}): Promise<VerifyReport> {
    const { storage } = this.#options;
    const report = await verifyVault(storage, [...this.#spaces.values()], undefined, idlePace(options));
    options.onReport?.(report);
    return report;
  }

  async repair(options: { dryRun?: boolean } = {}): Promise<RepairReport> {
    return await repairVault(this.#options.storage, [...this.#spaces.values()], options.dryRun === true);
  }

  async rebuild(scope: RebuildScope): Promise<RebuildReport> {
    return await rebuildVault(this.#options.storage, [...this.#spaces.values()], scope);
  }

  async doctor(): Promise<DoctorReport> {
    const { storage, vault } = this.#options;
    return await Promise.resolve(examineVault(storage, vault));
  }

  async settle(): Promise<void> {
    this.#options.storage.appended.flush();
    for (const space of this.#spaces.values()) {
      await space.settle();
      await space.context.search.catchUp();
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** The native sessions of a user, as the port that other drivers share. @throws {ChattyError} USER_NOT_FOUND */
  backend(userId: string): SessionBackend {
    const space = this.#spaces.get(parseUserId(userId));
    if (space === undefined) throw new ChattyError("USER_NOT_FOUND", `There is no user ${userId}.`);
    return space.sessions;
  }

  /** What the vault is made of, for code of the store that works on it as a whole. */
  get parts(): Omit<OwnedVaultOptions, "lock"> & { spaces: ReadonlyMap<UserId, UserSpace> } {
    const { storage, vault, reader, now } = this.#options;
    return { storage, vault, reader, now, spaces: this.#spaces };
  }

  /** Opens the part of a user whose rows are about to come from elsewhere. */
  addSpace(userId: UserId, shard: string): UserSpace {
    return this.#spaces.get(userId) ?? this.#openSpace(userId, shard);
  }

  /** Lets go of everything without writing anything, after a start that failed. */
  async abandon(): Promise<void> {
    this.#closing ??= Promise.resolve();
    try {
      await this.#options.storage.abandon();
    } finally {
      await this.#closeSpaces();
    }
  }

  async #close(): Promise<void> {
    const { storage, lock } = this.#options;
    storage.log.refuse();
    try {
      await storage.log.idle();
      if (storage.fault === undefined) {
        for (const space of this.#spaces.values()) await space.settleForGood();
      }
    } finally {
      try {
        await storage.close();
      } finally {
        try {
          await this.#closeSpaces();
        } finally {
          try {
            storage.configuration.close();
          } finally {
            lock.release();
          }
        }
      }
    }
  }

  /** Closes all of them, also when one of them refuses. */
  async #closeSpaces(): Promise<void> {
    const errors: unknown[] = [];
    for (const space of this.#spaces.values()) {
      try {
        await space.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  #openSpace(userId: UserId, shard: string): UserSpace {
    const { storage, reader, searchThread, meaning, now } = this.#options;
    const space = new UserSpace({ storage, user: { userId, shard }, reader, searchThread, meaning, now });
    this.#spaces.set(userId, space);
    return space;
  }
}
