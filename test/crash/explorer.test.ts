import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import {
  createSeededRandom,
  Exploration,
  hardDisks,
  makeClosedVault,
  openRunCatalog,
  operations,
  persistenceModels,
  plantedFaults,
  plantedRecoveryFaults,
  realProgram,
  recordRun,
  workloads,
} from "@chatty/store/testing/explorer";
import type { ExploredProgram, FoundFault, Operation, RecordedRun } from "@chatty/store/testing/explorer";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const longest = 4;
/** Distinct crash states after which an exploration may end, once every workload that it has to try was tried. */
const wantedStates = isFull ? 1_000_000 : 8_000;
const statesPerStep = 16;
/** About so many states of one run under one model, by the length of its workload; the longer, the more of them there are. */
const wantedByLength = isFull ? [0, 1_000_000, 600, 80, 20] : [0, 60, 60, 60, 60];

/** Gives a function that records a workload as a program runs it. */
async function openRecorder(
  context: TestContext,
): Promise<
  (program: ExploredProgram, workload: readonly Operation[], flushes: boolean) => Promise<RecordedRun>
> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-explorer-"));
  const catalog = openRunCatalog(join(folder, "catalog.db"));
  context.after(() => {
    catalog.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  const vault = await makeClosedVault(catalog);
  return (program, workload, flushes) => recordRun(vault, workload, { program, catalog, flushes });
}

function report(faults: readonly FoundFault[]): string {
  return `seed ${seed}: ${JSON.stringify(faults.slice(0, 2), undefined, 2)}`;
}

/** Every short workload, and of the long ones all or as many as the seed draws. */
function* chosenWorkloads(): Generator<{ workload: readonly Operation[]; flushes: boolean }> {
  if (isFull) {
    // Both ways of handing bytes to the files, the second one for as long as states are wanted.
    for (const odd of [0, 1]) {
      let index = odd;
      for (const workload of workloads(longest)) yield { workload, flushes: (index += 1) % 2 === 0 };
    }
    return;
  }
  let index = 0;
  for (const workload of workloads(1)) {
    yield { workload, flushes: true };
    yield { workload, flushes: false };
  }
  const random = createSeededRandom(seed);
  for (;;) {
    const length = 2 + random.below(longest - 1);
    const drawn = Array.from({ length }, () => operations[random.below(operations.length)] ?? "append");
    yield { workload: drawn, flushes: (index += 1) % 2 === 0 };
  }
}

describe("the crash explorer", () => {
  test("recovers everything that was promised from every crash state that it tries", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const record = await openRecorder(t);
    const random = createSeededRandom(seed);
    const exploration = new Exploration({
      program: realProgram,
      random,
      statesPerStep,
      nestedEvery: 30,
      nestedPerStep: 6,
      damagedEvery: 50,
    });
    const startedMs = performance.now();
    const usedBefore = process.cpuUsage();
    let tried = 0;
    let runs = 0;
    const needed = isFull ? [...workloads(longest)].length : 0;
    for (const { workload, flushes } of chosenWorkloads()) {
      if (tried >= needed && exploration.distinct >= wantedStates) break;
      const run = await record(realProgram, workload, flushes);
      assert.deepEqual([...run.errors], [], workload.join(", "));
      for (const model of persistenceModels) {
        exploration.explore(run, model, { wanted: wantedByLength[workload.length] ?? 0 });
        runs += 1;
      }
      tried += 1;
      assert.deepEqual(exploration.faults.length, 0, report(exploration.faults));
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const used = process.cpuUsage(usedBefore);
    const processorSeconds = (used.user + used.system) / 1e6;
    const { counts, distinct, damaged } = exploration;
    for (const model of persistenceModels) {
      const { states, nested, sampledSteps, passedSteps } = counts[model];
      t.diagnostic(
        `${model}: ${states} states of workloads, ${nested} inside a recovery; sampled: behind ${sampledSteps} steps ` +
          `with more states some were drawn, ${passedSteps} steps of long workloads were passed over`,
      );
    }
    t.diagnostic(
      `${distinct} distinct crash states of ${tried} workloads (${runs} explorations), recovered twice each, 0 violations; ` +
        `${damaged} with a changed byte besides; ${seconds.toFixed(1)} s, ${(distinct / seconds).toFixed(0)} states a second, ` +
        `${(distinct / processorSeconds).toFixed(0)} a second of processor time; seed ${seed}`,
    );
    assert.ok(distinct >= wantedStates, `only ${distinct} distinct crash states`);
  });

  for (const program of [...plantedFaults, ...plantedRecoveryFaults]) {
    test(`finds a program that ${program.name}`, async (t) => {
      const record = await openRecorder(t);
      const exploration = new Exploration({
        program,
        random: createSeededRandom(seed),
        statesPerStep,
        nestedEvery: plantedRecoveryFaults.includes(program) ? 2 : 0,
        nestedPerStep: 8,
        damagedEvery: 4,
      });
      for (const workload of workloads(2)) {
        const run = await record(program, workload, true);
        for (const model of persistenceModels) {
          exploration.explore(run, model, { wanted: 300, stop: () => exploration.faults.length > 0 });
          const [fault] = exploration.faults;
          if (fault === undefined) continue;
          t.diagnostic(
            `${fault.kind} under ${model} after ${exploration.distinct} states of [${fault.operations.join(", ")}]: ${fault.detail}`,
          );
          return;
        }
      }
      assert.fail(`seed ${seed}: not found in ${exploration.distinct} states`);
    });
  }

  for (const program of hardDisks) {
    test(`says nothing against ${program.name}`, async (t) => {
      const record = await openRecorder(t);
      const exploration = new Exploration({
        program,
        random: createSeededRandom(seed),
        statesPerStep: 8,
        nestedEvery: 50,
        nestedPerStep: 4,
        damagedEvery: 0,
      });
      let refused = 0;
      for (const workload of workloads(2)) {
        if (workload.length === 2 && workload[0] !== "append") continue;
        const run = await record(program, workload, true);
        refused += run.errors.size;
        for (const model of persistenceModels) exploration.explore(run, model, { wanted: 100 });
      }
      t.diagnostic(`${exploration.distinct} states, ${refused} operations refused`);
      assert.deepEqual(exploration.faults.length, 0, report(exploration.faults));
    });
  }
});
