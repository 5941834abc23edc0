import { join } from "node:path";
import type { ImportId, Sha256 } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { isTemporaryName } from "../files/replace-file.ts";
import { getImport, importsOfArchive } from "../workspace/imports.ts";
import { deleteReferencesOfImport } from "../workspace/references.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { ImportContext } from "./import-context.ts";
import { recoverUploads } from "./upload-recovery.ts";
import { unfinishedReferences } from "./session-pages.ts";
import { removeArchive } from "./staging.ts";

/** What a start removed. */
export interface ImportRecovery {
  /** Relative paths of files. */
  removedFiles: string[];
  /** Rows of the derived tables. */
  removedRows: number;
}

const placingPattern = /^[0-9a-f-]{36}\.([0-9a-f]{64})\.placing$/;
const packPattern = /^([0-9a-f-]{36})\.pack$/;

/** Folders in which the process before may have been replacing a file when it ended: looking through all costs every start. */
function foldersUnderWay({ storage, user, catalog }: ImportContext): string[] {
  const isUnclean = storage.replayed.length > 0;
  return [
    ...(isUnclean || !catalog.viewsDone ? [layout.imports(user)] : []),
    ...(isUnclean || catalog.settled !== storage.log.seq ? [`${layout.user(user)}/instances`] : []),
  ];
}

/** Files that were being replaced when a process died; their new content never took effect. */
function temporaryFiles(storage: VaultStorage, folder: string): string[] {
  const { files, root } = storage;
  return files.list(absolutePath(root, folder)).flatMap(({ name, kind }) => {
    const path = `${folder}/${name}`;
    if (kind === "directory") return temporaryFiles(storage, path);
    return kind === "file" && isTemporaryName(name) ? [path] : [];
  });
}

/**
 * Removes what imports left that were cut off. Only a finished import has a row, so everything that no row names can go; an archive
 * only if a note says that a cut-off import brought it. Doing it twice changes nothing.
 */
export function recoverImports(context: ImportContext): ImportRecovery {
  const { storage, user } = context;
  const { configuration, files, root } = storage;
  const recovery: ImportRecovery = { removedFiles: [], removedRows: 0 };
  for (const importId of unfinishedReferences(configuration, user.userId)) {
    recovery.removedRows += configuration.transaction((writer) =>
      deleteReferencesOfImport(writer, user.userId, importId),
    );
  }
  const remove = (path: string, take: (absolute: string) => void): void => {
    take(absolutePath(root, path));
    recovery.removedFiles.push(path);
  };
  const staging = layout.staging(user);
  const uploads = recoverUploads(context);
  recovery.removedFiles.push(...uploads.removedFiles);
  // Notes last: an archive whose note is gone would stay for ever.
  const entries = files.list(absolutePath(root, staging)).filter(({ name }) => !uploads.kept.has(name));
  for (const { name } of entries) {
    const sha256 = placingPattern.exec(name)?.[1] as Sha256 | undefined;
    if (sha256 === undefined) {
      remove(`${staging}/${name}`, (path) => removeArchive(files, path));
      continue;
    }
    const isNamed = importsOfArchive(configuration, user.userId, sha256).length > 0;
    const archive = layout.archive(user, sha256);
    if (!isNamed && files.status(absolutePath(root, archive)) !== undefined) {
      remove(archive, (path) => removeArchive(files, path));
      files.syncDirectory(absolutePath(root, `${layout.imports(user)}/archives`));
    }
  }
  for (const { name } of entries.filter((entry) => placingPattern.test(entry.name))) {
    remove(`${staging}/${name}`, (path) => files.remove(path));
  }
  const packs = absolutePath(root, layout.packs(user));
  for (const { name } of files.list(packs)) {
    const importId = packPattern.exec(name)?.[1] as ImportId | undefined;
    if (importId === undefined) continue;
    const isKept = getImport(configuration, user.userId, importId)?.status === "finished";
    if (!isKept) remove(`${layout.packs(user)}/${name}`, () => files.remove(join(packs, name)));
  }
  for (const folder of foldersUnderWay(context)) {
    for (const path of temporaryFiles(storage, folder)) remove(path, (file) => files.remove(file));
  }
  if (entries.length > 0) files.syncDirectory(absolutePath(root, staging));
  return recovery;
}
