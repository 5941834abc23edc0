/**
 * What a durable append costs, beside the least that the same disk can do in the same run. From the checkout:
 *
 *     node_modules/.bin/node test/bench/append-bench.ts [--messages 100000] [--samples 400]
 *
 * Prints figures; asserts nothing. See README.md in this folder.
 */
import {
  closeSync,
  fdatasync as fdatasyncWithCallback,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { openVault } from "@chatty/store";
import type { UserVault } from "@chatty/store";
import { measureSocket } from "./append-bench-socket.ts";

const fdatasync = promisify(fdatasyncWithCallback);
const text = "A sentence as people write them, neither short nor long, with an ä and a 😀 in it. ".repeat(3);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "100000" },
      samples: { type: "string", default: "400" },
    },
  });
  const samples = Number(values.samples);
  const folder = await mkdtemp(join(tmpdir(), "chatty-append-bench-"));
  try {
    const home = join(folder, "home");
    const vault = await openVault({ home, environment: "production" });
    try {
      const user = vault.user();
      await compareLengths(user, vault.root, Number(values.messages), samples);
      await compareWriters(user, samples);
    } finally {
      await vault.close();
    }
    await measureSocket(folder, text, samples);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Short and long sessions and the bare loop take turns, so that a slow minute of the disk is slow for all of them. */
async function compareLengths(
  user: UserVault,
  vaultRoot: string,
  messages: number,
  samples: number,
): Promise<void> {
  const short = await makeSession(user, 100);
  const startedMs = performance.now();
  const long = await makeSession(user, messages);
  console.log(`${messages} messages prepared in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  const descriptor = openSync(join(vaultRoot, "..", "bare.jsonl"), "w", 0o600);
  const line = Buffer.alloc(await logBytes(vaultRoot, () => append(user, short)), "x");
  const times: Record<"bare" | "short" | "long", number[]> = { bare: [], short: [], long: [] };
  for (let sample = 0; sample < samples; sample += 1) {
    times.bare.push(
      await timed(async () => {
        writeSync(descriptor, line, 0, line.length, sample * line.length);
        await fdatasync(descriptor);
      }),
    );
    times.short.push(await timed(() => append(user, short)));
    times.long.push(await timed(() => append(user, long)));
  }
  closeSync(descriptor);
  const [bare, near, far] = [times.bare, times.short, times.long].map(median) as [number, number, number];
  printLine(`bare write + fdatasync, ${line.length} bytes`, bare, times.bare);
  printLine("append, 100 messages before", near, times.short);
  printLine(`append, ${messages} messages before`, far, times.long);
  console.log(`ratio long : short                 ${(far / near).toFixed(2)}        (target ≤ 1.3)`);
  console.log(
    `more than the bare loop            ${(near - bare).toFixed(0).padStart(6)} µs   (target ≤ 100 µs)`,
  );
}

/** One after the other against many at once: what sharing a sync is worth. */
async function compareWriters(user: UserVault, samples: number): Promise<void> {
  const sessions: string[] = [];
  for (let index = 0; index < 64; index += 1) sessions.push(await makeSession(user, 1));
  const [first = ""] = sessions;
  const rates: { one: number[]; many: number[] } = { one: [], many: [] };
  for (let round = 0; round < 5; round += 1) {
    rates.one.push(await rate(samples, async () => await write(user, first, samples)));
    const each = Math.ceil(samples / 8);
    rates.many.push(
      await rate(64 * each, async () => {
        await Promise.all(sessions.map((session) => write(user, session, each)));
      }),
    );
  }
  const [one, many] = [median(rates.one), median(rates.many)];
  console.log(`1 writer                        ${one.toFixed(0).padStart(9)} messages/s`);
  console.log(`64 writers, 64 sessions         ${many.toFixed(0).padStart(9)} messages/s`);
  console.log(`ratio                              ${(many / one).toFixed(1)}        (target ≥ 10)`);
}

/** By how many bytes the log grows: the record in the journal and the event of it, as one group. */
async function logBytes(vaultRoot: string, work: () => Promise<void>): Promise<number> {
  const sizeOfLog = (): number => {
    const folder = join(vaultRoot, "log");
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  };
  const before = sizeOfLog();
  await work();
  return sizeOfLog() - before;
}

async function write(user: UserVault, session: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await append(user, session);
}

async function append(user: UserVault, session: string): Promise<void> {
  await user.append(session, [{ role: "user", content: text }]);
}

async function makeSession(user: UserVault, messages: number): Promise<string> {
  const { sessionId } = await user.createSession({ title: `${messages} messages` });
  for (let made = 0; made < messages; made += 1000) {
    const count = Math.min(1000, messages - made);
    await user.append(
      sessionId,
      Array.from({ length: count }, () => ({ role: "user", content: text }) as const),
    );
  }
  return sessionId;
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  return (count / (await timed(work))) * 1e6;
}

/** @returns microseconds */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function printLine(what: string, middle: number, all: readonly number[]): void {
  const slow = all.toSorted((one, other) => one - other)[Math.floor(all.length * 0.95)] ?? Number.NaN;
  console.log(`${what.padEnd(34)} ${middle.toFixed(0).padStart(6)} µs median, ${slow.toFixed(0)} µs at 95 %`);
}

await main();
