import type { ConstructId } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { viewFolder } from "../imports/view-names.ts";
import type { EmbeddableSession } from "./texts-to-embed.ts";
import { hasVectorPair } from "./vector-pair.ts";

/** Where vectors of a user lie. */
export interface VectorHome {
  files: FilePort;
  /** The vault, absolute. */
  root: string;
  user: UserPlace;
}

/**
 * Folder of the pair that has a conversation's vectors, inside the vault: its own for a native one, that of the month of its first
 * message for an imported one.
 */
export function pairFolder(
  { user }: VectorHome,
  { sessionId, constructId, isImported }: EmbeddableSession,
  firstTime: number | undefined,
): string {
  if (!isImported) return layout.session(user, constructId, sessionId);
  return monthFolder(user, constructId, firstTime);
}

function monthFolder(user: UserPlace, constructId: ConstructId, at: number | undefined): string {
  const folder = viewFolder({ constructId, sourceId: "", ...(at === undefined ? {} : { createdAt: at }) });
  return `${layout.views(user)}/${folder}`;
}

/** Construct, year, month; or construct and `undated`. */
const monthDepth = 3;

/** Every folder of months that has a pair. @throws {ChattyError} storage errors */
export function importedPairs({ files, root, user }: VectorHome): string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number): void => {
    const absolute = absolutePath(root, folder);
    if (depth > 1 && hasVectorPair(files, absolute)) found.push(folder);
    if (depth === monthDepth) return;
    for (const { name, kind } of files.list(absolute)) {
      if (kind === "directory") look(`${folder}/${name}`, depth + 1);
    }
  };
  const views = layout.views(user);
  try {
    look(views, 0);
  } catch (error) {
    throw storageError(error, "list", views);
  }
  return found;
}

/** Removes the folder of a month, and those above it, as far as they are empty: vectors may have been the first and last in it. */
export function removeEmptyMonth({ files, root, user }: VectorHome, folder: string): void {
  const views = layout.views(user);
  try {
    for (let at = folder; at.startsWith(`${views}/`); at = at.slice(0, at.lastIndexOf("/"))) {
      const absolute = absolutePath(root, at);
      if (files.status(absolute) === undefined) continue;
      if (files.list(absolute).length > 0) return;
      files.removeDirectory(absolute);
    }
  } catch (error) {
    throw storageError(error, "remove", folder);
  }
}
