// Debian's NumPy as the other reader and writer of the same files.
import { spawnSync } from "node:child_process";

function runs(code: string): boolean {
  return spawnSync("python3", ["-c", code], { stdio: "ignore", timeout: 30_000 }).status === 0;
}

/** Why NumPy cannot be asked, after trying to install it where that is possible without asking anybody; false when it can. */
export function reasonWithoutNumpy(): string | false {
  if (runs("import numpy")) return false;
  if (process.platform === "linux" && process.getuid?.() === 0) {
    spawnSync("apt-get", ["install", "-y", "python3-numpy"], { stdio: "ignore", timeout: 120_000 });
  }
  return runs("import numpy") ? false : "NumPy is not there (Debian: apt-get install python3-numpy)";
}

/** Runs a program of Python that has `numpy` as `np`, `json` and `sys`. @returns what it printed, as JSON */
export function askNumpy<Answer>(program: string, ...words: readonly string[]): Answer {
  const run = spawnSync("python3", ["-c", `import json, sys\nimport numpy as np\n${program}`, ...words], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    timeout: 120_000,
  });
  if (run.status !== 0) throw new Error(`NumPy failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as Answer;
}
