import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { backupScenario, restoreScenario } from "./syscall-kill-backup.ts";
import { buildShim, reasonWithoutShim } from "./shim.ts";
import { chooseAttempts, countCalls, killAt } from "./syscall-kill-run.ts";
import type { KillScenario } from "./syscall-kill-run.ts";
import {
  appendFileScenario,
  appendScenario,
  firstScenario,
  importScenario,
  rebuildScenario,
  repairScenario,
} from "./syscall-kill-scenarios.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const skip = reasonWithoutShim();
const atATime = isFull ? 3 : 2;

let folder: string;
let library: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "chatty-calls-"));
  if (skip === false) library = buildShim(folder);
});

after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** Kills a command so many times and asserts that nothing was wrong afterwards. */
async function killOften(
  t: TestContext,
  scenario: KillScenario,
  random: SeededRandom,
  wanted: number,
): Promise<void> {
  const startedMs = performance.now();
  const calls = await countCalls(scenario, library);
  assert.ok(calls > 5, `${scenario.name} makes only ${calls} calls that change files`);
  const attempts = chooseAttempts(random, calls);
  const violations: string[] = [];
  let kills = 0;
  let underWay = 0;
  let cameToEnd = 0;
  let slowestMs = 0;
  const work = async (): Promise<void> => {
    while (kills + underWay < wanted) {
      const points = attempts.next().value;
      underWay += 1;
      const outcome = await killAt(scenario, library, points);
      underWay -= 1;
      kills += outcome.kills;
      cameToEnd += points.length > outcome.kills ? 1 : 0;
      slowestMs = Math.max(slowestMs, outcome.reopenMs);
      violations.push(...outcome.violations);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  t.diagnostic(
    `${scenario.name}: ${calls} calls, ${kills} kills, ${cameToEnd} came to their end, ${violations.length} violations, ` +
      `slowest opening with verification ${slowestMs} ms, ${seconds} s`,
  );
  assert.deepEqual(violations.slice(0, 10), [], `seed ${seed}`);
}

describe("killed at the n-th system call that changes files", { skip }, () => {
  const kinds: {
    make: (random: SeededRandom) => Promise<KillScenario> | KillScenario;
    name: string;
    promise: string;
    full: number;
    some: number;
  }[] = [
    {
      name: "append --lines",
      promise: "loses nothing acknowledged and doubles nothing",
      make: (random) => appendScenario(folder, random),
      full: 220,
      some: 3,
    },
    {
      name: "append --file",
      promise: "keeps a message with its file or neither",
      make: (random) => appendFileScenario(folder, random),
      full: 60,
      some: 1,
    },
    {
      name: "the first start",
      promise: "begins a vault that opens",
      make: () => firstScenario(folder),
      full: 60,
      some: 2,
    },
    {
      name: "import",
      promise: "is there whole or not at all",
      make: (random) => importScenario(folder, random),
      full: 180,
      some: 1,
    },
    {
      name: "rebuild",
      promise: "leaves everything true as it was",
      make: (random) => rebuildScenario(folder, random),
      full: 120,
      some: 1,
    },
    {
      name: "repair",
      promise: "saves what it would have saved, and loses no original",
      make: (random) => repairScenario(folder, random),
      full: 120,
      some: 1,
    },
    {
      name: "backup",
      promise: "leaves the vault as it is and no half backup that is taken for a whole one",
      make: (random) => backupScenario(folder, random),
      full: 120,
      some: 1,
    },
    {
      name: "restore",
      promise: "gives a whole home or none",
      make: (random) => restoreScenario(folder, random),
      full: 120,
      some: 1,
    },
  ];
  for (const [index, { name, promise, make, full, some }] of kinds.entries()) {
    test(`${name} ${promise}`, async (t) => {
      t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
      const random = createRandom(seed + index);
      await killOften(t, await make(random), random, isFull ? full : some);
    });
  }
});
