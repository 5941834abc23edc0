// Loaded in front of the program: breaks the order write, sync, acknowledge in one way, named by PLANTED_FAULT.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const fault = process.env["PLANTED_FAULT"];
const { openSync, closeSync, writeSync, fdatasync } = fs;
type Done = (error: Error | null) => void;

const logs = new Set<number>();
const late = new Map<number, (() => void)[]>();

/** Does it a little later, and before the file is closed at the latest. */
function later(descriptor: number, work: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (!isDone) work();
    isDone = true;
  };
  late.set(descriptor, [...(late.get(descriptor) ?? []), once]);
  setTimeout(once, 30);
}

Object.assign(fs, {
  openSync: (...given: Parameters<typeof openSync>): number => {
    const descriptor = openSync(...given);
    if (/[\\/]log[\\/]\d+\.jsonl$/.test(String(given[0]))) logs.add(descriptor);
    return descriptor;
  },
  closeSync: (descriptor: number): void => {
    for (const work of late.get(descriptor) ?? []) work();
    late.delete(descriptor);
    logs.delete(descriptor);
    closeSync(descriptor);
  },
  writeSync: (
    descriptor: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    position: number,
  ): number => {
    // The header of a log file is read back by nobody and may stay where it is.
    if (fault !== "acknowledgement-before-write" || !logs.has(descriptor) || position === 0) {
      return writeSync(descriptor, bytes, from, length, position);
    }
    const copy = Uint8Array.from(bytes);
    later(descriptor, () => writeSync(descriptor, copy, from, length, position));
    return length;
  },
  fdatasync: (descriptor: number, done: Done): void => {
    if (!logs.has(descriptor)) {
      fdatasync(descriptor, done);
      return;
    }
    if (fault !== "sync-removed") later(descriptor, () => fs.fdatasyncSync(descriptor));
    setImmediate(done, null);
  },
});
syncBuiltinESMExports();
