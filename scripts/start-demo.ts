import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = dirname(import.meta.dirname);
const program = join(root, "packages", "cli", "src", "main.ts");

/** As `npm run chatty` does it, so that the program prints hints that can be typed in a checkout. */
const childEnvironment = { ...process.env, npm_lifecycle_event: "chatty" };

/** The part of `chatty import --json` that is needed here. */
interface ImportList {
  imports: { alreadyImported: boolean }[];
}

/** The part of `chatty runtimes --json` that is needed here. */
interface RuntimeList {
  runtimes: { kind: string; conversationCount: number }[];
}

function main(): number {
  if (!existsSync(program)) {
    console.error(`There is no command line yet: ${program} is missing.`);
    return 1;
  }
  const chosenHome = process.env["CHATTY_HOME"];
  const isChosen = chosenHome !== undefined && chosenHome !== "";
  const calledFrom = process.env["INIT_CWD"] ?? process.cwd();
  const home = isChosen ? resolve(calledFrom, chosenHome) : demoHome();
  console.log(`Data home: ${home}\n`);
  if (isChosen && holdsConversations(home)) {
    console.log(
      holdsDemo(home)
        ? "The demo's conversations are here already, from an earlier start; nothing is added.\n"
        : "CHATTY_HOME holds conversations already, so no demo is put among them.\n",
    );
  } else {
    // Importing the same export twice changes nothing, so a second start adds nothing.
    const status = chatty(home, ["demo"]);
    if (status !== 0) return status;
    if (!holdsConversations(home)) {
      console.error("The demo ended without an error, and yet there is no imported conversation.");
      return 1;
    }
  }
  for (const words of [["runtimes"], ["sessions", "--limit", "5"]]) {
    console.log(`\n$ chatty ${words.join(" ")}`);
    const status = chatty(home, words);
    if (status !== 0) return status;
  }
  printNextSteps(home);
  return 0;
}

/** Where demo conversations live: beside the real data home, never inside the checkout and never in the real vault. */
function demoHome(): string {
  if (process.platform === "win32") {
    return join(process.env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "Chatty Demo");
  }
  if (process.platform === "darwin") {
    return join(homedir(), "Library", "Application Support", "Chatty Demo");
  }
  return join(process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "chatty-demo");
}

function holdsConversations(home: string): boolean {
  if (!existsSync(home)) return false;
  const list = ask(home, ["runtimes"]) as RuntimeList;
  return list.runtimes.some((runtime) => runtime.kind !== "core" || runtime.conversationCount > 1);
}

/** True when the exports that the demo writes are known there. */
function holdsDemo(home: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "chatty-demo-"));
  try {
    const { files } = ask(home, ["demo", "--out", folder]) as { files: string[] };
    const { imports } = ask(home, ["import", "--dry-run", ...files]) as ImportList;
    return imports.every(({ alreadyImported }) => alreadyImported);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The answer for programs. */
function ask(home: string, words: readonly string[]): unknown {
  const done = spawnSync(process.execPath, [program, "--home", home, "--json", ...words], {
    encoding: "utf8",
    env: childEnvironment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (done.status !== 0) throw new Error(`chatty ${words.join(" ")} failed:\n${done.stdout}`);
  return JSON.parse(done.stdout);
}

function chatty(home: string, words: readonly string[]): number {
  const done = spawnSync(process.execPath, [program, "--home", home, ...words], {
    env: childEnvironment,
    stdio: "inherit",
  });
  if (done.error !== undefined) throw done.error;
  return done.status ?? 1;
}

function printNextSteps(home: string): void {
  const command = `npm run --silent chatty -- --home ${JSON.stringify(home)}`;
  console.log(`
What to type next:
  ${command} sessions
  ${command} show <a session's id>
  ${command} sessions fork <a session's id>

Your own export (ChatGPT or Claude, the ZIP as it was sent to you) goes into your own data home:
  npm run --silent chatty -- import <path of the ZIP>
  npm run --silent chatty -- --help`);
}

process.exitCode = main();
