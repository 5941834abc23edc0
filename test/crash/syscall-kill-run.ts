// Kills the real program at the n-th system call that changes its files, opens what is left, and runs the command again.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { runUntilKilled } from "./killed-process.ts";
import type { KilledRun } from "./killed-process.ts";
import { readCounter, resetCounter, shimEnvironment, shimMoments } from "./shim.ts";
import type { ShimMoment } from "./shim.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

/** The parent's memory of what one command was asked and what it said, before, between and after the kills. */
export interface KillWitness {
  /** Takes in what a run printed, killed or not. */
  heard(run: KilledRun): void;
  /** Compares what is in the folder with everything known. @returns one line for each violation */
  examine(folder: string, when: "killed" | "repeated"): Promise<string[]>;
}

/** A command to be killed. */
export interface KillScenario {
  name: string;
  /** A folder with all that the command starts from; it is copied for every attempt. */
  template: string;
  /** Arguments of Node, the program's own file first. */
  words(folder: string): readonly string[];
  /** Absolute paths below which calls count. */
  roots(folder: string): readonly string[];
  feed?(write: (text: string) => Promise<void>): Promise<void>;
  environment?: Readonly<Record<string, string>>;
  witness(folder: string): KillWitness;
  /** Exit codes of the command when nothing is in its way; else 0. */
  goodCodes?: readonly number[];
  /** Judges the command run again, where it may find that all is done; else an exit code of `goodCodes` is wanted. */
  isGoodRepeat?(run: KilledRun, folder: string): boolean;
  /** Data homes that a person would open afterwards; else `home`. */
  homes?(folder: string): readonly string[];
}

/** A moment in a run: before, in or behind the n-th counted call. */
export interface KillPoint {
  at: number;
  moment: ShimMoment;
}

export interface KillOutcome {
  /** Runs that were killed; less than asked for when one came to its end first. */
  kills: number;
  violations: string[];
  /** From the start of the next process until it had opened, verified and ended. */
  reopenMs: number;
}

/** The real program's words. */
export function chatty(...words: readonly string[]): string[] {
  return [program, ...words, "--json"];
}

/** Runs the command untouched. @returns how many calls it makes */
export async function countCalls(scenario: KillScenario, library: string, trace?: string): Promise<number> {
  return await withCopyOf(scenario.template, async (folder) => {
    const counter = join(folder, "calls");
    resetCounter(counter);
    const run = await runScenario(scenario, folder, {
      library,
      roots: scenario.roots(folder),
      counter,
      ...(trace === undefined ? {} : { trace }),
    });
    assertGood(scenario, run);
    return readCounter(counter);
  });
}

/** Kills one run after the other at the given moments, without looking in between, then opens, examines, repeats and examines. */
export async function killAt(
  scenario: KillScenario,
  library: string,
  points: readonly KillPoint[],
): Promise<KillOutcome> {
  return await withCopyOf(scenario.template, async (folder) => {
    const witness = scenario.witness(folder);
    const counter = join(folder, "calls");
    const violations: string[] = [];
    let kills = 0;
    for (const { at, moment } of points) {
      resetCounter(counter);
      const shim = { library, roots: scenario.roots(folder), counter, killAt: at, moment };
      const run = await runScenario(scenario, folder, shim);
      witness.heard(run);
      if (!run.wasKilled) {
        const isGoodAgain = scenario.isGoodRepeat?.(run, folder) ?? isGood(scenario, run);
        if (!isGoodAgain) violations.push(`not killed and yet ended with ${run.code}: ${run.stderr}`);
        break;
      }
      kills += 1;
    }
    let reopenMs = 0;
    for (const home of scenario.homes?.(folder) ?? [join(folder, "home")]) {
      const reopened = await reopen(folder, home, scenario.goodCodes ?? [0]);
      violations.push(...reopened.violations);
      reopenMs = Math.max(reopenMs, reopened.ms);
    }
    violations.push(...(await witness.examine(folder, "killed")));
    const again = await runScenario(scenario, folder);
    if (!(scenario.isGoodRepeat?.(again, folder) ?? isGood(scenario, again))) {
      violations.push(
        `the command run again ended with ${again.code}: ${again.stderr} ${again.lines.at(-1) ?? ""}`,
      );
    } else {
      witness.heard(again);
      violations.push(...(await witness.examine(folder, "repeated")));
    }
    const where = points.map(({ at, moment }) => `${moment} call ${at}`).join(", then ");
    return {
      kills,
      violations: violations.map((violation) => `${scenario.name}, killed ${where}: ${violation}`),
      reopenMs,
    };
  });
}

const longestReopenMs = 2000;
const timings = 3;

/**
 * What a person would do next: any command. `verify` opens the vault, recovers, and reads every byte. When that takes long, the
 * same recovery is timed again on copies, because a machine that has other things to do says nothing about the vault.
 */
async function reopen(
  folder: string,
  home: string,
  goodCodes: readonly number[],
): Promise<{ ms: number; violations: string[] }> {
  return await withCopyOf(folder, async (copy) => {
    const first = await verifyTimed(folder, home);
    const { run } = first;
    let { ms } = first;
    const violations: string[] = [];
    if (run.code === null || !goodCodes.includes(run.code)) {
      violations.push(`the next opening ended with ${run.code}: ${run.lines.join("\n")} ${run.stderr}`);
    }
    let usualMs = Number.POSITIVE_INFINITY;
    for (let timing = 1; timing < timings && ms > longestReopenMs; timing += 1) {
      usualMs = Math.min(usualMs, (await verifyTimed(folder, home)).ms);
      const again = await withCopyOf(copy, (fresh) =>
        verifyTimed(fresh, join(fresh, relative(folder, home))),
      );
      ms = Math.min(ms, again.ms);
    }
    if (ms > longestReopenMs && ms > 2 * usualMs) {
      violations.push(`the next opening took ${ms} ms; with nothing to do ${usualMs} ms`);
    }
    return { ms, violations };
  });
}

async function withCopyOf<Value>(folder: string, work: (copy: string) => Promise<Value>): Promise<Value> {
  const copy = mkdtempSync(join(tmpdir(), "chatty-call-"));
  try {
    copyFolder(folder, copy);
    return await work(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function verifyTimed(folder: string, home: string): Promise<{ ms: number; run: KilledRun }> {
  const startedMs = performance.now();
  const words = chatty("verify");
  const run = await runUntilKilled({
    words,
    folder,
    moment: undefined,
    environment: { CHATTY_HOME: home },
  });
  return { ms: Math.round(performance.now() - startedMs), run };
}

async function runScenario(
  scenario: KillScenario,
  folder: string,
  shim?: Parameters<typeof shimEnvironment>[0],
): Promise<KilledRun> {
  const environment = { ...scenario.environment, ...(shim === undefined ? {} : shimEnvironment(shim)) };
  return await runUntilKilled(
    { words: scenario.words(folder), folder, moment: undefined, environment },
    scenario.feed === undefined ? undefined : (write) => scenario.feed?.(write) ?? Promise.resolve(),
  );
}

function isGood(scenario: KillScenario, run: KilledRun): boolean {
  return run.code !== null && (scenario.goodCodes ?? [0]).includes(run.code);
}

function assertGood(scenario: KillScenario, run: KilledRun): void {
  assert.ok(isGood(scenario, run), `${scenario.name}: ${run.code} ${run.lines.join("\n")} ${run.stderr}`);
}

/** With permissions and times, which a vault looks at. */
export function copyFolder(from: string, to: string): void {
  const copied = spawnSync("cp", ["-a", `${from}/.`, to], { encoding: "utf8" });
  assert.equal(copied.status, 0, copied.stderr);
}

/** Calls of a start: kills that follow in an attempt come there, in the middle of recovery. */
const callsOfStart = 60;
const mostKills = 4;

/**
 * Attempts at one command without end: every moment of every call once, in random order, then any. In every second the process
 * that comes next, and has to recover, is killed as well, and so on.
 */
export function* chooseAttempts(random: SeededRandom, calls: number): Generator<KillPoint[], never> {
  const rest: KillPoint[] = [];
  for (let at = 1; at <= calls; at += 1) for (const moment of shimMoments) rest.push({ at, moment });
  const anyOf = (count: number): KillPoint => ({
    at: 1 + random.below(count),
    moment: random.pick(shimMoments),
  });
  for (;;) {
    const [first] = rest.length > 0 ? rest.splice(random.below(rest.length), 1) : [];
    const attempt = [first ?? anyOf(calls)];
    while (attempt.length < mostKills && random.below(2) === 0) {
      attempt.push(anyOf(Math.min(calls, callsOfStart)));
    }
    yield attempt;
  }
}
