import { ChattyError, isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";

/** What opening writes beside the log's tail: a new log file, pages of the configuration and the lists, and what indexes them. */
const besideLogBytes = 1024 * 1024;

/**
 * Says of a disk that is too full to open a vault how much room opening takes: what the log holds is written once more into journals
 * and configuration. Nothing is lost meanwhile: all of it stays in the log. Any other error comes back as it is.
 */
export function tellRoom(error: unknown, files: FilePort, root: string): unknown {
  if (!isChattyError(error, "DISK_FULL")) return error;
  let needed = besideLogBytes;
  let free: number;
  try {
    const log = absolutePath(root, layout.log);
    for (const { name } of files.list(log)) needed += 2 * (files.status(absolutePath(log, name))?.size ?? 0);
    free = files.freeBytes(root);
  } catch {
    // A disk that cannot even be asked: the first error is the one to tell.
    return error;
  }
  return new ChattyError("DISK_FULL", `${error.message} The vault in ${root} could not be opened.`, {
    hint: `Opening takes up to ${kibibytes(needed)} KiB of free room on this disk, and ${kibibytes(free)} KiB are free. Make room and open it again: nothing that was acknowledged is lost.`,
    where: { path: root, neededBytes: needed, freeBytes: free },
    cause: error,
  });
}

function kibibytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
