import { setImmediate as nextTurn } from "node:timers/promises";
import { ChattyError } from "@chatty/model";
import { absolutePath } from "../files/layout.ts";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";
import { readHeader } from "../journal/read.ts";
import { readUpTo } from "../files/write-all.ts";
import { createBackupId } from "./backup-manifest.ts";
import type {
  BackupFile,
  BackupManifest,
  BackupPiece,
  BackupProblem,
  SealedManifest,
} from "./backup-manifest.ts";
import type { BackupPlace } from "./backup-place.ts";
import { copyGrown } from "./copy-grown.ts";
import { EarlierFiles, readFileList } from "./file-list.ts";
import { configurationCopyIn } from "./vault-snapshot.ts";
import type { SnapshotSource, VaultSnapshot } from "./vault-snapshot.ts";
import { comparePaths } from "./path-order.ts";
import { removeTree } from "./remove-tree.ts";
import {
  configurationPath,
  hashInName,
  isEventFile,
  journalBeside,
  sessionOfJournal,
  walkVault,
} from "./walk-vault.ts";
import type { WalkedFile } from "./walk-vault.ts";

/** How far a backup, a restoring or a merging has come. */
export interface BackupProgress {
  phase: "copy" | "restore" | "verify" | "merge";
  bytesDone: number;
  /** 0 when it is not known before. */
  bytesTotal: number;
}

export interface TakeBackupOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: BackupProgress) => void) | undefined;
}

/** A snapshot is taken anew so many times when files are replaced while they are copied. */
const attempts = 10;
/** Pieces of the configuration: most pages of a database stay as they are from one day to the next. */
const configurationPieceBytes = 256 * 1024;
const privateMode = 0o600;

/** A file was replaced or removed after the snapshot. */
class Disturbed extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/**
 * Copies one moment of a vault into a place, while work goes on. What the place has already is not copied again. The manifest is
 * written last, when everything it names is synced: a folder without it is no backup.
 * @throws {ChattyError} BACKUP_DISTURBED, DISK_FULL and its kind; and what the signal says. The place then has the backups it had.
 */
export async function takeBackup(
  source: SnapshotSource,
  place: BackupPlace,
  vault: { vaultId: string; environment: string },
  options: TakeBackupOptions = {},
): Promise<SealedManifest> {
  const disturbed = new Map<string, number>();
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = await source.snapshot();
    try {
      const content = await new BackupCopy(source, snapshot, place, options, disturbed).run();
      const manifest: BackupManifest = {
        format: 1,
        backupId: createBackupId(snapshot.at),
        ...{ vaultId: vault.vaultId, environment: vault.environment },
        ...{ at: snapshot.at, seq: snapshot.seq },
        ...content,
      };
      return { ...manifest, hash: place.writeManifest(manifest) };
    } catch (error) {
      if (!(error instanceof Disturbed)) throw error;
      disturbed.set(error.path, (disturbed.get(error.path) ?? 0) + 1);
      if (attempt >= attempts) throw placeDisturbed(error.path);
    } finally {
      snapshot.close();
      place.objects.abandon();
    }
  }
}

class BackupCopy {
  readonly #source: SnapshotSource;
  readonly #files: FilePort;
  readonly #snapshot: VaultSnapshot;
  readonly #place: BackupPlace;
  readonly #options: TakeBackupOptions;
  /** Files that were not what the snapshot says before, and how often: what is so again is damage and not work that goes on. */
  readonly #disturbed: ReadonlyMap<string, number>;
  readonly #problems: BackupProblem[] = [];
  readonly #total: number;
  #bytes = 0;
  #count = 0;
  #turnBytes = 0;

  constructor(
    source: SnapshotSource,
    snapshot: VaultSnapshot,
    place: BackupPlace,
    options: TakeBackupOptions,
    disturbed: ReadonlyMap<string, number>,
  ) {
    this.#source = source;
    this.#files = source.files;
    this.#snapshot = snapshot;
    this.#place = place;
    this.#options = options;
    this.#disturbed = disturbed;
    this.#total = previousBytes(place);
  }

  async run(): Promise<
    Pick<BackupManifest, "files" | "bytes" | "newBytes" | "sessions" | "journalBytes" | "list" | "problems">
  > {
    const { objects } = this.#place;
    const newBefore = objects.newBytes;
    const journals = this.#checkMarks();
    const earlier = new EarlierFiles(this.#earlierFiles());
    const list = objects.writeStream();
    try {
      for await (const file of this.#copyAll(earlier)) {
        list.write(`${JSON.stringify(file)}\n`);
        this.#bytes += file.length;
        this.#count += 1;
        this.#options.onProgress?.({ phase: "copy", bytesDone: this.#bytes, bytesTotal: this.#total });
        await this.#takeTurn(file.length);
      }
    } catch (error) {
      list.discard();
      throw error;
    } finally {
      await earlier.close();
    }
    const piece = await list.finish();
    await objects.finish();
    return {
      files: this.#count,
      bytes: this.#bytes,
      newBytes: objects.newBytes - newBefore,
      sessions: journals.sessions,
      journalBytes: journals.bytes,
      list: piece,
      problems: this.#problems,
    };
  }

  /** Files of the newest backup of the place; one that cannot be read saves nothing and costs nothing. */
  #earlierFiles(): ReturnType<typeof readFileList> | undefined {
    const newest = this.#place.list().findLast((found) => "manifest" in found);
    if (newest === undefined || !("manifest" in newest)) return undefined;
    return untilDamaged(readFileList(this.#place.objects, newest.manifest.list));
  }

  /** Files that the snapshot knows and that are gone are found here, because no walk comes by them. */
  #checkMarks(): { sessions: number; bytes: number } {
    let sessions = 0;
    let bytes = 0;
    for (const { path, length } of this.#snapshot.marks()) {
      if (sessionOfJournal(path) !== undefined) {
        sessions += 1;
        bytes += length;
      }
      if (this.#files.status(absolutePath(this.#source.root, path))?.kind === "file") continue;
      if (length === 0) continue;
      this.#tellOrRepeat(path, "FILE_MISSING", `${length} acknowledged bytes are gone`);
    }
    return { sessions, bytes };
  }

  /** What is so twice in a row, at two moments, is how the vault is. @throws {Disturbed} the first time */
  #tellOrRepeat(path: string, code: string, message: string): void {
    if ((this.#disturbed.get(path) ?? 0) < 2) throw new Disturbed(path);
    this.#problems.push({ code, path, message });
  }

  async *#copyAll(earlier: EarlierFiles): AsyncGenerator<BackupFile> {
    // The two files that are not copied as they lie there come at their place in the order.
    const special = [configurationPath, this.#snapshot.log.path].sort(comparePaths);
    for (const walked of walkVault(this.#files, this.#source.root)) {
      while (special[0] !== undefined && comparePaths(special[0], walked.path) < 0) {
        yield await this.#copySpecial(special.shift() ?? "");
      }
      this.#options.signal?.throwIfAborted();
      const file = await this.#copyFile(walked, await earlier.find(walked.path));
      if (file !== undefined) yield file;
    }
    for (const path of special) yield await this.#copySpecial(path);
  }

  async #copySpecial(path: string): Promise<BackupFile> {
    if (path === configurationPath) return await this.#copyConfiguration();
    const { bytes } = this.#snapshot.log;
    return { path, length: bytes.length, pieces: [await this.#place.objects.putBytes(bytes)] };
  }

  async #copyConfiguration(): Promise<BackupFile> {
    const scratch = this.#place.makeScratch();
    try {
      const copy = configurationCopyIn(scratch);
      await this.#snapshot.copyConfiguration(copy);
      const file = this.#files.open(copy, "read");
      try {
        const length = file.size();
        const pieces: BackupPiece[] = [];
        for (let at = 0; at < length; at += configurationPieceBytes) {
          const size = Math.min(configurationPieceBytes, length - at);
          const piece = await this.#place.objects.putRange(file, at, size, this.#options.signal);
          if (piece === undefined) throw new Disturbed(configurationPath);
          pieces.push(piece);
          await nextTurn();
        }
        return { path: configurationPath, length, pieces };
      } finally {
        file.close();
      }
    } finally {
      removeTree(this.#files, scratch);
    }
  }

  async #copyFile(walked: WalkedFile, earlier: BackupFile | undefined): Promise<BackupFile | undefined> {
    const { path } = walked;
    const beside = journalBeside(path);
    // Files of a session that was begun after the moment would be all that there is of it.
    if (beside !== undefined && this.#snapshot.mark(beside) === undefined && this.#isLater(beside))
      return undefined;
    const mark = this.#snapshot.mark(path);
    const isFed = sessionOfJournal(path) !== undefined || isEventFile(path);
    if (mark !== undefined && mark.length > 0) {
      const pieces = await this.#reading(path, (file) =>
        copyGrown(this.#place.objects, file, mark, earlier, this.#options.signal),
      );
      if (pieces !== undefined) return { path, length: mark.length, pieces, head: mark.hash };
      this.#tellOrRepeat(path, "FILE_DAMAGED", "it is not what was acknowledged; it was copied as it is");
    } else if (isFed && this.#isLater(path)) {
      return undefined;
    }
    if (this.#snapshot.isDerivedText(path)) return undefined;
    return await this.#copyWhole(walked, earlier);
  }

  /** True for a journal that was begun after the moment of the snapshot. One that cannot be read is kept, whatever it is. */
  #isLater(path: string): boolean {
    if (isEventFile(path)) return true;
    const absolute = absolutePath(this.#source.root, path);
    // Journals are written behind: one that is not there yet was acknowledged after the moment, if at all.
    if (this.#files.status(absolute) === undefined) return true;
    const file = this.#files.open(absolute, "read");
    try {
      const published = {
        path,
        length: file.size(),
        read: (at: number, length: number) => readUpTo(file, at, length),
      };
      return readHeader(published).metadata.commit > this.#snapshot.seq;
    } catch (error) {
      if (error instanceof ChattyError) return false;
      throw storageError(error, "read", path);
    } finally {
      file.close();
    }
  }

  async #copyWhole(walked: WalkedFile, earlier: BackupFile | undefined): Promise<BackupFile | undefined> {
    const { path, status } = walked;
    const { objects } = this.#place;
    const extra = {
      ...(status.mode === privateMode ? {} : { mode: status.mode }),
      modifiedNs: String(status.modifiedNs),
    };
    const sha256 = hashInName(path);
    if (sha256 !== undefined && objects.has({ sha256, length: status.size })) {
      return { path, length: status.size, pieces: [{ sha256, length: status.size }], ...extra };
    }
    const isSame =
      earlier?.head === undefined &&
      earlier?.length === status.size &&
      earlier.modifiedNs === extra.modifiedNs &&
      earlier.pieces.every((piece) => objects.has(piece));
    if (isSame) return { path, length: status.size, pieces: earlier.pieces, ...extra };
    // A file that is replaced is read whole as it was or whole as it is: the length is that of what was opened.
    const piece = await this.#reading(path, (file) =>
      objects.putRange(file, 0, file.size(), this.#options.signal),
    );
    if (piece === undefined) {
      // What rows or records of the snapshot may name must be there; anything else that is gone by now is not missed.
      if (sha256 !== undefined && !path.includes("/staged/")) throw new Disturbed(path);
      return undefined;
    }
    if (sha256 !== undefined && sha256 !== piece.sha256) {
      const message = "its bytes are not those of the hash in its name; it was copied as it is";
      this.#problems.push({ code: "FILE_CHANGED", path, message });
    }
    return { path, length: piece.length, pieces: [piece], ...extra };
  }

  /** @returns undefined also when the file is gone. */
  async #reading<Value>(
    path: string,
    work: (file: ReturnType<FilePort["open"]>) => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const absolute = absolutePath(this.#source.root, path);
    let file: ReturnType<FilePort["open"]>;
    try {
      file = this.#files.open(absolute, "read");
    } catch (error) {
      if (this.#files.status(absolute) === undefined) return undefined;
      throw storageError(error, "read", path);
    }
    try {
      return await work(file);
    } catch (error) {
      if (this.#options.signal?.aborted === true) throw error;
      throw storageError(error, "back up", path);
    } finally {
      file.close();
    }
  }

  async #takeTurn(bytes: number): Promise<void> {
    // Many small files are as much work as one big one.
    this.#turnBytes += bytes + 64 * 1024;
    if (this.#turnBytes < configurationPieceBytes) return;
    this.#turnBytes = 0;
    await nextTurn();
  }
}

async function* untilDamaged(files: AsyncGenerator<BackupFile>): AsyncGenerator<BackupFile> {
  try {
    yield* files;
  } catch (error) {
    // What cannot be looked up is copied anew; the test of the damaged backup is where the damage is told.
    if (!(error instanceof ChattyError)) throw error;
  }
}

function previousBytes(place: BackupPlace): number {
  const newest = place.list().findLast((found) => "manifest" in found);
  return newest !== undefined && "manifest" in newest ? newest.manifest.bytes : 0;
}

function placeDisturbed(path: string): ChattyError {
  return new ChattyError("BACKUP_DISTURBED", `${path} was replaced again and again while it was backed up.`, {
    hint: "Let repairs and purges finish, then try again. The backups that are there stay as they are.",
    where: { path },
  });
}
