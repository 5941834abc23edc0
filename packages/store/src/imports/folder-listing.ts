import { join } from "node:path";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import type { FilePort } from "../files/port.ts";

/** One file of a folder that is to be imported. */
export interface FolderFile {
  /** Path inside the folder, with forward slashes. */
  name: string;
  path: string;
  /** Bytes when it was listed. */
  size: number;
}

/** What operating systems leave in folders; never part of an export. */
const junk = /^(?:\.ds_store|thumbs\.db|desktop\.ini|__macosx|\._.*)$/i;

/**
 * Every file of a folder and the folders below it, in code-unit order of their names, without what operating systems leave behind.
 * @throws {ChattyError} SYMBOLIC_LINK for anything that is neither a file nor a folder.
 */
export function listFolder(files: FilePort, root: string): FolderFile[] {
  const found: FolderFile[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name: entry } of entriesOf(files, join(root, folder))) {
      if (junk.test(entry)) continue;
      const name = folder === "" ? entry : `${folder}/${entry}`;
      const path = join(root, name);
      const status = files.status(path);
      if (status?.kind === "directory") folders.push(name);
      else if (status?.kind === "file") found.push({ name, path, size: status.size });
      else throw notAFile(path);
    }
  }
  return found.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}

function entriesOf(files: FilePort, path: string): { name: string }[] {
  try {
    return files.list(path);
  } catch (error) {
    throw storageError(error, "read the folder", path);
  }
}

function notAFile(path: string): ChattyError {
  return new ChattyError(
    "SYMBOLIC_LINK",
    `${path} is neither a file nor a folder; links are never followed.`,
    {
      hint: "Replace the link with what it points at, or take it out of the folder.",
      where: { path },
    },
  );
}
