import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const program = join(root, "packages", "cli", "src", "main.ts");

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
  const home = chosenHome === undefined || chosenHome === "" ? demoHome() : chosenHome;
  console.log(`Data home: ${home}\n`);
  if (chosenHome !== undefined && chosenHome !== "" && holdsConversations(home)) {
    console.log("CHATTY_HOME holds conversations already, so no demo is put among them.\n");
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
  const done = spawnSync(process.execPath, [program, "--home", home, "--json", "runtimes"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (done.status !== 0) throw new Error(`chatty runtimes failed:\n${done.stdout}`);
  const list = JSON.parse(done.stdout) as RuntimeList;
  return list.runtimes.some((runtime) => runtime.kind !== "core" || runtime.conversationCount > 1);
}

function chatty(home: string, words: readonly string[]): number {
  const done = spawnSync(process.execPath, [program, "--home", home, ...words], { stdio: "inherit" });
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
