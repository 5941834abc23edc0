import type { FilePort } from "../files/port.ts";
import { readUpTo } from "../files/write-all.ts";

/** Read and write version in the header of a database with a write-ahead log. */
const walFormat = 2;

/** One damaged byte of its header makes a file that SQLite only reads, and does not call damaged. */
export function isWritableFormat(files: FilePort, path: string): boolean {
  if (files.status(path) === undefined) return true;
  const file = files.open(path, "read");
  try {
    const versions = readUpTo(file, 18, 2);
    return versions.length < 2 || (versions[0] === walFormat && versions[1] === walFormat);
  } finally {
    file.close();
  }
}
