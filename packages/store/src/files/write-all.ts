import type { FilePort, OpenFile } from "./port.ts";

/**
 * Writes every byte, however few the system takes at a time. A full disk answers the first write with a short count and only
 * the next one with an error, so a count that is not looked at leaves a torn record.
 */
export function writeAll(file: OpenFile, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const count = file.writeAt(done === 0 ? bytes : bytes.subarray(done), position + done);
    if (count <= 0) throw Object.assign(new Error(`write returned ${count}`), { code: "ENOSPC" });
    done += count;
  }
}

/** Reads exactly `length` bytes, fewer only at the end of the file. */
export function readUpTo(file: OpenFile, position: number, length: number): Buffer {
  const into = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = file.readAt(done === 0 ? into : into.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done === length ? into : into.subarray(0, done);
}

/** Reads a whole small file; undefined when it is absent. */
export function readWholeFile(files: FilePort, path: string): Buffer | undefined {
  if (files.status(path) === undefined) return undefined;
  const file = files.open(path, "read");
  try {
    return readUpTo(file, 0, file.size());
  } finally {
    file.close();
  }
}
