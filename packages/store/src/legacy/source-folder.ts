import { join, relative, resolve, sep, isAbsolute, basename, dirname } from "node:path";
import type { Problem } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";

/** One file of an older store, where it lies. */
export interface SourceFile {
  /** Inside the store, with forward slashes. */
  path: string;
  absolute: string;
  /** Bytes when it was listed. */
  size: number;
}

/** What operating systems and version control leave in folders. */
const junk = /^(?:\.ds_store|thumbs\.db|desktop\.ini|__macosx|\._.*|\.git|node_modules)$/i;

/**
 * Every file of an older store, in code-unit order of the paths. Links are not followed; each is a problem.
 * @param path of the folder, or of one file.
 * @throws {ChattyError} SOURCE_NOT_FOUND, SOURCE_INSIDE_VAULT, SYMBOLIC_LINK, LEGACY_SOURCE_IS_VAULT, storage errors
 */
export function listLegacySource(
  files: FilePort,
  path: string,
  vaultRoot: string,
): { files: SourceFile[]; problems: Problem[] } {
  const root = resolve(path);
  const status = files.status(root);
  if (status === undefined) {
    throw new ChattyError("SOURCE_NOT_FOUND", `There is nothing at ${root}.`, {
      hint: "Check the path; quote it if it has spaces.",
      where: { path: root },
    });
  }
  assertOutside(files, root, vaultRoot);
  if (status.kind === "other") throw linkRefused(root);
  if (status.kind === "file") {
    return { files: [{ path: basename(root), absolute: root, size: status.size }], problems: [] };
  }
  assertNoVault(files, root);
  return listBelow(files, root);
}

function listBelow(files: FilePort, root: string): { files: SourceFile[]; problems: Problem[] } {
  const found: SourceFile[] = [];
  const problems: Problem[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name } of entriesOf(files, join(root, folder))) {
      if (junk.test(name)) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      const absolute = join(root, path);
      const status = files.status(absolute);
      if (status?.kind === "directory") folders.push(path);
      else if (status?.kind === "file") found.push({ path, absolute, size: status.size });
      else {
        const message = "It is neither a file nor a folder and was left out; links are never followed.";
        problems.push({ code: "LEGACY_LINK_LEFT_OUT", message, where: { member: path } });
      }
    }
  }
  found.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
  return { files: found, problems };
}

function entriesOf(files: FilePort, path: string): { name: string }[] {
  try {
    return files.list(path);
  } catch (error) {
    throw storageError(error, "read the folder", path);
  }
}

/** Refuses what lies in the vault or holds it, before anything of it is opened. */
function assertOutside(files: FilePort, path: string, vaultRoot: string): void {
  const [source, vault] = [files.realPath(path) ?? path, files.realPath(vaultRoot) ?? vaultRoot];
  if (!isWithin(source, vault) && !isWithin(vault, source)) return;
  throw new ChattyError("SOURCE_INSIDE_VAULT", `${path} is part of the vault ${vaultRoot}, or holds it.`, {
    hint: "What is in the vault is there already. Name an older store outside of it.",
    where: { path },
  });
}

/** A home of this program is not older: it is opened or restored. Its lock must not be opened by anybody else. */
function assertNoVault(files: FilePort, root: string): void {
  const isVault = (folder: string): boolean =>
    files.status(join(folder, layout.vaultFile)) !== undefined &&
    files.status(join(folder, layout.lockFile)) !== undefined;
  const inside = files.list(root).filter(({ kind }) => kind === "directory");
  const vault = [root, dirname(root), ...inside.map(({ name }) => join(root, name))].find(isVault);
  if (vault === undefined) return;
  throw new ChattyError(
    "LEGACY_SOURCE_IS_VAULT",
    `${vault} is a vault of this program, not an older store.`,
    {
      hint: "Open it with --home, or restore it from a backup.",
      where: { path: vault },
    },
  );
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function linkRefused(path: string): ChattyError {
  return new ChattyError(
    "SYMBOLIC_LINK",
    `${path} is neither a file nor a folder; links are never followed.`,
    {
      hint: "Name the file or folder itself.",
      where: { path },
    },
  );
}
