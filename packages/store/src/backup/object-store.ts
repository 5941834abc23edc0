import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChattyError } from "@chatty/model";
import { makeDurableFolder } from "../files/durable-folder.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { writeAll } from "../files/write-all.ts";
import { backupDamaged } from "./backup-manifest.ts";
import type { BackupPiece } from "./backup-manifest.ts";

/** Reads pieces back and proves each against its hash. */
export interface PieceReader {
  /** @throws {ChattyError} BACKUP_DAMAGED at the latest behind the last chunk, so nothing of a piece may be believed before its end */
  read(piece: BackupPiece, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Bytes read, hashed or written between two turns of the event loop. */
const chunkBytes = 1024 * 1024;
/** Files that wait for their sync at once; each holds a descriptor. */
const syncsAtOnce = 16;
const shardPattern = /^[0-9a-f]{2}$/;

interface Written {
  temporary: string;
  file: OpenFile;
  piece: BackupPiece;
}

/**
 * Bytes under their hash, each written once. An object has its name only after its bytes are synced, so that what has a name is
 * whole; {@link ObjectStore.finish} makes the names survive a power cut.
 */
export class ObjectStore implements PieceReader {
  readonly #files: FilePort;
  readonly #folder: string;
  readonly #waiting: Written[] = [];
  readonly #waitingHashes = new Set<string>();
  /** Bytes that were not there before. */
  newBytes = 0;

  /** @param folder absolute path of `objects`. */
  constructor(files: FilePort, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  pathOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  /** True when the piece is there in its whole length. Its bytes are proven when they are read. */
  has(piece: BackupPiece): boolean {
    if (this.#waitingHashes.has(piece.sha256)) return true;
    const status = this.#files.status(this.pathOf(piece.sha256));
    return status?.kind === "file" && status.size === piece.length;
  }

  /** Keeps exactly `length` bytes of a file from `from` on; undefined when the file does not have them. */
  async putRange(
    source: OpenFile,
    from: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<BackupPiece | undefined> {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, length));
    const writer = length > chunkBytes ? this.#begin() : undefined;
    const hash = createHash("sha256");
    try {
      let done = 0;
      while (done < length) {
        signal?.throwIfAborted();
        const count = fill(source, buffer.subarray(0, Math.min(chunkBytes, length - done)), from + done);
        if (count === 0) break;
        const bytes = buffer.subarray(0, count);
        hash.update(bytes);
        if (writer !== undefined) {
          writeAll(writer.file, bytes, done);
          await nextTurn();
        }
        done += count;
      }
      const piece = { sha256: hash.digest("hex"), length };
      if (done < length) {
        this.#discard(writer);
        return undefined;
      }
      if (writer !== undefined) await this.#take(writer, piece);
      else await this.putBytes(buffer.subarray(0, length), piece);
      return piece;
    } catch (error) {
      this.#discard(writer);
      throw error;
    }
  }

  /** Keeps bytes that are at hand. */
  async putBytes(bytes: Uint8Array, known?: BackupPiece): Promise<BackupPiece> {
    const piece = known ?? {
      sha256: createHash("sha256").update(bytes).digest("hex"),
      length: bytes.length,
    };
    if (this.has(piece)) return piece;
    const writer = this.#begin();
    try {
      writeAll(writer.file, bytes, 0);
      await this.#take(writer, piece);
    } catch (error) {
      this.#discard(writer);
      throw error;
    }
    return piece;
  }

  /** Keeps what is given piece by piece, such as a list that is made on the way. */
  writeStream(): { write: (text: string) => void; finish: () => Promise<BackupPiece>; discard: () => void } {
    const writer = this.#begin();
    const hash = createHash("sha256");
    let length = 0;
    return {
      write: (text) => {
        const bytes = Buffer.from(text, "utf8");
        hash.update(bytes);
        writeAll(writer.file, bytes, length);
        length += bytes.length;
      },
      finish: async () => {
        const piece = { sha256: hash.digest("hex"), length };
        await this.#take(writer, piece);
        return piece;
      },
      discard: () => this.#discard(writer),
    };
  }

  /** Makes every object, new or found, survive a power cut. Only after it a manifest may name them. */
  async finish(): Promise<void> {
    await this.#settle();
    for (const { name, kind } of this.#files.list(this.#folder)) {
      // One that was found may have been named by a process that died before its folder was synced.
      if (kind === "directory" && shardPattern.test(name))
        this.#files.syncDirectory(join(this.#folder, name));
    }
    this.#files.syncDirectory(this.#folder);
  }

  /** Lets go of what was not finished. */
  abandon(): void {
    for (const written of this.#waiting.splice(0)) this.#discard(written);
    this.#waitingHashes.clear();
  }

  async *read(piece: BackupPiece, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const path = this.pathOf(piece.sha256);
    if (!this.has(piece)) {
      const size = this.#files.status(path)?.size;
      const why = size === undefined ? "it is missing" : `it has ${size} bytes instead of ${piece.length}`;
      throw backupDamaged(path, why);
    }
    const file = this.#files.open(path, "read");
    try {
      const hash = createHash("sha256");
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, piece.length)));
      for (let done = 0; done < piece.length;) {
        signal?.throwIfAborted();
        const count = fill(file, buffer.subarray(0, Math.min(chunkBytes, piece.length - done)), done);
        if (count === 0) throw backupDamaged(path, `it ends at byte ${done}`);
        hash.update(buffer.subarray(0, count));
        yield buffer.subarray(0, count);
        done += count;
        if (piece.length > chunkBytes) await nextTurn();
      }
      if (hash.digest("hex") !== piece.sha256)
        throw backupDamaged(path, "its bytes are not those of its hash");
    } finally {
      file.close();
    }
  }

  /** Every object, with its size in bytes; names that are none of Chatty's are passed over. */
  *list(): Generator<BackupPiece> {
    for (const { name: shard, kind } of this.#files.list(this.#folder)) {
      if (kind !== "directory" || !shardPattern.test(shard)) continue;
      for (const { name } of this.#files.list(join(this.#folder, shard))) {
        const isObject = /^[0-9a-f]{64}$/.test(name) && name.startsWith(shard);
        if (isObject) yield { sha256: name, length: this.#files.status(this.pathOf(name))?.size ?? 0 };
      }
    }
  }

  /** Removes an object; nothing may name it. */
  remove(sha256: string): void {
    this.#files.remove(this.pathOf(sha256));
  }

  /** Removes what tests set apart. */
  removeDamaged(): void {
    for (const { name: shard, kind } of this.#files.list(this.#folder)) {
      if (kind !== "directory" || !shardPattern.test(shard)) continue;
      for (const { name } of this.#files.list(join(this.#folder, shard))) {
        if (name.endsWith(".damaged")) this.#files.remove(join(this.#folder, shard, name));
      }
    }
  }

  /** Removes what writers that died left behind. Call it only while nobody else writes. */
  removeLeftOvers(): void {
    for (const { name, kind } of this.#files.list(this.#folder)) {
      if (kind === "file" && name.endsWith(".tmp")) this.#files.remove(join(this.#folder, name));
    }
  }

  #begin(): Pick<Written, "temporary" | "file"> {
    const temporary = join(this.#folder, `.object.${randomBytes(8).toString("hex")}.tmp`);
    return { temporary, file: this.#files.open(temporary, "create") };
  }

  async #take(writer: Pick<Written, "temporary" | "file">, piece: BackupPiece): Promise<void> {
    if (this.has(piece)) {
      this.#discard(writer);
      return;
    }
    this.#waiting.push({ ...writer, piece });
    this.#waitingHashes.add(piece.sha256);
    this.newBytes += piece.length;
    if (this.#waiting.length >= syncsAtOnce) await this.#settle();
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#waiting.map(({ file }) => file.sync()));
    for (const { temporary, file, piece } of this.#waiting.splice(0)) {
      // What is read back is what the kernel has; what the disk has was just synced.
      if (file.size() !== piece.length) throw notVerified(temporary);
      file.close();
      makeDurableFolder(this.#files, join(this.#folder, piece.sha256.slice(0, 2)));
      this.#files.rename(temporary, this.pathOf(piece.sha256));
      this.#waitingHashes.delete(piece.sha256);
    }
  }

  #discard(writer: Pick<Written, "temporary" | "file"> | undefined): void {
    if (writer === undefined) return;
    writer.file.close();
    try {
      this.#files.remove(writer.temporary);
    } catch {
      // It has no name that counts; the next backup removes it.
      return;
    }
  }
}

/** Reads until the buffer is full or the file ends. @returns bytes read */
function fill(file: OpenFile, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const count = file.readAt(into.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function notVerified(path: string): ChattyError {
  return new ChattyError("WRITE_NOT_VERIFIED", `${path} does not hold what was written to it.`, {
    hint: "The disk or its driver is failing: check it before going on.",
    where: { path },
  });
}
