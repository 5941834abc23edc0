import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const root = join(import.meta.dirname, "..", "..");
const lock = join(root, "node_modules", ".cache", "page-build.lock");
const patienceMs = 120_000;
let isBuilt = false;

/** Builds the page unless it is up to date. Test files run side by side, so only one of them builds at a time. */
export async function buildPage(): Promise<void> {
  if (isBuilt) return;
  await takeLock();
  try {
    const done = spawnSync(process.execPath, [join(root, "scripts", "build-web.ts")], {
      cwd: root,
      encoding: "utf8",
    });
    if (done.status !== 0) throw new Error(`The page could not be built:\n${done.stdout}${done.stderr}`);
    isBuilt = true;
  } finally {
    rmSync(lock, { force: true });
  }
}

async function takeLock(): Promise<void> {
  mkdirSync(join(root, "node_modules", ".cache"), { recursive: true });
  const until = performance.now() + patienceMs;
  while (!tryLock()) {
    if (performance.now() > until)
      throw new Error(`Another process has been building the page for two minutes (${lock}).`);
    await wait(100);
  }
}

function tryLock(): boolean {
  try {
    const file = openSync(lock, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (!ownerIsRunning()) rmSync(lock, { force: true });
    return false;
  }
}

function ownerIsRunning(): boolean {
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    // Nothing is written yet between the two steps of taking it.
    return owner === 0 || process.kill(owner, 0);
  } catch {
    // Gone, or its owner is: whoever looks next may try.
    return false;
  }
}
