// A vault as some version left it, in one file: gzipped JSON with the bytes of every file and what that version said of it.
import { execFileSync, spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

export interface FrozenVault {
  /** Which version wrote it. */
  version: string;
  /** Bytes of every file in base64, by path inside the data home. */
  files: Record<string, string>;
  /** What that version answered, by the words it was asked with. */
  answers: Record<string, unknown>;
}

/** Reads a frozen vault. */
export function readFrozen(path: string): FrozenVault {
  return JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as FrozenVault;
}

/** Puts a frozen vault on disk, private as it was. */
export function thaw(frozen: FrozenVault, home: string): void {
  for (const [path, bytes] of Object.entries(frozen.files)) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, Buffer.from(bytes, "base64"), { mode: 0o600 });
  }
}

/** Packs what lies in a data home that nobody has open. */
export function freeze(home: string, version: string, answers: Record<string, unknown>): Buffer {
  const files: Record<string, string> = {};
  for (const entry of globSync("**/*", { cwd: home, withFileTypes: true }).sort((left, right) =>
    join(left.parentPath, left.name) < join(right.parentPath, right.name) ? -1 : 1,
  )) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(home.length + 1)] = readFileSync(path).toString("base64");
  }
  return gzipSync(JSON.stringify({ version, files, answers } satisfies FrozenVault), { level: 9 });
}

/** A version's program over one data home. */
export interface Asker {
  (words: readonly string[], input?: string): unknown;
}

/** @param program `main.ts` of a checkout */
export function askerOf(program: string, home: string): Asker {
  return (words, input = "") => {
    const told = execFileSync(process.execPath, [program, ...words, "--json", "--home", home], {
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(told) as unknown;
  };
}

interface Listed {
  sessionId: string;
  title: string;
}

/** Everything that a person can see of a vault: runtimes, lists, and every conversation whole. */
export function lookAt(ask: Asker): Record<string, unknown> {
  const answers: Record<string, unknown> = {};
  const told = (...words: string[]): unknown => {
    const answer = ask(words);
    answers[words.join(" ")] = answer;
    return answer;
  };
  const { runtimes } = told("runtimes") as { runtimes: { runtimeId: string }[] };
  const ids = new Set<string>();
  for (const { runtimeId } of runtimes) {
    for (const which of [[], ["--archived"], ["--starred"]]) {
      const list = told("sessions", "--runtime", runtimeId, "--limit", "500", ...which);
      for (const { sessionId } of (list as { sessions: Listed[] }).sessions) ids.add(sessionId);
    }
  }
  for (const id of ids) told("show", id);
  return answers;
}

/** Appends lines and is killed when they are acknowledged, so that the vault is left with a log to recover. */
export async function appendAndDie(
  program: string,
  home: string,
  session: string,
  texts: readonly string[],
): Promise<void> {
  const child = spawn(process.execPath, [program, "append", session, "--lines", "--json", "--home", home], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  let told = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      told += text;
      if (told.split("\n").length > texts.length) child.kill("SIGKILL");
    });
    for (const content of texts) child.stdin.write(`${JSON.stringify({ role: "user", content })}\n`);
  });
}
