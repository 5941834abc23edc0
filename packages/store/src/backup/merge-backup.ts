import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import type { SessionId, UserId } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { acquireVaultLock } from "../files/vault-lock.ts";
import { readWholeFile } from "../files/write-all.ts";
import { linesOf } from "../log/segment.ts";
import { openLine } from "../log/chained-line.ts";
import type { Vault } from "../user-vault.ts";
import { eventBody } from "../vault/event-files.ts";
import { rebuildVault } from "../vault/rebuild.ts";
import type { UserSpace } from "../vault/user-space.ts";
import { OwnedVault } from "../vault/owned-vault.ts";
import { vaultRoot } from "../vault/vault-place.ts";
import { listUsers } from "../workspace/users.ts";
import type { BackupProblem } from "./backup-manifest.ts";
import { BackupPlace } from "./backup-place.ts";
import { addFile, missingFiles } from "./merge-files.ts";
import { mergeImports } from "./merge-imports.ts";
import { mergeRows } from "./merge-rows.ts";
import { MissingRecords } from "./merge-sessions.ts";
import { removeTree } from "./remove-tree.ts";
import { removeLeftOvers } from "./restore-home.ts";
import type { RestoreReport } from "./restore-home.ts";
import { restoreFiles, restoringFolder } from "./restore-files.ts";
import type { BackupProgress } from "./take-backup.ts";
import { partsOf, surroundingsOf } from "./vault-backups.ts";

export interface MergeOptions {
  /** The newest one that can be read when absent. */
  backupId?: string;
  /** Counts what would be added, and changes nothing. */
  dryRun?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: BackupProgress) => void;
}

/** What a merging added, or would add. */
export interface MergeReport extends RestoreReport {
  added: {
    users: number;
    sessions: number;
    /** Records of journals, those of added sessions included. */
    records: number;
    imports: number;
    /** Archives, attachments, and what was set apart. */
    files: number;
    /** Rows of the configuration. */
    rows: number;
    /** Selections of a runtime. */
    events: number;
  };
}

/**
 * Adds to a vault what a backup has and it lacks: users, sessions, records, imports, files and rows. Nothing is overwritten, and
 * what both have stays as the vault has it. Every step is durable by itself and done at most once, so a merging that was
 * stopped is finished by the next one, and merging again adds nothing.
 * @param from folder of the backups, absolute.
 * @throws {ChattyError} BACKUP_NOT_FOUND, BACKUP_DAMAGED, DISK_FULL and its kind
 */
export async function mergeBackup(
  vault: Vault,
  from: string,
  options: MergeOptions = {},
): Promise<MergeReport> {
  const { storage } = partsOf(vault);
  const { files } = storage;
  const place = BackupPlace.forReading(files, from);
  const manifest = place.choose(options.backupId);
  const home = dirname(vault.root);
  const beside = restoringFolder(home, randomBytes(8).toString("hex"));
  removeLeftOvers(files, home);
  makeDurableFolder(files, beside);
  const lock = acquireVaultLock(join(beside, layout.lockFile));
  try {
    const root = vaultRoot(beside, manifest.environment);
    await restoreFiles(files, place.objects, manifest, root, {
      ...options,
      // The biggest files need not be copied to see that they are there.
      includes: (path) => !isArchive(path) || files.status(absolutePath(vault.root, path)) === undefined,
    });
    const other = await surroundingsOf(vault).openOther(beside, manifest.environment);
    try {
      const merged = await new VaultMerge(vault, other, options).run();
      const { backupId, environment, at, bytes, sessions, hash } = manifest;
      return {
        ...{ path: vault.root, backupId, environment, at, files: manifest.files, bytes, sessions },
        manifestHash: `sha256:${hash}`,
        verified: options.dryRun !== true,
        ...merged,
      };
    } finally {
      await other.close();
    }
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw storageError(error, "merge a backup into", vault.root);
  } finally {
    lock.release();
    removeTree(files, beside);
  }
}

function isArchive(path: string): boolean {
  return /^imports\/.*\/archives\//.test(path);
}

/** A file in the folder of a native session, by its id. */
const sessionFile = /^vvault\/.*\/sessions\/([^/]+)\/files\//;

class VaultMerge {
  readonly #into: OwnedVault;
  readonly #from: OwnedVault;
  readonly #options: MergeOptions;
  readonly #problems: BackupProblem[] = [];
  /** Paths of files of sessions that the vault does not have yet. */
  readonly #due = new Map<string, string[]>();
  readonly #added = { users: 0, sessions: 0, records: 0, imports: 0, files: 0, rows: 0, events: 0 };

  constructor(into: Vault, from: OwnedVault, options: MergeOptions) {
    if (!(into instanceof OwnedVault)) throw new TypeError("This vault was not opened by openVault.");
    this.#into = into;
    this.#from = from;
    this.#options = options;
  }

  async run(): Promise<Pick<MergeReport, "added" | "problems">> {
    await this.#addFiles();
    for (const { userId, shard } of listUsers(this.#from.parts.storage.configuration)) {
      await this.#mergeUser(userId, shard);
    }
    // Files of what could not be read are kept all the same.
    for (const sessionId of this.#due.keys()) await this.#bringFiles(sessionId);
    return { added: this.#added, problems: this.#problems };
  }

  /** Before anything that names them; those of new sessions come with their session. */
  async #addFiles(): Promise<void> {
    const { storage, spaces } = this.#into.parts;
    const { files } = storage;
    for (const path of missingFiles(files, this.#from.root, this.#into.root)) {
      this.#options.signal?.throwIfAborted();
      this.#added.files += 1;
      if (this.#options.dryRun === true) continue;
      const sessionId = sessionFile.exec(path)?.[1];
      const isKnown = (id: string): boolean =>
        [...spaces.values()].some(({ sessions }) => sessions.row(id as SessionId) !== undefined);
      if (sessionId === undefined || isKnown(sessionId)) await this.#addFile(path);
      else this.#due.set(sessionId, [...(this.#due.get(sessionId) ?? []), path]);
    }
  }

  async #bringFiles(sessionId: string): Promise<void> {
    const paths = this.#due.get(sessionId) ?? [];
    this.#due.delete(sessionId);
    for (const path of paths) await this.#addFile(path);
  }

  async #addFile(path: string): Promise<void> {
    await addFile(this.#into.parts.storage, absolutePath(this.#from.root, path), path);
  }

  async #mergeUser(userId: UserId, shard: string): Promise<void> {
    const { storage, spaces, now } = this.#into.parts;
    const from = this.#from.parts.spaces.get(userId);
    if (from === undefined) return;
    const isNew = !spaces.has(userId);
    if (isNew) this.#added.users += 1;
    const dryRun = this.#options.dryRun === true;
    const into = isNew && dryRun ? undefined : this.#into.addSpace(userId, shard);
    const tell = (problem: BackupProblem): void => void this.#problems.push(problem);
    const rows = {
      ...{ from: from.context.storage.configuration, into: storage.configuration },
      ...{ userId, space: into, dryRun, tell },
    };
    this.#added.rows += await mergeRows(rows, "others");
    const { signal, onProgress } = this.#options;
    const onSession = (bytesDone: number, bytesTotal: number): void =>
      onProgress?.({ phase: "merge", bytesDone, bytesTotal });
    const files = {
      areDue: (sessionId: SessionId): boolean => this.#due.has(sessionId),
      bring: (sessionId: SessionId): Promise<void> => this.#bringFiles(sessionId),
    };
    const missing = await MissingRecords.collect({
      storage,
      from,
      into,
      now,
      tell,
      signal,
      onSession,
      files,
    });
    try {
      this.#added.sessions += missing.sessions;
      this.#added.records += missing.records;
      if (into !== undefined && !dryRun) await missing.write(into);
    } finally {
      missing.close();
    }
    this.#added.rows += await mergeRows(rows, "homes");
    this.#added.imports += await mergeImports({ from, into, dryRun, tell });
    this.#added.events += await this.#mergeSelections(from, into);
    if (into !== undefined && !dryRun) await this.#derive(into);
  }

  /** Selections have no ids: one that says the same at the same time is the same. */
  async #mergeSelections(from: UserSpace, into: UserSpace | undefined): Promise<number> {
    const path = layout.events(from.context.user, "runtime_selections");
    const known = into === undefined ? new Set<string>() : new Set(this.#selections(this.#into, path));
    const missing = [...this.#selections(this.#from, path)].filter((body) => !known.has(body));
    if (missing.length === 0 || into === undefined || this.#options.dryRun === true) return missing.length;
    await this.#into.parts.storage.log.commit((group) => {
      for (const body of missing) group.append(path, JSON.parse(body) as object);
    });
    return missing.length;
  }

  *#selections(vault: OwnedVault, path: string): Generator<string> {
    const { storage } = vault.parts;
    storage.appended.flush();
    const bytes = readWholeFile(storage.files, absolutePath(storage.root, path)) ?? Buffer.alloc(0);
    for (const line of linesOf(bytes, 0)) {
      const opened = openLine<Record<string, unknown>>(line.bytes);
      if (opened.kind === "sealed") yield JSON.stringify(eventBody(opened.body));
    }
  }

  /** Lists, transcripts and what is remembered of shown conversations follow what was added. */
  async #derive(space: UserSpace): Promise<void> {
    await space.deriveAllImported();
    space.refreshFlags();
    space.trees.forget();
    space.shown.forget();
    await rebuildVault(this.#into.parts.storage, [space], "transcripts");
    for (const { runtimeId } of space.handle.runtimes())
      space.context.feed.tell({ kind: "sessions", runtimeId });
  }
}
