// What the way through the owner's socket adds: the same appends, once in the process that owns the vault and once beside it.
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

/** An appender that is asked for one message at a time and waits for its answer. */
interface Appender {
  /** @returns microseconds until the answer */
  append(content: string): Promise<number>;
  end(): Promise<void>;
}

/** Runs two `append --lines` on one vault: the first owns it, the second asks the first. They take turns. */
export async function measureSocket(folder: string, content: string, samples: number): Promise<void> {
  const made = await runToEnd(folder, ["sessions", "new", "--json"]);
  const { session } = JSON.parse(made) as { session: { sessionId: string } };
  const words = ["append", session.sessionId, "--lines", "--json"];
  const owner = startAppender(folder, words);
  await owner.append(content);
  const asker = startAppender(folder, words);
  await asker.append(content);
  const times: { owner: number[]; asker: number[] } = { owner: [], asker: [] };
  for (let sample = 0; sample < samples; sample += 1) {
    times.owner.push(await owner.append(content));
    times.asker.push(await asker.append(content));
  }
  await asker.end();
  await owner.end();
  const [direct, asked] = [middle(times.owner), middle(times.asker)];
  console.log(
    `append --lines, as the owner       ${direct.toFixed(0).padStart(6)} µs median from line to answer`,
  );
  console.log(
    `append --lines, through the socket ${asked.toFixed(0).padStart(6)} µs median from line to answer`,
  );
  console.log(`the socket adds                    ${(asked - direct).toFixed(0).padStart(6)} µs`);
}

function start(folder: string, words: readonly string[]): ChildProcessWithoutNullStreams {
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, CHATTY_HOME: join(folder, "home") };
  return spawn(process.execPath, [program, ...words], { cwd: folder, env: environment });
}

function startAppender(folder: string, words: readonly string[]): Appender {
  const child = start(folder, words);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return {
    append: async (content) => {
      const started = process.hrtime.bigint();
      child.stdin.write(`${JSON.stringify({ role: "user", content })}\n`);
      const answer = await answers.next();
      if (answer.done === true || !answer.value.includes('"hash"')) {
        throw new Error(`An append was not answered: ${String(answer.value)}${complaint}`);
      }
      return Number(process.hrtime.bigint() - started) / 1000;
    },
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

async function runToEnd(folder: string, words: readonly string[]): Promise<string> {
  const child = start(folder, words);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`chatty ${words.join(" ")} ended with ${code}: ${output}`);
  return output;
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
