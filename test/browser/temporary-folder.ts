import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "chatty-browser-";

/** A folder that goes away with this process at the latest. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removing twice is harmless. */
  remove(): void;
}

const open = new Set<string>();
let isPrepared = false;

/** The name holds the process id, so that what a killed run left behind is known and removed by the next one. */
export function createTemporaryFolder(what: string): TemporaryFolder {
  prepare();
  const path = realpathSync(mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-${what}-`)));
  open.add(path);
  return {
    path,
    remove() {
      open.delete(path);
      removeFolder(path);
    },
  };
}

function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  process.on("exit", () => {
    for (const path of open) removeFolder(path);
  });
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) removeFolder(join(tmpdir(), name));
  }
}

/** A browser that is just ending may still write into its profile. */
function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is running as well.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
