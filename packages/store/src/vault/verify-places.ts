import type { Sha256 } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { isTemporaryName } from "../files/replace-file.ts";
import { importViewAtPath } from "../workspace/import-views.ts";
import { importsOfArchive } from "../workspace/imports.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";
import type { TellProblem } from "./verify-session.ts";

const uuid = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
/** What programs of the system leave in every folder that they look into. */
const litter = /^(?:\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.directory|\.localized)$/;

/** Paths below a user's folder that something belongs to. */
const nativePlaces = [
  /^(?:profile|session_index|context_history)\.json(?:\.bak)?$/,
  /^staged\//,
  /^instances\/[^/]+\/persona\.json(?:\.bak)?$/,
  /^instances\/[^/]+\/files\//,
  /^instances\/[^/]+\/chatty\/[^/]+\.md$/,
  new RegExp(`^instances/[^/]+/sessions/${uuid}/(?:session_meta|persona|summary)\\.json(?:\\.bak)?$`),
  new RegExp(`^instances/[^/]+/sessions/${uuid}/messages(?:\\.\\d+)?\\.jsonl$`),
  new RegExp(`^instances/[^/]+/sessions/${uuid}/(?:vector_index\\.jsonl|embeddings\\.npy)$`),
  new RegExp(`^instances/[^/]+/sessions/${uuid}/files/`),
];
const importPlaces = [/^archives\/[0-9a-f]{64}$/, /^(?:packs|instances|staging|legacy)\//];
const continuityPlaces = [
  /^events\/[a-z_]+\.jsonl$/,
  /^(?:ledgers|reports)\//,
  /^summaries\/\d{4}-\d{2}\/(?:\d{4}-\d{2}-\d{2}\/)?summary\.json$/,
];

/** Names of transcripts and views that a person edited; see `editedTranscriptName`. */
const setAside = /\/(?:chatty|instances)\/.* \(edited(?: \d+)?\)\.md$/;

/**
 * Tells of files and users' folders that belong to nothing. They are left where they are: what they are only a person knows.
 * @returns transcripts and readable views that a person edited and that were set aside: they are no problem.
 */
export function verifyPlaces(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  tell: TellProblem,
): string[] {
  const edited: string[] = [];
  const orphan = (path: string, message: string): void => tell({ code: "FILE_ORPHANED", path, message });
  const roots = [
    ["vvault/users", nativePlaces],
    ["imports/users", importPlaces],
    ["continuity/users", continuityPlaces],
  ] as const;
  for (const [root, places] of roots) {
    const homes = new Map(
      spaces.map(({ context: { user } }) => [`${root}/${user.shard}/${user.userId}`, user.userId]),
    );
    for (const folder of foldersOfUsers(storage, root)) {
      const userId = homes.get(folder);
      if (userId === undefined) {
        orphan(
          folder,
          "no user of this vault has this folder: its configuration is gone, or it was put here by somebody else",
        );
        continue;
      }
      for (const path of filesBelow(storage, folder)) {
        const below = path.slice(folder.length + 1);
        if (!places.some((place) => place.test(below)))
          orphan(path, "nothing in the vault belongs to this file; move it away if it is not yours to keep");
        // A conversation may have such a title.
        else if (setAside.test(path) && importViewAtPath(storage.configuration, userId, path) === undefined)
          edited.push(path);
      }
    }
  }
  for (const { context } of spaces) verifyArchivesAreNamed(storage, context.user, orphan);
  return edited;
}

function verifyArchivesAreNamed(
  storage: VaultStorage,
  user: UserSpace["context"]["user"],
  orphan: (path: string, message: string) => void,
): void {
  const { files, root, configuration } = storage;
  const staged = files.list(absolutePath(root, layout.staging(user))).map(({ name }) => name);
  for (const { name } of files.list(absolutePath(root, `${layout.imports(user)}/archives`))) {
    if (!/^[0-9a-f]{64}$/.test(name) || staged.some((note) => note.includes(name))) continue;
    if (importsOfArchive(configuration, user.userId, name as Sha256).length > 0) continue;
    orphan(
      `${layout.imports(user)}/archives/${name}`,
      "no import names this archive; import it again to see its conversations",
    );
  }
}

/** `{root}/{shard}/{user}`, whatever is in it. */
function foldersOfUsers(storage: VaultStorage, root: string): string[] {
  const listed = (path: string): string[] =>
    storage.files
      .list(absolutePath(storage.root, path))
      .filter(({ name }) => !litter.test(name))
      .map(({ name }) => `${path}/${name}`);
  return listed(root).flatMap(listed);
}

function* filesBelow(storage: VaultStorage, folder: string): Generator<string> {
  for (const { name, kind } of storage.files.list(absolutePath(storage.root, folder))) {
    const path = `${folder}/${name}`;
    if (kind === "directory") yield* filesBelow(storage, path);
    else if (!litter.test(name) && !isTemporaryName(name)) yield path;
  }
}
