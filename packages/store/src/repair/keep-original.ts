import { createHash } from "node:crypto";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { replaceFile } from "../files/replace-file.ts";

/**
 * Where a file is kept in the quarantine folder before another one takes its place. The name follows from the bytes, so that a repair
 * that was cut short keeps it once.
 */
export function quarantinePlace(path: string, bytes: Uint8Array): string {
  const [name, folder] = path.split("/").reverse();
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return `${layout.quarantine}/${digest}-${folder ?? "vault"}-${name ?? "file"}`;
}

/**
 * Keeps a whole file, byte for byte, with a note that says where it was. Durable when it returns, so that only then the file may be
 * replaced.
 * @param at integer milliseconds UTC.
 * @returns relative path of what is kept.
 */
export function keepOriginal(
  files: FilePort,
  root: string,
  file: { path: string; bytes: Uint8Array },
  reason: string,
  at: number,
): string {
  const place = quarantinePlace(file.path, file.bytes);
  replaceFile(files, absolutePath(root, place), file.bytes);
  const note = absolutePath(root, `${place}.json`);
  if (files.status(note) === undefined) {
    const content = { path: file.path, from: 0, to: file.bytes.length, reason, at };
    replaceFile(files, note, Buffer.from(`${JSON.stringify(content, null, 2)}\n`));
  }
  return place;
}
