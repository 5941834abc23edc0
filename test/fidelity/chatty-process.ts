import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ReceiptNumbers } from "./receipt-checker.ts";
import type { ShownConversation } from "./source-checker.ts";

const root = join(import.meta.dirname, "..", "..");
const program = join(root, "packages", "cli", "src", "main.ts");
const timeoutMs = 10 * 60_000;

/** True in the run that takes its time. */
export const isFullRun = process.env["CHATTY_TEST_FULL"] === "1";

export interface Ended {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** A receipt as `import --json` prints it. */
export interface PrintedReceipt extends ReceiptNumbers {
  path: string;
  source: string;
  archive: string;
  runtimeId: string;
  constructId: string;
  homeSessionId: string;
  alreadyImported: boolean;
  durationMs: number;
}

export interface PrintedError {
  code: string;
  message: string;
  hint: string;
}

export interface PrintedSession {
  sessionId: string;
  runtimeId: string;
  title: string;
  imported: boolean;
  home: boolean;
}

/** The real program, run on a data home of its own. */
export interface Chatty {
  readonly home: string;
  /** Folder for inputs; outside the data home. */
  readonly inputs: string;
  run(words: readonly string[], stdin?: Uint8Array): Promise<Ended>;
  /** Runs with `--json`. @throws when stdout is not exactly one JSON value. */
  ask<Answer>(words: readonly string[], stdin?: Uint8Array): Promise<{ code: number | null; answer: Answer }>;
  /** Imports one path; fails with what was printed unless there is a receipt. */
  import(path: string, ...options: string[]): Promise<{ code: number | null; receipt: PrintedReceipt }>;
  show(name: string): Promise<ShownConversation>;
  /** Every listed session, page by page. */
  sessions(...options: string[]): Promise<PrintedSession[]>;
}

/** A fresh data home that is removed when the test ends. */
export async function startChatty(test: TestContext): Promise<Chatty> {
  const folder = await mkdtemp(join(tmpdir(), "chatty-fidelity-"));
  test.after(async () => await rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return chattyIn(folder);
}

/** The program on the data home `home` inside `folder`; the caller removes the folder. */
export function chattyIn(folder: string): Chatty {
  const home = join(folder, "home");
  const run: Chatty["run"] = async (words, stdin) =>
    await runProgram(["--home", home, ...words], folder, stdin);
  const ask = async <Answer>(
    words: readonly string[],
    stdin?: Uint8Array,
  ): Promise<{ code: number | null; answer: Answer }> => {
    const ended = await run([...words, "--json"], stdin);
    return { code: ended.code, answer: oneJson(ended, words) as Answer };
  };
  return {
    home,
    inputs: folder,
    run,
    ask,
    import: async (path, ...options) => {
      const { code, answer } = await ask<{ imports?: PrintedReceipt[] }>(["import", path, ...options]);
      const receipt = answer.imports?.[0];
      if (receipt === undefined) throw new Error(`No receipt (exit ${code}): ${JSON.stringify(answer)}`);
      return { code, receipt };
    },
    show: async (name) => {
      const { code, answer } = await ask<ShownConversation>(["show", name]);
      if (code !== 0) throw new Error(`show ${name} ended with ${code}: ${JSON.stringify(answer)}`);
      return answer;
    },
    sessions: async (...options) => {
      const all: PrintedSession[] = [];
      let after: string | undefined;
      do {
        const cursor = after === undefined ? [] : ["--after", after];
        const { answer } = await ask<{ sessions: PrintedSession[]; next?: string }>([
          "sessions",
          "--limit",
          "500",
          ...cursor,
          ...options,
        ]);
        all.push(...answer.sessions);
        after = answer.next;
      } while (after !== undefined);
      return all;
    },
  };
}

function oneJson(ended: Ended, words: readonly string[]): unknown {
  const text = ended.stdout.toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const shown = `exit ${ended.code}\nstdout: ${text.slice(0, 2000)}\nstderr: ${ended.stderr.slice(-2000)}`;
    throw new Error(`chatty ${words.join(" ")} did not print one JSON value: ${shown}`, { cause });
  }
}

async function runProgram(words: readonly string[], cwd: string, stdin?: Uint8Array): Promise<Ended> {
  const environment = { ...process.env };
  for (const name of Object.keys(environment)) {
    if (name.startsWith("CHATTY_") || name === "NODE_OPTIONS" || name.startsWith("NODE_TEST")) {
      delete environment[name];
    }
  }
  const child = spawn(process.execPath, [program, ...words], {
    cwd,
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // The program may end before it has read everything.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  child.stdin.end(stdin);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") });
    });
  });
}
