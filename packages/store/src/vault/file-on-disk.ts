import { absolutePath } from "../files/layout.ts";
import { readUpTo } from "../files/write-all.ts";
import type { PublishedBytes } from "../journal/read.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** A file as it lies on disk, not as it is remembered; undefined when it is absent. The caller closes it. */
export function fileOnDisk(
  storage: VaultStorage,
  path: string,
): (PublishedBytes & { close: () => void }) | undefined {
  const absolute = absolutePath(storage.root, path);
  if (storage.files.status(absolute)?.kind !== "file") return undefined;
  const file = storage.files.open(absolute, "read");
  return {
    path,
    length: file.size(),
    read: (position, length) => readUpTo(file, position, length),
    close: () => file.close(),
  };
}
