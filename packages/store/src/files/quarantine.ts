import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { storageError } from "./error-code.ts";
import { absolutePath, layout } from "./layout.ts";
import type { FilePort } from "./port.ts";
import { replaceFile } from "./replace-file.ts";

/** What a quarantined piece was; stands beside it as JSON. */
export interface QuarantineNote {
  /** Relative path of the file it came from. */
  path: string;
  /** Byte range in that file. */
  from: number;
  to: number;
  reason: string;
  /** Integer milliseconds UTC. */
  at: number;
}

/**
 * Puts bytes that cannot stay where they are into the quarantine folder, with a note saying what they were. Durable when it
 * returns, so that only then the original may be cut.
 * @returns relative path of the bytes.
 */
export function quarantineBytes(
  files: FilePort,
  root: string,
  note: QuarantineNote,
  bytes: Uint8Array,
): string {
  const name = quarantineName(note);
  const relative = `${layout.quarantine}/${name}`;
  try {
    replaceFile(files, absolutePath(root, relative), bytes, { temporaryIn: root });
    replaceFile(files, absolutePath(root, `${relative}.json`), noteBytes(note), { temporaryIn: root });
    return relative;
  } catch (error) {
    throw storageError(error, "quarantine a piece of", note.path);
  }
}

/** Moves a whole file into the quarantine folder. @returns its new relative path. */
export function quarantineFile(files: FilePort, root: string, note: QuarantineNote): string {
  const relative = `${layout.quarantine}/${quarantineName(note)}`;
  const target = absolutePath(root, relative);
  try {
    files.makeDirectory(absolutePath(root, layout.quarantine));
    replaceFile(files, `${target}.json`, noteBytes(note), { temporaryIn: root });
    files.rename(absolutePath(root, note.path), target);
    files.syncDirectory(absolutePath(root, layout.quarantine));
    // A power cut must not bring the old name back beside what is made in its place next.
    files.syncDirectory(dirname(absolutePath(root, note.path)));
    return relative;
  } catch (error) {
    throw storageError(error, "quarantine", note.path);
  }
}

function noteBytes(note: QuarantineNote): Buffer {
  return Buffer.from(`${JSON.stringify(note, null, 2)}\n`);
}

function quarantineName(note: QuarantineNote): string {
  const stamp = new Date(note.at).toISOString().slice(0, 19).replaceAll(":", "");
  return `${stamp}-${randomBytes(4).toString("hex")}-${note.path.split("/").at(-1) ?? "piece"}`;
}
