import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import { readWholeFile } from "../files/write-all.ts";
import type { PublishedBytes } from "../journal/read.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** A journal as it lies on disk, whatever state it is in. Reads all of it. */
export function readWholeJournal(
  storage: VaultStorage,
  user: UserPlace,
  row: Pick<CatalogSession, "constructId" | "sessionId">,
): PublishedBytes {
  const path = layout.journal(user, row.constructId, row.sessionId);
  const bytes = readWholeFile(storage.files, absolutePath(storage.root, path)) ?? Buffer.alloc(0);
  return {
    path,
    length: bytes.length,
    read: (position, length) => bytes.subarray(position, position + length),
  };
}
