import { createHash } from "node:crypto";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ImportId, Sha256 } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { quarantineFile } from "../files/quarantine.ts";
import { writeAll } from "../files/write-all.ts";
import type { ImportInput } from "../user-vault.ts";
import { chunkBytes, chunksOf, hashFile, makeDurableDirectory } from "./archive-bytes.ts";
import { listFolder } from "./folder-listing.ts";
import { writeFolderZip } from "./folder-zip.ts";
import type { ImportContext } from "./import-context.ts";
import { assertNotAborted } from "./import-errors.ts";
import type { ClaimedUpload } from "./user-uploads.ts";

/** What an import takes its bytes from: as a person says it, but for an upload, which belongs to this import alone by then. */
export type ImportSource =
  | Exclude<ImportInput, { kind: "upload" }>
  | { kind: "claimed"; upload: ClaimedUpload };

/** Bytes of an upload, synced, under the hash that names them for good. */
export interface StagedArchive {
  sha256: Sha256;
  /** Bytes. */
  size: number;
  /** Absolute path to read from: the staged file, or the archive that was there before. */
  path: string;
  /** True when the vault had the same archive already, whole. */
  existed: boolean;
}

/** What {@link Staging.stage} is told. */
export interface StageOptions {
  signal?: AbortSignal | undefined;
  /** `bytesTotal` is 0 for a stream of unknown length. */
  onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** SHA-256 in hexadecimal of a file that lies there already, made elsewhere; made here, in slices, when absent. */
  hash?: ((path: string) => Promise<string>) | undefined;
}

const archiveMode = 0o400;
const removableMode = 0o600;

/** Names in the staging folder, each after its import: bytes, pack, and the note that an archive is being put in its place. */
export const stagedNames = {
  part: (importId: ImportId) => `${importId}.part`,
  pack: (importId: ImportId) => `${importId}.pack`,
  placing: (importId: ImportId, sha256: Sha256) => `${importId}.${sha256}.placing`,
} as const;

/**
 * The files of one import until it is finished. Everything is in the staging folder first; {@link Staging.place} puts it where it
 * belongs, and {@link Staging.discard} leaves nothing behind, at whatever point the import stopped.
 */
export class Staging {
  readonly #context: ImportContext;
  readonly #importId: ImportId;
  readonly #files: FilePort;
  readonly #directory: string;
  readonly #made: string[];
  #staged: StagedArchive | undefined;
  /** Its bytes are not this import's own: they are taken over when they are placed, and given back when it comes to nothing. */
  #upload: ClaimedUpload | undefined;
  #placed = false;

  constructor(context: ImportContext, importId: ImportId) {
    this.#context = context;
    this.#importId = importId;
    this.#files = context.storage.files;
    this.#directory = absolutePath(context.storage.root, layout.staging(context.user));
    try {
      this.#made = makeDurableDirectory(this.#files, this.#directory);
    } catch (error) {
      throw storageError(error, "make the folder", this.#directory);
    }
  }

  /** Where the pack is written until it is placed. Absolute. */
  get packPath(): string {
    return join(this.#directory, stagedNames.pack(this.#importId));
  }

  /**
   * Copies a file or stream, or packs a folder, and hashes it. Synced when it returns.
   * @throws {ChattyError} SOURCE_NOT_FOUND, SOURCE_INSIDE_VAULT, SOURCE_UNREADABLE, SYMBOLIC_LINK, SOURCE_CHANGED, IMPORT_ABORTED, DISK_FULL and its kind
   */
  async stage(input: ImportSource, options: StageOptions): Promise<StagedArchive> {
    if (input.kind === "claimed") return this.#stageUpload(input.upload, options);
    const path = this.#partPath();
    const file = this.#files.open(path, "create");
    let sha256: Sha256;
    let size: number;
    try {
      sha256 = (await this.#write(input, file, options)) as Sha256;
      size = file.size();
      await file.sync();
    } catch (error) {
      throw storageError(error, "stage", path);
    } finally {
      file.close();
    }
    this.#files.syncDirectory(this.#directory);
    const archive = this.#archivePath(sha256);
    const existed = await this.#isWhole(archive, sha256, size, options.signal);
    if (existed) this.#files.remove(path);
    this.#staged = { sha256, size, path: existed ? archive : path, existed };
    return this.#staged;
  }

  /** Takes an upload as it lies there. */
  async #stageUpload(upload: ClaimedUpload, options: StageOptions): Promise<StagedArchive> {
    const { path, size } = upload;
    this.#upload = upload;
    let sha256: Sha256;
    try {
      const file = this.#files.open(path, "update");
      try {
        // A sender may have begun to send more than was announced.
        if (file.size() > size) file.truncate(size);
        await file.sync();
        const onChunk = (done: number): void => options.onProgress?.(done, size);
        sha256 = (await (options.hash?.(path) ??
          hashFile(file, { signal: options.signal, onChunk }))) as Sha256;
      } finally {
        file.close();
      }
    } catch (error) {
      throw storageError(error, "read", path);
    }
    const archive = this.#archivePath(sha256);
    const existed = await this.#isWhole(archive, sha256, size, options.signal);
    this.#staged = { sha256, size, path: existed ? archive : path, existed };
    return this.#staged;
  }

  /** Puts archive and pack where they belong. After a crash behind this, the imports row decides whether they stay. */
  async place(): Promise<void> {
    const staged = this.#staged;
    if (staged === undefined) throw new TypeError("Nothing was staged.");
    await this.#upload?.willPlace(this.#importId, staged.sha256);
    const { root } = this.#context.storage;
    try {
      const packs = absolutePath(root, layout.packs(this.#context.user));
      makeDurableDirectory(this.#files, packs);
      if (this.#files.status(this.packPath) !== undefined) {
        this.#files.rename(this.packPath, join(packs, stagedNames.pack(this.#importId)));
        this.#files.syncDirectory(packs);
      }
      if (!staged.existed) this.#placeArchive(staged);
      this.#files.syncDirectory(this.#directory);
    } catch (error) {
      throw storageError(error, "place", this.#archivePath(staged.sha256));
    }
  }

  /** Puts an archive back that the vault has lost, or that was damaged, and whose import is finished long since. */
  restore(): void {
    const staged = this.#staged;
    if (staged === undefined) throw new TypeError("Nothing was staged.");
    try {
      if (!staged.existed) this.#placeArchive(staged);
    } catch (error) {
      throw storageError(error, "place", this.#archivePath(staged.sha256));
    } finally {
      // It belongs to a finished import, whatever happens.
      this.#placed = false;
    }
    this.finish();
  }

  /** Forgets what was only needed until the import was finished. */
  finish(): void {
    if (this.#staged !== undefined) this.#files.remove(this.#placingPath(this.#staged.sha256));
    this.#tidy();
  }

  /** Removes everything that this import has brought. */
  discard(): void {
    const staged = this.#staged;
    this.#files.remove(this.#partPath());
    this.#files.remove(this.packPath);
    const packs = absolutePath(this.#context.storage.root, layout.packs(this.#context.user));
    this.#files.remove(join(packs, stagedNames.pack(this.#importId)));
    if (staged !== undefined && this.#placed) this.#takeBackArchive(staged);
    if (staged !== undefined) this.#files.remove(this.#placingPath(staged.sha256));
    this.#tidy();
    for (const directory of this.#made.toReversed()) {
      if (this.#files.list(directory).length === 0) this.#files.removeDirectory(directory);
    }
  }

  #placeArchive(staged: StagedArchive): void {
    const { storage, user, now } = this.#context;
    const archive = this.#archivePath(staged.sha256);
    makeDurableDirectory(this.#files, absolutePath(storage.root, `${layout.imports(user)}/archives`));
    const there = this.#files.status(archive);
    if (there !== undefined) {
      const path = layout.archive(user, staged.sha256);
      const note = {
        path,
        from: 0,
        to: there.size,
        reason: "archive that does not match its hash",
        at: now(),
      };
      quarantineFile(this.#files, storage.root, note);
    }
    // With this note, recovery knows that the archive is new and may go; without it an archive is never removed.
    const note = this.#files.open(this.#placingPath(staged.sha256), "create");
    try {
      note.syncNow();
    } finally {
      note.close();
    }
    this.#files.syncDirectory(this.#directory);
    this.#files.setMode(staged.path, archiveMode);
    this.#placed = true;
    this.#files.rename(staged.path, archive);
    this.#files.syncDirectory(absolutePath(storage.root, `${layout.imports(user)}/archives`));
  }

  #takeBackArchive({ sha256 }: StagedArchive): void {
    const archive = this.#archivePath(sha256);
    if (this.#upload === undefined) removeArchive(this.#files, archive);
    else giveBackUpload(this.#files, archive, this.#upload.path);
    this.#files.syncDirectory(dirname(archive));
  }

  async #write(
    input: Exclude<ImportSource, { kind: "claimed" }>,
    target: OpenFile,
    options: StageOptions,
  ): Promise<string> {
    if (input.kind === "stream") return copyStream(input.bytes, target, options);
    const path = resolve(input.path);
    const status = this.#files.status(path);
    if (status === undefined) throw sourceNotFound(path);
    this.#assertOutside(path);
    if (status.kind === "file") return copyFile(this.#files, path, target, options);
    if (status.kind === "directory") return this.#writeFolder(path, target, options);
    throw new ChattyError(
      "SYMBOLIC_LINK",
      `${path} is neither a file nor a folder; links are never followed.`,
      {
        hint: "Name the file or folder itself, or give it through a pipe: `chatty import - < FILE` reads through a link.",
        where: { path },
      },
    );
  }

  /**
   * Refuses what lies in the vault, and a folder that holds it, before anything of it is opened: closing any descriptor of the lock
   * file would let go of the vault.
   */
  #assertOutside(path: string): void {
    const { root } = this.#context.storage;
    const [source, vault] = [this.#files.realPath(path) ?? path, this.#files.realPath(root) ?? root];
    if (!isWithin(source, vault) && !isWithin(vault, source)) return;
    throw new ChattyError("SOURCE_INSIDE_VAULT", `${path} is part of the vault ${root}, or holds it.`, {
      hint: "What is in the vault is there already. Name an export outside of it.",
      where: { path },
    });
  }

  async #writeFolder(path: string, target: OpenFile, options: StageOptions): Promise<string> {
    const entries = listFolder(this.#files, path);
    const bytesTotal = 2 * entries.reduce((sum, entry) => sum + entry.size, 0);
    let bytesDone = 0;
    const onProgress = (bytes: number): void => {
      bytesDone += bytes;
      options.onProgress?.(bytesDone, bytesTotal);
    };
    await writeFolderZip(entries, { files: this.#files, target, signal: options.signal, onProgress });
    // The headers are written out of order, so the hash is taken of what stands in the file.
    return hashFile(target, {
      signal: options.signal,
      onChunk: (done) => options.onProgress?.(Math.min(bytesDone + done, bytesTotal), bytesTotal),
    });
  }

  async #isWhole(
    path: string,
    sha256: Sha256,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (this.#files.status(path)?.size !== size) return false;
    const file = this.#files.open(path, "read");
    try {
      return (await hashFile(file, { signal })) === sha256;
    } finally {
      file.close();
    }
  }

  #tidy(): void {
    if (this.#files.list(this.#directory).length > 0) this.#files.syncDirectory(this.#directory);
  }

  #partPath(): string {
    return join(this.#directory, stagedNames.part(this.#importId));
  }

  #placingPath(sha256: Sha256): string {
    return join(this.#directory, stagedNames.placing(this.#importId, sha256));
  }

  #archivePath(sha256: Sha256): string {
    return absolutePath(this.#context.storage.root, layout.archive(this.#context.user, sha256));
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Removes an archive that no import names, read-only as it is. */
export function removeArchive(files: FilePort, path: string): void {
  if (files.status(path) === undefined) return;
  // Windows does not remove what is read-only.
  files.setMode(path, removableMode);
  files.remove(path);
}

/** Makes an archive that no import names the bytes of its upload again. */
export function giveBackUpload(files: FilePort, archive: string, upload: string): void {
  if (files.status(archive) === undefined) return;
  files.setMode(archive, removableMode);
  files.rename(archive, upload);
}

async function copyFile(
  files: FilePort,
  path: string,
  target: OpenFile,
  options: StageOptions,
): Promise<string> {
  let source: OpenFile;
  try {
    source = files.open(path, "read");
  } catch (error) {
    throw storageError(error, "read", path);
  }
  try {
    const hash = createHash("sha256");
    const size = source.size();
    let at = 0;
    for await (const bytes of chunksOf(source)) {
      assertNotAborted(options.signal);
      hash.update(bytes);
      writeAll(target, bytes, at);
      at += bytes.length;
      options.onProgress?.(at, size);
    }
    return hash.digest("hex");
  } finally {
    source.close();
  }
}

async function copyStream(
  bytes: AsyncIterable<Uint8Array>,
  target: OpenFile,
  options: StageOptions,
): Promise<string> {
  const hash = createHash("sha256");
  let at = 0;
  for await (const chunk of readStream(bytes)) {
    for (let from = 0; from < chunk.length; from += chunkBytes) {
      assertNotAborted(options.signal);
      const piece = chunk.subarray(from, from + chunkBytes);
      hash.update(piece);
      writeAll(target, piece, at);
      at += piece.length;
      options.onProgress?.(at, 0);
      if (chunk.length > chunkBytes) await nextTurn();
    }
  }
  assertNotAborted(options.signal);
  return hash.digest("hex");
}

/** Tells what goes wrong with the source from what goes wrong with the vault. */
async function* readStream(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (cause) {
    throw new ChattyError("SOURCE_UNREADABLE", "What was to be imported broke off while it was being read.", {
      hint: "Nothing of it was kept. Send it again.",
      cause,
    });
  }
}

function sourceNotFound(path: string): ChattyError {
  return new ChattyError("SOURCE_NOT_FOUND", `There is nothing at ${path}.`, {
    hint: "Check the path; quote it if it has spaces.",
    where: { path },
  });
}
