import { join } from "node:path";
import type { FilePort } from "../files/port.ts";

/** Removes a folder with everything in it; links are removed and never followed. An absent one is no error. */
export function removeTree(files: FilePort, path: string): void {
  const status = files.status(path);
  if (status === undefined) return;
  if (status.kind !== "directory") {
    files.remove(path);
    return;
  }
  for (const { name } of files.list(path)) removeTree(files, join(path, name));
  files.removeDirectory(path);
}
