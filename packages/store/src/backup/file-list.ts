import { StringDecoder } from "node:string_decoder";
import { backupDamaged, parseBackupFile } from "./backup-manifest.ts";
import type { BackupFile, BackupPiece } from "./backup-manifest.ts";
import type { PieceReader } from "./object-store.ts";
import { comparePaths } from "./path-order.ts";

/** Lists of files are longer than this only in a backup that is damaged. */
const longestLine = 16 * 1024 * 1024;

/** Reads a list of files one by one, in memory that does not grow with it. @throws {ChattyError} BACKUP_DAMAGED */
export async function* readFileList(reader: PieceReader, list: BackupPiece): AsyncGenerator<BackupFile> {
  const where = `the list ${list.sha256}`;
  const decoder = new StringDecoder("utf8");
  let held = "";
  let last: string | undefined;
  for await (const chunk of reader.read(list)) {
    const lines = (held + decoder.write(chunk)).split("\n");
    held = lines.pop() ?? "";
    if (held.length > longestLine) throw backupDamaged(where, "it has no lines");
    for (const line of lines) {
      const file = parseBackupFile(line, where);
      // A path that comes twice, or back, would put two files into one place.
      if (last !== undefined && comparePaths(last, file.path) >= 0) {
        throw backupDamaged(where, `${file.path} is not in its place`);
      }
      last = file.path;
      yield file;
    }
  }
  if (held !== "") throw backupDamaged(where, "its last line is cut off");
}

/** Looks files up in an earlier list while a walk goes through the vault in the same order. */
export class EarlierFiles {
  readonly #files: AsyncGenerator<BackupFile> | undefined;
  #next: BackupFile | undefined;
  #isOver: boolean;

  constructor(files: AsyncGenerator<BackupFile> | undefined) {
    this.#files = files;
    this.#isOver = files === undefined;
  }

  /** @param path must come behind those asked for before. */
  async find(path: string): Promise<BackupFile | undefined> {
    while (!this.#isOver) {
      if (this.#next === undefined) await this.#advance();
      if (this.#next === undefined) return undefined;
      const order = comparePaths(this.#next.path, path);
      if (order > 0) return undefined;
      const found = this.#next;
      this.#next = undefined;
      if (order === 0) return found;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#files?.return(undefined);
  }

  async #advance(): Promise<void> {
    const result = await this.#files?.next();
    if (result === undefined || result.done === true) this.#isOver = true;
    else this.#next = result.value;
  }
}
