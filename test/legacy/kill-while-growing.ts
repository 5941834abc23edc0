import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs a program and kills it as soon as the log of its vault has grown by so many bytes: in the middle of its work, however fast the
 * machine is.
 * @param folder working folder; the data home is `home` in it.
 * @returns whether it was killed before it came to its end.
 */
export async function killWhileGrowing(
  words: readonly string[],
  folder: string,
  bytes: number,
): Promise<{ wasKilled: boolean }> {
  const log = join(folder, "home", "production", "log");
  const before = sizeOf(log);
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, CHATTY_HOME: join(folder, "home") };
  const child = spawn(process.execPath, words, { cwd: folder, env: environment, stdio: "ignore" });
  const timer = setInterval(() => {
    if (sizeOf(log) > before + bytes) child.kill("SIGKILL");
  }, 2);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (_code, signal) => resolve({ wasKilled: signal === "SIGKILL" }));
    });
  } finally {
    clearInterval(timer);
  }
}

function sizeOf(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    // The vault is not made yet, or a file of the log went while it was looked at.
    return 0;
  }
}
