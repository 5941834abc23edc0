// A library that is loaded in front of the real program: it counts system calls and ends the program at the n-th.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const source = join(import.meta.dirname, "shim-calls.c");

/** Where in the call the program ends: before it, with half of the bytes written, or right behind it. */
export type ShimMoment = "before" | "middle" | "after";

export const shimMoments: readonly ShimMoment[] = ["before", "middle", "after"];

export interface ShimOptions {
  /** From {@link buildShim}. */
  library: string;
  /** Absolute paths; only calls on what lies below one of them count. */
  roots: readonly string[];
  /** Where calls are counted; made by {@link resetCounter}. */
  counter?: string;
  /** 1 is the first call; absent: only count. */
  killAt?: number;
  moment?: ShimMoment;
  /** A file to which each counted call is appended: name, space, path. */
  trace?: string;
  /** Syncs say that they were done, and do nothing. */
  noSync?: boolean;
  /** Locks of files with this name say that they were taken, and are not. */
  noLock?: string;
}

/** Why there can be no shim on this machine. */
export function reasonWithoutShim(): string | false {
  if (process.platform !== "linux") return "libraries are put in front of a program on Linux only";
  const compiler = spawnSync("gcc", ["--version"], { stdio: "ignore" });
  return compiler.status === 0 ? false : "there is no C compiler (Debian: apt-get install gcc libc6-dev)";
}

/** Compiles the library into a folder. @returns its path @throws what the compiler said */
export function buildShim(folder: string): string {
  const library = join(folder, "shim.so");
  const words = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"];
  const made = spawnSync("gcc", words, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`gcc: ${made.stderr}`);
  return library;
}

/** Variables that put the library in front of a program. */
export function shimEnvironment(options: ShimOptions): Record<string, string> {
  const { library, roots, counter, killAt, moment, trace, noSync, noLock } = options;
  return {
    LD_PRELOAD: library,
    SHIM_ROOT: roots.join(":"),
    ...(counter === undefined ? {} : { SHIM_COUNTER: counter }),
    ...(killAt === undefined ? {} : { SHIM_KILL_AT: String(killAt) }),
    ...(moment === undefined ? {} : { SHIM_MOMENT: moment }),
    ...(trace === undefined ? {} : { SHIM_TRACE: trace }),
    ...(noSync === true ? { SHIM_NO_SYNC: "1" } : {}),
    ...(noLock === undefined ? {} : { SHIM_NO_LOCK: noLock }),
  };
}

/** Makes the file in which calls are counted, at zero. */
export function resetCounter(path: string): void {
  const descriptor = openSync(path, "w", 0o600);
  writeSync(descriptor, new Uint8Array(8));
  closeSync(descriptor);
}

/** How many calls were counted, by all threads and processes together. */
export function readCounter(path: string): number {
  return Number(readFileSync(path).readBigUInt64LE());
}

/** A counted call as the trace names it. */
export interface TracedCall {
  name: string;
  path: string;
}

export function readTrace(path: string): TracedCall[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const space = line.indexOf(" ");
      return { name: line.slice(0, space), path: line.slice(space + 1) };
    });
}

/** Makes the trace empty. */
export function resetTrace(path: string): void {
  writeFileSync(path, "");
}
