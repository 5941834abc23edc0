import { dirname } from "node:path";
import { ChattyError } from "@chatty/model";
import { openLine } from "../log/chained-line.ts";
import type { FileHead } from "../log/group.ts";
import { storageError } from "./error-code.ts";
import { absolutePath } from "./layout.ts";
import type { FilePort, OpenFile } from "./port.ts";
import { readUpTo, writeAll } from "./write-all.ts";

interface AppendedFile {
  head: FileHead;
  /** Bytes already handed to the file. */
  written: number;
  /** Acknowledged lines that still have to be handed to the file, in order, without their newlines. */
  pending: Uint8Array[];
}

/** How a file stood when it was last known to be synced. */
export interface FileMark {
  path: string;
  length: number;
  seq: number;
  hash: string;
}

/** Keeps well below the usual limit of 1,024 descriptors. */
const openFilesLimit = 128;
const syncsAtOnce = 8;
/** How long bytes wait for company before they are handed to their file; they are durable and readable meanwhile. */
const flushDelayMs = 50;
const tailChunk = 64 * 1024;

/**
 * The files that the commit log feeds: journals and event files. What is durable in the log is taken over in memory at once,
 * readable at once, and written behind; until a checkpoint has synced it the log can always mend it.
 */
export class AppendFiles {
  readonly #files: FilePort;
  readonly #root: string;
  readonly #markOf: (path: string) => FileMark | undefined;
  readonly #known = new Map<string, AppendedFile>();
  readonly #open = new Map<string, OpenFile>();
  readonly #dirty = new Set<string>();
  readonly #syncing = new Set<string>();
  #unsynced = new Set<string>();
  #scheduled: NodeJS.Timeout | undefined;
  #fault: ChattyError | undefined;
  #syncFault: ChattyError | undefined;

  /** @param markOf how a file stood at the last checkpoint, if it was there. */
  constructor(files: FilePort, root: string, markOf: (path: string) => FileMark | undefined) {
    this.#files = files;
    this.#root = root;
    this.#markOf = markOf;
  }

  /** Why acknowledged bytes wait in memory, if they do. They are safe in the log. */
  get fault(): ChattyError | undefined {
    return this.#fault;
  }

  /** Files changed since the last checkpoint. */
  get unsyncedCount(): number {
    return this.#unsynced.size;
  }

  /** @throws {ChattyError} FILE_DAMAGED when the last line of the file is not a sealed line. */
  head(path: string): FileHead {
    return this.#file(path).head;
  }

  /**
   * Takes over a line that is durable in the log.
   * @param line its bytes without the newline; they are kept and must not change any more.
   * @param head how the file stands with it.
   */
  append(path: string, line: Uint8Array, head: FileHead): void {
    const file = this.#file(path);
    file.pending.push(line);
    file.head = head;
    this.#dirty.add(path);
    this.#unsynced.add(path);
    this.#scheduled ??= setTimeout(() => {
      this.#scheduled = undefined;
      this.#flushQuietly();
    }, flushDelayMs).unref();
  }

  /** Reads acknowledged bytes, wherever they are. */
  read(path: string, position: number, length: number): Buffer {
    const file = this.#file(path);
    const end = Math.min(position + length, file.head.length);
    if (end <= position) return Buffer.alloc(0);
    const fromFile =
      position < file.written
        ? readUpTo(this.#handle(path), position, Math.min(end, file.written) - position)
        : Buffer.alloc(0);
    if (end <= file.written) return fromFile;
    const pending = bytesOf(file.pending);
    const from = Math.max(position, file.written) - file.written;
    return Buffer.concat([fromFile, pending.subarray(from, end - file.written)]);
  }

  /**
   * Hands everything to the files; one that cannot be written does not hold up the others.
   * @throws {ChattyError} DISK_FULL and its kind; what is left stays readable and is tried again.
   */
  flush(): void {
    let fault: ChattyError | undefined;
    for (const path of [...this.#dirty]) {
      try {
        this.#flushFile(path);
      } catch (error) {
        fault ??= storageError(error, "write behind to", path);
      }
    }
    this.#fault = fault;
    if (fault !== undefined) throw fault;
  }

  /**
   * Makes every file changed since the last checkpoint survive a power cut, new folders included.
   * Once a sync has failed every further one fails: the page cache then shows what the disk may not have, and only a new start,
   * which writes the bytes again from the log, mends that.
   * @returns how each of them now stands.
   * @throws {ChattyError} DISK_FULL and its kind (may be repeated), STORAGE_IN_DOUBT
   */
  async sync(): Promise<FileMark[]> {
    if (this.#syncFault !== undefined) throw this.#syncFault;
    this.flush();
    const paths = [...this.#unsynced];
    const taken = this.#unsynced;
    this.#unsynced = new Set();
    const marks = paths.map((path) => ({ path, ...this.#file(path).head }));
    try {
      for (let at = 0; at < paths.length; at += syncsAtOnce) {
        await Promise.all(paths.slice(at, at + syncsAtOnce).map((path) => this.#syncFile(path)));
      }
      this.#syncFolders(paths);
    } catch (error) {
      for (const path of taken) this.#unsynced.add(path);
      this.#syncFault = new ChattyError(
        "STORAGE_IN_DOUBT",
        `The disk failed while files of ${this.#root} were synced.`,
        {
          hint: "Nothing that was acknowledged is lost: the log has it. Check the disk, then start Chatty again.",
          where: { path: this.#root },
          cause: error,
        },
      );
      throw this.#syncFault;
    }
    return marks;
  }

  /** Forgets a file that was moved away. */
  forget(path: string): void {
    if (this.#dirty.has(path)) this.#flushFile(path);
    this.#unsynced.delete(path);
    this.#known.delete(path);
    const open = this.#open.get(path);
    this.#open.delete(path);
    open?.close();
  }

  /** Lets go of every descriptor; call after the last {@link AppendFiles.sync}. */
  close(): void {
    if (this.#scheduled !== undefined) clearTimeout(this.#scheduled);
    const files = [...this.#open.values()];
    this.#open.clear();
    let fault: unknown;
    for (const file of files) {
      try {
        file.close();
      } catch (error) {
        // The others are let go of all the same.
        fault ??= error;
      }
    }
    if (fault !== undefined) throw storageError(fault, "close files of", this.#root);
  }

  #flushQuietly(): void {
    try {
      this.flush();
    } catch {
      // `fault` tells it, the next flush tries again, and what waits is readable meanwhile.
      return;
    }
  }

  #flushFile(path: string): void {
    const file = this.#file(path);
    if (file.pending.length > 0) {
      if (file.written === 0) this.#files.makeDirectory(dirname(absolutePath(this.#root, path)));
      const bytes = bytesOf(file.pending);
      writeAll(this.#handle(path), bytes, file.written);
      file.written += bytes.length;
      file.pending = [];
    }
    this.#dirty.delete(path);
  }

  async #syncFile(path: string): Promise<void> {
    // Closing a descriptor under a running sync would sync nothing, or another file that got the same number.
    this.#syncing.add(path);
    try {
      await this.#handle(path).sync();
    } finally {
      this.#syncing.delete(path);
    }
  }

  #syncFolders(paths: string[]): void {
    const folders = new Set<string>();
    for (const path of paths) {
      for (let at = dirname(absolutePath(this.#root, path)); ; at = dirname(at)) {
        if (folders.has(at)) break;
        folders.add(at);
        if (at === this.#root || dirname(at) === at) break;
      }
    }
    for (const folder of folders) this.#files.syncDirectory(folder);
  }

  #file(path: string): AppendedFile {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const head = this.#headFromDisk(path);
    const file: AppendedFile = { head, written: head.length, pending: [] };
    this.#known.set(path, file);
    return file;
  }

  #headFromDisk(path: string): FileHead {
    try {
      return this.#readHead(path);
    } catch (error) {
      throw storageError(error, "read the end of", path);
    }
  }

  #readHead(path: string): FileHead {
    const size = this.#files.status(absolutePath(this.#root, path))?.size ?? 0;
    const marked = this.#markOf(path)?.length ?? 0;
    if (size === 0 && marked === 0) return { length: 0, seq: -1, hash: "" };
    const line = size < marked ? undefined : lastLine(this.#handle(path), size);
    const opened = line === undefined ? undefined : openLine<{ seq?: number }>(line);
    if (opened === undefined || opened.kind === "fault") {
      throw new ChattyError("FILE_DAMAGED", `The end of ${path} is damaged.`, {
        hint: "Run `chatty verify` to see what is affected and `chatty repair` to save what can be read.",
        where: { path },
      });
    }
    return { length: size, seq: opened.body.seq ?? 0, hash: opened.body.hash };
  }

  #handle(path: string): OpenFile {
    const open = this.#open.get(path);
    if (open !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, open);
      return open;
    }
    if (this.#open.size >= openFilesLimit) this.#closeOldest();
    const file = this.#files.open(absolutePath(this.#root, path), "update");
    this.#open.set(path, file);
    return file;
  }

  #closeOldest(): void {
    for (const [path, file] of this.#open) {
      if (this.#syncing.has(path)) continue;
      this.#open.delete(path);
      file.close();
      return;
    }
  }
}

function bytesOf(lines: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    bytes[at + line.length] = 0x0a;
    at += line.length + 1;
  }
  return bytes;
}

/** The last line with its newline, or undefined when the file does not end with one. */
function lastLine(file: OpenFile, size: number): Buffer | undefined {
  for (let length = tailChunk; ; length *= 4) {
    const from = Math.max(0, size - length);
    const bytes = readUpTo(file, from, size - from);
    if (bytes.at(-1) !== 0x0a) return undefined;
    const before = bytes.length < 2 ? -1 : bytes.lastIndexOf(0x0a, bytes.length - 2);
    if (before !== -1) return bytes.subarray(before + 1);
    if (from === 0) return bytes;
  }
}
