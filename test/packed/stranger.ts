import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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
  const startedMs = performance.now();
  const done = spawnSync(command, words, {
    cwd: options.cwd,
    encoding: "utf8",
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
    env: strangersEnvironment(options),
    shell: process.platform === "win32",
  });
  const durationMs = performance.now() - startedMs;
  const end = done.status ?? done.signal ?? "not started";
  const shown = `${command} ${words.join(" ")} → ${end} after ${Math.round(durationMs)} ms\n${done.error?.message ?? ""}\n${done.stdout}\n${done.stderr}`;
  return { status: done.status, stdout: done.stdout, durationMs, shown };
}

/** A program that runs until it is told to end. */
export interface Started {
  /** Waits until it has printed something that fits, and returns the first group. Rejects when it ends or takes too long. */
  printed(pattern: RegExp): Promise<string>;
  /** Presses Ctrl-C and waits until it has ended. @returns everything it printed */
  end(): Promise<string>;
}

/** As {@link runAsStranger}, for a program that does not end by itself. The caller ends it. */
export function startAsStranger(
  command: string,
  words: readonly string[],
  options: StrangerOptions,
): Started {
  const child = spawn(command, words, {
    cwd: options.cwd,
    env: strangersEnvironment(options),
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
    // A group of its own, so that it can be ended as a terminal does it.
    detached: process.platform !== "win32",
  });
  const send = (signal: NodeJS.Signals): void => {
    if (process.platform === "win32" || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  };
  let shown = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (shown += chunk.toString("utf8")));
  }
  const ended = once(child, "close");
  return {
    async printed(pattern) {
      const deadline = performance.now() + options.timeoutMs;
      for (;;) {
        const found = pattern.exec(shown);
        if (found !== null) return found[1] ?? found[0];
        if (child.exitCode !== null || performance.now() > deadline) {
          send("SIGKILL");
          throw new Error(`${command} ${words.join(" ")} did not print ${String(pattern)}:\n${shown}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async end() {
      if (child.exitCode === null) send("SIGINT");
      const late = setTimeout(() => send("SIGKILL"), 20_000);
      await ended;
      clearTimeout(late);
      return shown;
    },
  };
}

function strangersEnvironment(options: StrangerOptions): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(?:npm_|CHATTY_|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$)/i.test(name)) environment[name] = value;
  }
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((part) => !part.startsWith(checkout));
  if (options.pathFirst !== undefined) path.unshift(options.pathFirst);
  return { ...environment, PATH: path.join(delimiter), ...options.variables };
}
