import { dirname } from "node:path";
import type { FilePort } from "./port.ts";

/** Makes a folder with its parents so that their names survive a power cut. A folder that is there costs nothing. */
export function makeDurableFolder(files: FilePort, path: string): void {
  for (const made of files.makeDirectory(path)) files.syncDirectory(dirname(made));
}
