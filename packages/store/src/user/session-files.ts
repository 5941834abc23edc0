import type { Sha256 } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { readUpTo } from "../files/write-all.ts";
import type { UserContext } from "./user-context.ts";

const chunkBytes = 1024 * 1024;

/** The hash in `sha256:…`; undefined for any other text. */
export function sha256Of(fileId: string): Sha256 | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(fileId)?.[1] as Sha256 | undefined;
}

/** Bytes of a file, read while they are asked for. */
export async function* fileBytes(files: FilePort, path: string): AsyncIterable<Uint8Array> {
  const file = files.open(path, "read");
  try {
    const size = file.size();
    for (let at = 0; at < size; at += chunkBytes) {
      yield await Promise.resolve(readUpTo(file, at, Math.min(chunkBytes, size - at)));
    }
  } finally {
    file.close();
  }
}

/** Absolute path of a file that was kept in a folder under its hash; undefined when it is not there. */
export function keptFilePath(context: UserContext, folderPath: string, fileId: string): string | undefined {
  const { storage } = context;
  const sha256 = sha256Of(fileId);
  if (sha256 === undefined) return undefined;
  const folder = absolutePath(storage.root, folderPath);
  const entry = storage.files
    .list(folder)
    .find(({ name }) => name === sha256 || (name.startsWith(`${sha256}.`) && !name.endsWith(".staged.json")));
  return entry === undefined ? undefined : `${folder}/${entry.name}`;
}

/** Folder of the files of a native session. */
export function sessionFilesFolder(context: UserContext, row: CatalogSession): string {
  return `${layout.session(context.user, row.constructId, row.sessionId)}/files`;
}

/** Bytes of a file of a native session. @throws {ChattyError} FILE_NOT_FOUND */
export async function* readSessionFile(
  context: UserContext,
  row: CatalogSession,
  fileId: string,
): AsyncIterable<Uint8Array> {
  const path = keptFilePath(context, sessionFilesFolder(context, row), fileId);
  if (path === undefined) {
    throw new ChattyError("FILE_NOT_FOUND", `Session ${row.sessionId} has no file ${fileId.slice(0, 80)}.`, {
      hint: "`chatty show` lists the files of its messages.",
    });
  }
  yield* fileBytes(context.storage.files, path);
}
