import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { FaultPlan } from "./fault-files.ts";
import { makeLivedInHome } from "./fault-home.ts";
import type { LivedInHome } from "./fault-home.ts";
import { addTally, emptyTally, matrixCells, runCells, sampleCells } from "./fault-matrix.ts";
import type { MatrixTally } from "./fault-matrix.ts";
import { plantedFaults } from "./fault-plants.ts";
import { runWithFault } from "./fault-run.ts";
import type { RunOptions } from "./fault-run.ts";
import { faultScenarios } from "./fault-scenarios.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const sampled = 240;
const workers = 2;

// In memory where there is such a disk: nothing here is about speed, and there are thousands of vaults.
const base = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "chatty-faults-"));
let home: LivedInHome;
before(async () => {
  home = await makeLivedInHome(base);
});
after(() => rmSync(base, { recursive: true, force: true, maxRetries: 3 }));

/** The same numbers again for the same seed (mulberry32, public domain, by T. Ettinger). */
function randomBelow(start: number): (limit: number) => number {
  let state = start;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Runs every cell whose number leaves this rest, in a process of its own. */
function runShare(rest: number): Promise<MatrixTally> {
  const folder = import.meta.dirname;
  const script = `
    import { makeLivedInHome } from ${JSON.stringify(join(folder, "fault-home.ts"))};
    import { matrixCells, runCells } from ${JSON.stringify(join(folder, "fault-matrix.ts"))};
    const base = ${JSON.stringify(join(base, `share-${rest}`))};
    const home = await makeLivedInHome(base);
    const cells = (await matrixCells(home, base + "/run")).filter((_, n) => n % ${workers} === ${rest});
    console.log(JSON.stringify(await runCells(cells, home, base + "/run")));`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
      cwd: folder,
    });
    let output = "";
    let problems = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (problems += chunk));
    child.once("error", reject);
    // An unhandled rejection ends the process with another code.
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as MatrixTally);
      else reject(new Error(`a share of the matrix ended with ${code}: ${problems}`));
    });
  });
}

function summary(tally: MatrixTally): string {
  const { violations, ...counts } = tally;
  return `${JSON.stringify(counts)}, ${violations.length} violations`;
}

describe("the whole vault with one fault among its file calls", () => {
  test("keeps what it acknowledged, tells the rest in its own words, goes on and opens again", async (t) => {
    const startedMs = performance.now();
    const tally = emptyTally();
    if (isFull) {
      for (const share of await Promise.all(Array.from({ length: workers }, (_, rest) => runShare(rest)))) {
        addTally(tally, share);
      }
      assert.ok(tally.runs >= 20_000, `only ${tally.runs} runs`);
    } else {
      t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
      const cells = await matrixCells(home, join(base, "run"));
      const sample = sampleCells(cells, sampled, randomBelow(seed));
      addTally(tally, await runCells(sample, home, join(base, "run")));
    }
    t.diagnostic(`${summary(tally)}, ${Math.round((performance.now() - startedMs) / 1000)} s`);
    assert.deepEqual(tally.violations.slice(0, 5), []);
    assert.ok(tally.struck > tally.runs * 0.9, "the faults did not come about");
  });

  test("loses nothing in a power cut at the end of a scenario, open or closed", async (t) => {
    const scenarios = faultScenarios;
    const violations: string[] = [];
    for (const scenario of scenarios) {
      const outcome = await runWithFault({ scenario, home, folder: join(base, "run"), cut: true });
      violations.push(...outcome.violations.map((violation) => `${scenario.name}: ${violation}`));
    }
    t.diagnostic(`${scenarios.length} scenarios, each cut twice`);
    assert.deepEqual(violations, []);
  });
});

describe("the matrix sees a store that", () => {
  const append = faultScenarios.filter(({ name }) => name === "append to one session");
  const attach = faultScenarios.filter(({ name }) => name === "attach files");
  const cases: { plant: string; scenarios: typeof append; plan?: Omit<FaultPlan, "at">; cut?: boolean }[] = [
    { plant: "ignores a short count", scenarios: append, plan: { fault: "short", isLasting: false } },
    { plant: "acknowledges before the sync", scenarios: append, cut: true },
    {
      plant: "retries a failed sync",
      scenarios: append,
      plan: { fault: "ENOSPC", isLasting: false },
      cut: true,
    },
    { plant: "swallows a failed rename", scenarios: attach, plan: { fault: "EACCES", isLasting: false } },
  ];
  for (const { plant, scenarios, plan, cut } of cases) {
    test(plant, async () => {
      const planted = plantedFaults[plant];
      assert.ok(planted !== undefined);
      const found: string[] = [];
      for (const scenario of scenarios) {
        const folder = join(base, "run");
        if (plan === undefined) {
          const run = { scenario, home, folder, plant: planted, ...(cut === undefined ? {} : { cut }) };
          found.push(...(await runWithFault(run)).violations);
          assert.deepEqual((await runWithFault({ scenario, home, folder, cut: true })).violations, []);
          continue;
        }
        for (let at = 1, wasReached = true; wasReached && found.length === 0; at += 1) {
          const run: RunOptions = { scenario, home, folder, plan: { ...plan, at }, cut: cut === true };
          const outcome = await runWithFault({ ...run, plant: planted });
          ({ wasReached } = outcome);
          if (outcome.violations.length === 0) continue;
          found.push(...outcome.violations);
          // What is found must come from the planted mistake alone.
          assert.deepEqual((await runWithFault(run)).violations, []);
        }
      }
      assert.ok(found.length > 0, "it was not seen");
    });
  }
});
