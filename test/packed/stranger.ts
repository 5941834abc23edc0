import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";

export const checkout = dirname(dirname(import.meta.dirname));

/** How a program ended. `shown` is the whole story for a failed assertion. */
export interface Ended {
  status: number | null;
  stdout: string;
  durationMs: number;
  shown: string;
}

export interface StrangerOptions {
  cwd: string;
  timeoutMs: number;
  /** Put before the PATH. */
  pathFirst?: string;
  /** Added to the environment. */
  variables?: Record<string, string>;
}

/**
 * Runs a program as somebody would who never saw this checkout: nothing of npm or Chatty in the environment, and no folder of
 * the checkout in the PATH. A program that hangs is killed after `timeoutMs`.
 */
export function runAsStranger(command: string, words: readonly string[], options: StrangerOptions): Ended {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(?:npm_|CHATTY_|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$)/i.test(name)) environment[name] = value;
  }
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((part) => !part.startsWith(checkout));
  if (options.pathFirst !== undefined) path.unshift(options.pathFirst);
  const startedMs = performance.now();
  const done = spawnSync(command, words, {
    cwd: options.cwd,
    encoding: "utf8",
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
    env: { ...environment, PATH: path.join(delimiter), ...options.variables },
    shell: process.platform === "win32",
  });
  const durationMs = performance.now() - startedMs;
  const end = done.status ?? done.signal ?? "not started";
  const shown = `${command} ${words.join(" ")} → ${end} after ${Math.round(durationMs)} ms\n${done.error?.message ?? ""}\n${done.stdout}\n${done.stderr}`;
  return { status: done.status, stdout: done.stdout, durationMs, shown };
}
