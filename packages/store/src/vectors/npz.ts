// Arrays in one file, as numpy.savez writes them: a ZIP, nothing compressed, one .npy per array. Source: numpy.savez.
import { join } from "node:path";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import { writeFolderZip } from "../imports/folder-zip.ts";
import { vectorsName } from "./vector-pair.ts";

/** An array that goes into an .npz file under a name. */
export interface NpzEntry {
  /** `numpy.load(file)[name]` gives it. */
  name: string;
  /** Absolute path of its .npy file. */
  path: string;
}

/**
 * Writes .npy files into one .npz file at a path where nothing is yet.
 * @returns bytes written.
 * @throws {ChattyError} SOURCE_CHANGED when a file grows meanwhile, storage errors
 */
export async function writeNpz(
  files: FilePort,
  target: string,
  entries: readonly NpzEntry[],
  signal?: AbortSignal,
): Promise<number> {
  const file = files.open(target, "create");
  try {
    const sources = entries.map(({ name, path }) => ({
      name: `${name}.npy`,
      path,
      size: files.status(path)?.size ?? 0,
    }));
    return await writeFolderZip(sources, { files, target: file, signal });
  } finally {
    file.close();
  }
}

/**
 * Writes the vectors of conversations and months into one .npz file: an array for each folder that has any.
 * @param folders absolute, by the name that its array gets.
 * @param target absolute; nothing may be there.
 * @returns names of the arrays in it
 * @throws {ChattyError} SOURCE_CHANGED when vectors are added meanwhile, storage errors
 */
export async function exportVectors(
  folders: ReadonlyMap<string, string>,
  target: string,
  options: { files?: FilePort; signal?: AbortSignal } = {},
): Promise<string[]> {
  const { files = nodeFiles(), signal } = options;
  const entries = [...folders]
    .map(([name, folder]) => ({ name, path: join(folder, vectorsName) }))
    .filter(({ path }) => files.status(path) !== undefined);
  await writeNpz(files, target, entries, signal);
  return entries.map(({ name }) => name);
}
