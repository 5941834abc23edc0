import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Bytes of all files below a folder, and their paths. A file that goes away meanwhile counts nothing. */
export function folderSize(folder: string): { bytes: number; files: string[] } {
  let bytes = 0;
  const files: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      bytes += statSync(path).size;
      files.push(path);
    } catch {
      // Gone between listing and looking.
    }
  }
  return { bytes, files };
}
