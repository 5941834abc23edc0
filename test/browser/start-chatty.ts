import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPage } from "./build-page.ts";

const root = join(import.meta.dirname, "..", "..");
const program = join(root, "packages", "cli", "src", "main.ts");
const readyWithinMs = 60_000;

/** What `chatty serve --json` prints when it is ready. */
interface ReadyLine {
  url: string;
  pid: number;
  /** Signs one browser in, once. */
  token: string;
}

/** The real program, serving a data home. It can be ended like a power cut and started again on the same home. */
export interface RunningChatty {
  readonly home: string;
  /** `http://127.0.0.1:…` of the process that runs now. */
  readonly origin: string;
  /** The one-time link that was printed last. */
  readonly link: string;
  readonly pid: number;
  /** What the server wrote to standard error so far. */
  readonly log: string;
  /** SIGKILL, and gone when this resolves. */
  kill(): Promise<void>;
  /** As Ctrl-C does it. Resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Starts a process on the same home; the former one must be gone. */
  start(options?: { port?: number }): Promise<void>;
  /** A one-time link that nobody used yet. */
  newLink(): Promise<string>;
  /** Runs another command on the same home with `--json`. @throws when its exit code is not 0 or 3 */
  ask<Answer>(words: readonly string[], input?: string): Promise<Answer>;
  /** `vvault/users/shard_0000/{userId}` of the one user. */
  userFolder(): string;
  /** The same below `imports`. */
  importFolder(): string;
}

export interface StartOptions {
  /** Data home: a folder that may be empty or absent. */
  home: string;
  /** Further words for `serve`. */
  words?: readonly string[];
}

/** Builds the page if needed, starts the server and waits until it is ready. */
export async function startChatty(options: StartOptions): Promise<RunningChatty> {
  await buildPage();
  let current: Started | undefined;
  const now = (): Started => {
    if (current === undefined) throw new Error("The server is not running.");
    return current;
  };
  const chatty: RunningChatty = {
    home: options.home,
    get origin() {
      return new URL(now().ready.url).origin;
    },
    get link() {
      const { url, token } = now().ready;
      return `${new URL(url).origin}/?token=${token}`;
    },
    get pid() {
      return now().ready.pid;
    },
    get log() {
      return current?.log() ?? "";
    },
    async kill() {
      await now().end("SIGKILL");
      current = undefined;
    },
    async stop() {
      if (current === undefined) return null;
      const code = await current.end("SIGTERM");
      current = undefined;
      return code;
    },
    async start(again = {}) {
      if (current !== undefined) throw new Error("The server is running already.");
      current = await startProcess(options, again.port ?? 0);
    },
    async newLink() {
      const { url } = await chatty.ask<{ url: string }>(["serve", "--link"]);
      return url;
    },
    ask: async (words, input = "") => await ask(options.home, words, input),
    userFolder: () => onlyUser(join(options.home, "production", "vvault", "users", "shard_0000")),
    importFolder: () => onlyUser(join(options.home, "production", "imports", "users", "shard_0000")),
  };
  await chatty.start();
  return chatty;
}

interface Started {
  ready: ReadyLine;
  log(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function startProcess(options: StartOptions, port: number): Promise<Started> {
  const words = ["--home", options.home, "serve", "--port", String(port), "--json", ...(options.words ?? [])];
  const child = spawn(process.execPath, [program, ...words], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killWithUs = (): void => {
    child.kill("SIGKILL");
  };
  process.on("exit", killWithUs);
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString("utf8")).slice(-50_000)));
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      process.off("exit", killWithUs);
      resolve(code);
    });
  });
  try {
    const ready = await firstLine(child, () => log);
    return {
      ready,
      log: () => log,
      async end(signal) {
        child.kill(signal);
        return await ended;
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Reads on after the first line too, because a full pipe would stop the server. */
function firstLine(child: ChildProcess, log: () => string): Promise<ReadyLine> {
  let text = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`The server was not ready within a minute.\nstdout: ${text}\nstderr: ${log()}`));
    }, readyWithinMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code}.\nstdout: ${text}\nstderr: ${log()}`));
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      if (text.includes("\n")) return;
      text += chunk.toString("utf8");
      const end = text.indexOf("\n");
      if (end < 0) return;
      const line = JSON.parse(text.slice(0, end)) as Partial<ReadyLine>;
      // An error is a line too; the end of the process follows it and tells both.
      if (line.url === undefined) return;
      clearTimeout(timer);
      resolve(line as ReadyLine);
    });
  });
}

async function ask<Answer>(home: string, words: readonly string[], input: string): Promise<Answer> {
  const child = spawn(process.execPath, [program, "--home", home, ...words, "--json"], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  // A command that reads nothing may be gone before its input is written.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const text = Buffer.concat(stdout).toString("utf8");
  if (code !== 0 && code !== 3)
    throw new Error(`chatty ${words.join(" ")} ended with ${code}:\n${text}\n${stderr}`);
  return JSON.parse(text) as Answer;
}

function onlyUser(folder: string): string {
  const users = existsSync(folder) ? readdirSync(folder) : [];
  const [user] = users;
  if (user === undefined || users.length > 1)
    throw new Error(`${folder} holds ${users.length} users instead of one.`);
  return join(folder, user);
}

/** No test may touch the vault of the person who runs it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of Object.keys(environment)) {
    if (name.startsWith("CHATTY_") || name === "NODE_OPTIONS" || name.startsWith("NODE_TEST"))
      delete environment[name];
  }
  return environment;
}
