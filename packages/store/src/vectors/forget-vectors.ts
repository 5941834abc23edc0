import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { PairKeeper } from "./pair-keeper.ts";
import type { VectorDatabase } from "./vector-database.ts";
import { openVectorDatabase } from "./vector-database.ts";
import { rewriteVectors } from "./vector-pair.ts";
import { importedPairs, removeEmptyMonth } from "./vector-places.ts";
import type { VectorHome } from "./vector-places.ts";
import { VectorSet } from "./vector-set.ts";

/**
 * Removes every vector of sessions from files and database while nobody else has them open: search by meaning may be switched off, and
 * what is purged goes all the same.
 * @throws {ChattyError} storage errors; doing it again goes on where it stopped
 */
export function forgetVectors(home: VectorHome, sessionIds: readonly string[]): void {
  const gone = new Set(sessionIds);
  const database = existingDatabase(home);
  const known = new Set<string>();
  try {
    for (const { number, model, dimensions } of database?.sets() ?? []) {
      for (const { folder } of database?.pairs(number) ?? []) known.add(folder);
      if (database === undefined) continue;
      const set = new VectorSet(home.files, { model, dimensions });
      new PairKeeper({ home, database, set, setNumber: number, strategy: "" }).forget(gone);
    }
    database?.transaction(() => {
      for (const sessionId of gone) database.removeSession(sessionId);
    });
    database?.scrub();
  } finally {
    database?.close();
  }
  for (const folder of importedPairs(home)) {
    if (known.has(folder)) continue;
    const isKept = ({ sessionId }: { sessionId: string }): boolean => !gone.has(sessionId);
    const { rows } = rewriteVectors(home.files, absolutePath(home.root, folder), isKept);
    if (rows === 0) removeEmptyMonth(home, folder);
  }
}

/** Leaves no trace in the database of what was taken out. @returns false when somebody reads it for too long */
export function scrubVectors(home: VectorHome): boolean {
  const database = existingDatabase(home);
  if (database === undefined) return true;
  try {
    return database.scrub();
  } finally {
    database.close();
  }
}

function existingDatabase({ files, root, user }: VectorHome): VectorDatabase | undefined {
  const path = absolutePath(root, layout.vectors(user));
  try {
    return files.status(path) === undefined ? undefined : openVectorDatabase(files, path);
  } catch (error) {
    throw storageError(error, "open", path);
  }
}
