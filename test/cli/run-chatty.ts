// Runs the real program as a child process against a data home of its own.
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

export interface Finished {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** A data home that is removed again. */
export interface TestHome {
  folder: string;
  start(...words: string[]): ChildProcessWithoutNullStreams;
  /** Runs to the end with `input` on stdin. */
  run(words: readonly string[], input?: string | Buffer): Promise<Finished>;
  /** The same with `--json`; the object on stdout. @throws when the exit code is another than `code` */
  json(words: readonly string[], options?: { input?: string | Buffer; code?: number }): Promise<unknown>;
  remove(): void;
}

export function createTestHome(): TestHome {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-cli-")));
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, CHATTY_HOME: join(folder, "home") };
  const start = (...words: string[]): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [program, ...words], { cwd: folder, env: environment });
  const home: TestHome = {
    folder,
    start,
    run(words, input = "") {
      const child = start(...words);
      const finished = finish(child);
      // A command that reads nothing may be gone before its input is written.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
      return finished;
    },
    async json(words, options = {}) {
      const { code, stdout, stderr } = await home.run([...words, "--json"], options.input);
      if (code !== (options.code ?? 0)) {
        throw new Error(`chatty ${words.join(" ")} ended with ${code}:\n${stdout.toString()}\n${stderr}`);
      }
      const value: unknown = JSON.parse(stdout.toString("utf8"));
      return value;
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return home;
}

export function finish(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString("utf8") });
    });
  });
}

/** Waits until the child has printed so many lines. */
export function linesPrinted(child: ChildProcessWithoutNullStreams, wanted: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) seen += 1;
      if (seen >= wanted) resolve();
    });
    child.on("close", () => reject(new Error(`The program ended after ${seen} lines.`)));
  });
}
