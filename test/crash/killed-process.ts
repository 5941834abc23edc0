// Starts a program, feeds it and kills it at a chosen moment.
import { spawn } from "node:child_process";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import type { Acknowledgement, SentLine } from "./append-oracle.ts";

/** When to kill. Undefined: let it come to its end. */
export type KillMoment =
  | { kind: "after-ms"; ms: number }
  | { kind: "after-answers"; count: number }
  | undefined;

export interface StartOptions {
  /** Arguments of Node. */
  words: readonly string[];
  /** Working folder; the data home is `home` in it. */
  folder: string;
  moment: KillMoment;
  /** Variables besides PATH, HOME and CHATTY_HOME. */
  environment?: Readonly<Record<string, string>>;
}

export interface KilledRun {
  /** Whole lines of standard output. */
  lines: string[];
  stderr: string;
  code: number | null;
  /** False when the process came to its end before it was killed. */
  wasKilled: boolean;
}

/** Runs a program whose input is fed by `feed`; standard input is closed behind it. */
export async function runUntilKilled(
  options: StartOptions,
  feed?: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<KilledRun> {
  const { folder, moment } = options;
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    CHATTY_HOME: `${folder}/home`,
    ...options.environment,
  };
  const child = spawn(process.execPath, options.words, { cwd: folder, env: environment });
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  let isGone = false;
  const kill = (): void => {
    isGone = true;
    child.kill("SIGKILL");
  };
  const timer = moment?.kind === "after-ms" ? setTimeout(kill, moment.ms) : undefined;
  let output = "";
  let answers = 0;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    answers += chunk.split("\n").length - 1;
    if (moment?.kind === "after-answers" && answers >= moment.count) kill();
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // A killed process reads no more.
  child.stdin.on("error", () => {
    isGone = true;
  });
  const feeding = (async () => {
    await feed?.(async (text) => {
      if (isGone || child.stdin.write(text)) return;
      await Promise.race([closed, new Promise((resolve) => child.stdin.once("drain", resolve))]);
    });
    child.stdin.end();
  })();
  const { code, signal } = await closed;
  isGone = true;
  clearTimeout(timer);
  await feeding;
  // What stands behind the last newline was cut off by the kill and is no answer.
  return { lines: output.split("\n").slice(0, -1), stderr, code, wasKilled: signal === "SIGKILL" };
}

export interface AppendRun extends Omit<KilledRun, "lines"> {
  answers: Acknowledgement[];
}

/** Feeds lines to an appender in bursts of random size and reads its acknowledgements. */
export async function runAppender(
  options: StartOptions,
  lines: readonly SentLine[],
  random: SeededRandom,
): Promise<AppendRun> {
  const run = await runUntilKilled(options, async (write) => {
    for (let at = 0; at < lines.length;) {
      const count = 1 + random.below(random.pick([1, 4, 40]));
      const burst = lines.slice(at, at + count);
      await write(burst.map((line) => `${JSON.stringify(line)}\n`).join(""));
      at += count;
      if (random.below(3) === 0) await pause(random.below(8));
    }
  });
  const answers = run.lines.map((line) => JSON.parse(line) as Acknowledgement);
  return { ...run, answers: answers.filter((answer) => answer.messageId !== undefined) };
}

/** Messages with everything that makes lines break: line ends, quotes, lone surrogates, and very different lengths. */
export function makeLines(random: SeededRandom, count: number): SentLine[] {
  const pieces = [
    "plain ",
    "ä€😀 ",
    'say "so" ',
    "back\\slash ",
    "line\nend ",
    "\r\n",
    "\ud83d",
    "\u0000",
    "  ",
  ];
  return Array.from({ length: count }, (_, index) => {
    const length = random.pick([0, 1, 5, 50, 500]);
    const content = Array.from({ length }, () => random.pick(pieces)).join("");
    return {
      id: random.uuid(),
      role: index % 2 === 0 ? "user" : "assistant",
      content: `${index} ${content}`,
    };
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
