// Eight writers on one session while the process that owns the vault is killed and replaced.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { openVault } from "@chatty/store";
import type { Vault } from "@chatty/store";
import { isChattyError } from "@chatty/model";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import type { Acknowledgement, SentLine } from "./append-oracle.ts";
import type { OwnerObserver } from "./owners-observer.ts";
import type { OwnersOracle } from "./owners-oracle.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

export interface CrowdOptions {
  /** Working folder; the data home is `home` in it. */
  folder: string;
  sessionId: string;
  /** What each writer sends, in its order. */
  writers: readonly (readonly SentLine[])[];
  /** How often the owner, whoever it is then, is killed. */
  kills: number;
  oracle: OwnersOracle;
  observer: OwnerObserver;
  random: SeededRandom;
}

export interface CrowdReport {
  kills: number;
  /** Killed owners that were themselves writers, and began again. */
  writersKilled: number;
  /** Servers that took over. */
  servers: number;
  /** Times that somebody else who asked for the vault was refused. */
  refused: number;
  answers: number;
}

interface Started {
  child: ChildProcessWithoutNullStreams;
  processId: number;
  ended: Promise<number | null>;
  /** Everything on both streams. */
  printed(): string;
}

export function startChatty(
  folder: string,
  observer: OwnerObserver,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    CHATTY_HOME: join(folder, "home"),
    ...environment,
  };
  const child = spawn(process.execPath, [program, ...words, "--json"], { cwd: folder, env });
  const processId = child.pid ?? 0;
  observer.started(processId);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  // Who is killed reads no more.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      observer.gone(processId);
      resolve(code);
    });
  });
  return { child, processId, ended, printed: () => printed };
}

/** A `chatty serve`. @returns undefined when somebody else owned the vault first */
export async function startServer(
  folder: string,
  observer: OwnerObserver,
  environment?: Readonly<Record<string, string>>,
): Promise<Started | undefined> {
  const server = startChatty(folder, observer, ["serve", "--port", "0"], environment);
  const isReady = await Promise.race([
    new Promise<boolean>((resolve) => {
      server.child.stdout.once("data", () => resolve(true));
    }),
    server.ended.then(() => false),
  ]);
  return isReady ? server : undefined;
}

/**
 * Lets all writers send everything, kills whoever owns the vault now and then, and starts a new server in its place; a writer that
 * was the owner begins again with all of its lines. Ends when every writer has all of its answers.
 */
export async function runCrowd(options: CrowdOptions): Promise<CrowdReport> {
  const { folder, observer, oracle, random, writers } = options;
  const report: CrowdReport = { kills: 0, writersKilled: 0, servers: 1, refused: 0, answers: 0 };
  const total = writers.reduce((sum, lines) => sum + lines.length, 0);
  const running = new Set<Started>();
  const looking = setInterval(() => observer.look(), 5);
  let server = await startServer(folder, observer);
  assert.ok(server !== undefined, "the first server found an owner");
  const work = writers.map((lines) => writeAll(options, lines, running, report));
  let isDone = false;
  const done = Promise.all(work).finally(() => {
    isDone = true;
  });
  // Its failure is seen where it is waited for.
  done.catch(() => undefined);
  try {
    while (report.kills < options.kills && !isDone) {
      // Spread over the whole of the work.
      const due = ((report.kills + random.below(100) / 100) * total) / (options.kills + 1);
      while (oracle.session.acknowledged.size < due && !isDone) await pause(2);
      if (isDone) break;
      if (await isRefused(folder, observer)) report.refused += 1;
      const owner = observer.look();
      if (owner === undefined) {
        await pause(5);
        continue;
      }
      observer.gone(owner);
      process.kill(owner, "SIGKILL");
      report.kills += 1;
      if ([...running].some(({ processId }) => processId === owner)) report.writersKilled += 1;
      if (owner === server?.processId) await server.ended;
      const next = await startServer(folder, observer);
      if (next !== undefined) {
        report.servers += 1;
        server = next;
      }
    }
    await done;
  } finally {
    clearInterval(looking);
    for (const { child } of running) child.kill("SIGKILL");
    server?.child.kill("SIGKILL");
    await server?.ended;
  }
  return report;
}

/** One writer: sends all of its lines in bursts, and all again under the same ids when its process was killed. */
async function writeAll(
  options: CrowdOptions,
  lines: readonly SentLine[],
  running: Set<Started>,
  report: CrowdReport,
): Promise<void> {
  const { folder, observer, oracle, random, sessionId } = options;
  for (;;) {
    const writer = startChatty(folder, observer, ["append", sessionId, "--lines"]);
    running.add(writer);
    const answered = takeAnswers(writer, (answers) => {
      oracle.answered(answers);
      report.answers += answers.length;
    });
    for (let at = 0; at < lines.length;) {
      const burst = lines.slice(at, at + 1 + random.below(6));
      writer.child.stdin.write(burst.map((line) => `${JSON.stringify(line)}\n`).join(""));
      at += burst.length;
      await Promise.race([pause(random.below(12)), writer.ended]);
    }
    writer.child.stdin.end();
    const code = await writer.ended;
    running.delete(writer);
    const count = answered();
    if (code === 0) {
      assert.equal(count, lines.length, "a writer ended well without all of its answers");
      return;
    }
    assert.equal(code, null, `a writer ended with ${code}: ${writer.printed().slice(-500)}`);
  }
}

/** Reads whole lines of answers. @returns how many there were up to now */
export function takeAnswers(
  { child }: Pick<Started, "child">,
  take: (answers: Acknowledgement[]) => void,
): () => number {
  let rest = "";
  let count = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    const answers = lines
      .map((line) => JSON.parse(line) as Partial<Acknowledgement>)
      .filter((answer): answer is Acknowledgement => answer.messageId !== undefined);
    count += answers.length;
    take(answers);
  });
  return () => count;
}

/** Asks for the vault as another process. True: it is owned. False: nobody owned it any more, and it was let go at once. */
async function isRefused(folder: string, observer: OwnerObserver): Promise<boolean> {
  const before = observer.look();
  let vault: Vault | undefined;
  try {
    vault = await openVault({ home: join(folder, "home"), environment: "production", create: false });
  } catch (error) {
    assert.ok(isChattyError(error, "VAULT_BUSY"), String(error));
    return true;
  } finally {
    await vault?.close();
  }
  const owner = observer.look();
  if (before !== undefined && before === owner) {
    observer.violations.push(`the vault of process ${before} was given to another`);
  }
  return false;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
