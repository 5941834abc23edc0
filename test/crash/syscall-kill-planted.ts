// Loaded in front of the program: takes away what makes its writes atomic, in one way, named by PLANTED_FAULT.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const fault = process.env["PLANTED_FAULT"];
const { openSync, closeSync, writeSync, renameSync, unlinkSync } = fs;

const temporaryName = /^(.*[\\/])\.([^\\/]+)\.[0-9a-f]{16}\.tmp$/;
const logs = new Set<number>();

/** `rename-missing`: what is written beside a file and then renamed is written into the file itself. */
function inPlace(path: fs.PathLike): string | undefined {
  const found = fault === "rename-missing" ? temporaryName.exec(String(path)) : null;
  return found === null ? undefined : `${found[1]}${found[2]}`;
}

Object.assign(fs, {
  openSync: (path: fs.PathLike, flags: fs.OpenMode, mode?: fs.Mode): number => {
    const final = inPlace(path);
    const descriptor = final === undefined ? openSync(path, flags, mode) : openSync(final, "w+", mode);
    if (/[\\/]log[\\/]\d+\.jsonl$/.test(String(path))) logs.add(descriptor);
    return descriptor;
  },
  closeSync: (descriptor: number): void => {
    logs.delete(descriptor);
    closeSync(descriptor);
  },
  renameSync: (from: fs.PathLike, to: fs.PathLike): void => {
    if (inPlace(from) === undefined) renameSync(from, to);
  },
  unlinkSync: (path: fs.PathLike): void => {
    if (inPlace(path) === undefined) unlinkSync(path);
  },
  /** `log-missing`: groups go to their files and rows without having stood in the log; only its header is written. */
  writeSync: (
    descriptor: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    position: number,
  ): number => {
    if (fault === "log-missing" && logs.has(descriptor) && position > 0) return length;
    return writeSync(descriptor, bytes, from, length, position);
  },
});
syncBuiltinESMExports();
