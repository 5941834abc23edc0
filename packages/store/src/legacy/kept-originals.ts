import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Sha256 } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { readUpTo, writeAll } from "../files/write-all.ts";
import { chunksOf, hashFile, makeDurableDirectory } from "../imports/archive-bytes.ts";
import { assertNotAborted } from "../imports/import-errors.ts";
import type { UserContext } from "../user/user-context.ts";
import type { SourceFile } from "./source-folder.ts";

/** One file of an older store as it is kept. */
export interface KeptOriginal extends SourceFile {
  sha256: Sha256;
}

const originalMode = 0o400;

/**
 * Files of older stores, verbatim, each under its hash in one folder. A file is there whole or not at all: it is copied under another
 * name, read back, synced and only then given the name that its hash is. So a copying that was cut off is taken up by doing it again.
 */
export class KeptOriginals {
  readonly #files: FilePort;
  readonly #directory: string;
  /** Files that were not there before. */
  copied = 0;

  constructor({ storage, user }: Pick<UserContext, "storage" | "user">) {
    this.#files = storage.files;
    this.#directory = absolutePath(storage.root, layout.legacy(user));
  }

  /** Copies every file that is not kept yet. Durable when it resolves. @throws {ChattyError} SOURCE_CHANGED, IMPORT_ABORTED, storage errors */
  async keepAll(
    sources: readonly SourceFile[],
    signal: AbortSignal | undefined,
    onProgress: (done: number) => void,
  ): Promise<KeptOriginal[]> {
    const kept: KeptOriginal[] = [];
    try {
      makeDurableDirectory(this.#files, this.#directory);
      for (const source of sources) {
        assertNotAborted(signal);
        kept.push({ ...source, sha256: await this.#keep(source, signal) });
        onProgress(kept.length);
      }
      // The names of all of them, before anything says that they are there.
      if (this.copied > 0) this.#files.syncDirectory(this.#directory);
    } catch (error) {
      throw storageError(error, "keep the originals in", this.#directory);
    }
    return kept;
  }

  /** The bytes of a kept file. @throws {ChattyError} LEGACY_ORIGINAL_DAMAGED */
  read({ path, sha256 }: KeptOriginal): Buffer {
    const bytes = readFile(this.#files, this.pathOf(sha256));
    if (createHash("sha256").update(bytes).digest("hex") === sha256) return bytes;
    throw new ChattyError("LEGACY_ORIGINAL_DAMAGED", `The kept original of ${path} is not what was copied.`, {
      hint: "The disk or its driver is failing: check it, then migrate again, which copies the file anew.",
      where: { path: this.pathOf(sha256) },
    });
  }

  /** Absolute path of a kept file. */
  pathOf(sha256: Sha256): string {
    return join(this.#directory, sha256);
  }

  /** Absolute path of the folder. */
  get directory(): string {
    return this.#directory;
  }

  async #keep(source: SourceFile, signal: AbortSignal | undefined): Promise<Sha256> {
    const file = openSource(this.#files, source.absolute);
    try {
      const sha256 = (await hashFile(file, { signal })) as Sha256;
      if (file.size() !== source.size) throw sourceChanged(source.absolute);
      if (await this.#isKept(sha256, source.size)) return sha256;
      await this.#copy(file, source, sha256);
      this.copied += 1;
      return sha256;
    } finally {
      file.close();
    }
  }

  /** A copy that was damaged since is made again. */
  async #isKept(sha256: Sha256, size: number): Promise<boolean> {
    const path = this.pathOf(sha256);
    if (this.#files.status(path)?.size !== size) return false;
    const file = openSource(this.#files, path);
    try {
      return (await hashFile(file)) === sha256;
    } finally {
      file.close();
    }
  }

  async #copy(file: OpenFile, source: SourceFile, sha256: Sha256): Promise<void> {
    // Start-up removes files of this name that nobody finished.
    const temporary = join(this.#directory, `.${sha256}.${randomBytes(8).toString("hex")}.tmp`);
    const target = this.#files.open(temporary, "create");
    try {
      let at = 0;
      for await (const bytes of chunksOf(file)) {
        writeAll(target, bytes, at);
        at += bytes.length;
      }
      await target.sync();
      if ((await hashFile(target)) !== sha256) throw sourceChanged(source.absolute);
    } catch (error) {
      target.close();
      this.#files.remove(temporary);
      throw error;
    }
    target.close();
    this.#files.setMode(temporary, originalMode);
    this.#files.rename(temporary, this.pathOf(sha256));
  }
}

/** A whole file. @throws {ChattyError} storage errors */
export function readFile(files: FilePort, path: string): Buffer {
  const file = openSource(files, path);
  try {
    return readUpTo(file, 0, file.size());
  } finally {
    file.close();
  }
}

function openSource(files: FilePort, path: string): OpenFile {
  try {
    return files.open(path, "read");
  } catch (error) {
    throw storageError(error, "read", path);
  }
}

function sourceChanged(path: string): ChattyError {
  return new ChattyError("SOURCE_CHANGED", `${path} changed while it was being copied.`, {
    hint: "End the program that writes to it, then migrate again; what was copied is not copied twice.",
    where: { path },
  });
}
