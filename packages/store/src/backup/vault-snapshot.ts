import { DatabaseSync, backup } from "node:sqlite";
import { join } from "node:path";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { readWholeFile } from "../files/write-all.ts";
import { segmentName } from "../log/segment.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import { chattyErrorFromSqlite } from "../workspace/sqlite-errors.ts";

/** How a file that the commit log feeds stood at the moment of a snapshot. */
export interface SnapshotMark {
  path: string;
  /** Bytes; all of them synced. */
  length: number;
  /** Hash of the last line. */
  hash: string;
}

/** One moment of a vault. Appends go on behind it; it must be closed. */
export interface VaultSnapshot {
  /** Integer milliseconds UTC. */
  readonly at: number;
  /** Sequence number of the last commit in it. */
  readonly seq: number;
  /** The one file of the commit log: it holds nothing but where to go on. */
  readonly log: { path: string; bytes: Buffer };
  mark(path: string): SnapshotMark | undefined;
  /** Every file that the commit log feeds, by path. */
  marks(): IterableIterator<SnapshotMark>;
  /** True for a text that is made again from journals or archives: a transcript or readable view as Chatty wrote it. */
  isDerivedText(path: string): boolean;
  /** Copies the configuration of this moment to a file that is complete by itself, without its rows of derived texts. */
  copyConfiguration(to: string, onProgress?: (share: number) => void): Promise<void>;
  close(): void;
}

/** Something that can be backed up. */
export interface SnapshotSource {
  readonly files: FilePort;
  readonly root: string;
  snapshot(): Promise<VaultSnapshot>;
}

const pagesAtOnce = 256;

/** The open vault as a source of backups. */
export function snapshotSource(storage: VaultStorage, now: () => number): SnapshotSource {
  return {
    files: storage.files,
    root: storage.root,
    snapshot: async () => {
      // Most of the syncing is done while appends go on; the second one, while they wait, has little left to do.
      await storage.checkpoint();
      return await storage.standStill((seq) => pinSnapshot(storage, seq, now()));
    },
  };
}

/** Nothing is written to the log while this runs, and everything before is in the files and synced. */
function pinSnapshot(storage: VaultStorage, seq: number, at: number): VaultSnapshot {
  const { files, root, configuration } = storage;
  const logPath = `${layout.log}/${segmentName(storage.log.segmentNumber)}`;
  const logBytes = readWholeFile(files, absolutePath(root, logPath)) ?? Buffer.alloc(0);
  const path = configuration.path;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    // From the first read on this connection sees the database as it is now, whatever is written meanwhile.
    database.exec("BEGIN");
    database.prepare("SELECT applied_seq FROM log_state").get();
  } catch (error) {
    database.close();
    throw chattyErrorFromSqlite(error, path);
  }
  const marks = "SELECT path, length, hash FROM durable_marks";
  const oneMark = database.prepare(`${marks} WHERE path = ?`);
  const isText = (database_: Pick<DatabaseSync, "prepare">, table: string) =>
    database_.prepare(`SELECT 1 FROM ${table} WHERE user_id = ? AND path = ?`);
  const texts = { vvault: isText(database, "transcripts"), imports: isText(database, "import_views") };
  return {
    at,
    seq,
    log: { path: logPath, bytes: logBytes },
    mark: (wanted) => oneMark.get(wanted) as SnapshotMark | undefined,
    marks: () =>
      database.prepare(`${marks} ORDER BY path`).iterate() as unknown as IterableIterator<SnapshotMark>,
    isDerivedText: (wanted) => {
      const match = /^(vvault|imports)\/users\/[^/]+\/([^/]+)\/instances\//.exec(wanted);
      if (match === null) return false;
      const [, top, userId = ""] = match;
      const isVault = top === "vvault";
      if ((isVault ? texts.vvault : texts.imports).get(userId, wanted) !== undefined) return true;
      // Named differently since then: by a new title, or not there yet.
      const table = isVault ? "transcripts" : "import_views";
      const sql = `SELECT 1 FROM ${table} WHERE user_id = ? AND path = ?`;
      return configuration.get(sql, userId, wanted) !== undefined;
    },
    copyConfiguration: async (to, onProgress) => {
      try {
        await backup(database, to, {
          rate: pagesAtOnce,
          progress: ({ totalPages, remainingPages }) => onProgress?.(1 - remainingPages / totalPages),
        });
        cutDerivedRows(to);
      } catch (error) {
        throw chattyErrorFromSqlite(error, path);
      }
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Texts that are left out must not be expected where the backup is restored, and the copy must be complete without a
 * write-ahead log beside it.
 */
function cutDerivedRows(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("DELETE FROM transcripts; DELETE FROM import_views; PRAGMA journal_mode = DELETE");
  } finally {
    database.close();
  }
}

/** Folder of temporary copies of the configuration. */
export function configurationCopyIn(folder: string): string {
  return join(folder, layout.configuration);
}
