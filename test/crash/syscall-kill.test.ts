import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { pathToFileURL } from "node:url";
import { buildShim, readTrace, reasonWithoutShim, shimEnvironment } from "./shim.ts";
import type { ShimMoment, TracedCall } from "./shim.ts";
import { chooseAttempts, copyFolder, countCalls, killAt } from "./syscall-kill-run.ts";
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
/** Of one processor each; more would measure the waiting for each other. */
const atATime = 2;
const longestReopenMs = 2000;

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
      `slowest reopening and verifying ${Math.round(slowestMs)} ms, ${seconds} s`,
  );
  assert.deepEqual(violations.slice(0, 10), [], `seed ${seed}`);
  assert.ok(slowestMs < longestReopenMs, `an opening took ${Math.round(slowestMs)} ms`);
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
      some: 4,
    },
    {
      name: "append --file",
      promise: "keeps a message with its file or neither",
      make: (random) => appendFileScenario(folder, random),
      full: 60,
      some: 2,
    },
    {
      name: "the first start",
      promise: "begins a vault that opens",
      make: () => firstScenario(folder),
      full: 60,
      some: 3,
    },
    {
      name: "import",
      promise: "is there whole or not at all",
      make: (random) => importScenario(folder, random),
      full: 180,
      some: 2,
    },
    {
      name: "rebuild",
      promise: "leaves everything true as it was",
      make: (random) => rebuildScenario(folder, random),
      full: 160,
      some: 2,
    },
    {
      name: "repair",
      promise: "saves what it would have saved, and loses no original",
      make: (random) => repairScenario(folder, random),
      full: 160,
      some: 2,
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

describe("the harness at system calls", { skip }, () => {
  const planted = pathToFileURL(join(import.meta.dirname, "syscall-kill-planted.ts")).href;
  const withFault = (fault: string): Record<string, string> => ({
    NODE_OPTIONS: `--import ${planted}`,
    PLANTED_FAULT: fault,
  });

  /** Kills at the first call that `isWanted` picks. @returns the violations */
  async function killWhere(
    scenario: KillScenario,
    moment: ShimMoment,
    isWanted: (call: TracedCall, index: number, calls: readonly TracedCall[]) => boolean,
  ): Promise<string> {
    const trace = join(folder, "trace");
    rmSync(trace, { force: true });
    const count = await countCalls(scenario, library, trace);
    const calls = readTrace(trace);
    assert.equal(calls.length, count);
    const at = 1 + calls.findIndex(isWanted);
    assert.ok(at > 0, `no call was found in ${scenario.name}`);
    const outcome = await killAt(scenario, library, [{ at, moment }]);
    assert.equal(outcome.kills, 1);
    return outcome.violations.join("\n");
  }

  const isLogWrite = ({ name, path }: TracedCall): boolean =>
    name === "pwrite" && /[\\/]log[\\/]\d+\.jsonl$/.test(path);
  const isJournalWrite = ({ name, path }: TracedCall): boolean =>
    name === "pwrite" && /[\\/]vvault[\\/].*[\\/]messages\.jsonl$/.test(path);

  test("sees a writer that acknowledges before it writes", async () => {
    const wrongWriter = join(import.meta.dirname, "wrong-writer.ts");
    const words = (sessionId: string): string[] => [wrongWriter, "acknowledges-first", sessionId];
    const scenario = await appendScenario(join(folder, "first-acknowledged"), createRandom(seed), words);
    // The header of the log is the first, the first message comes after all acknowledgements.
    const violations = await killWhere(
      scenario,
      "before",
      (call, index, calls) => isLogWrite(call) && calls.slice(0, index).some(isLogWrite),
    );
    assert.match(violations, /lost: [0-9a-f-]{36} was acknowledged/);
  });

  test("sees a file that is written in place instead of renamed", async () => {
    const scenario = firstScenario(join(folder, "in-place"), withFault("rename-missing"));
    const violations = await killWhere(
      scenario,
      "middle",
      ({ name, path }) => name === "pwrite" && path.endsWith("vault.json"),
    );
    assert.match(violations, /the next opening ended with 1/);
  });

  test("sees a group of several files that did not stand in the log", async () => {
    const scenario = await appendScenario(join(folder, "without-log"), createRandom(seed));
    const violations = await killWhere(
      { ...scenario, environment: withFault("log-missing") },
      "middle",
      isJournalWrite,
    );
    assert.match(violations, /lost|not-verified|misplaced/);
  });

  test("counts the calls that strace sees, those of SQLite included", async (t) => {
    const scenario = await appendScenario(join(folder, "counted"), createRandom(seed));
    const trace = join(folder, "strace");
    const shimTrace = join(folder, "shim-trace");
    const names =
      "write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,truncate,link,linkat,symlink,fallocate,copy_file_range,sendfile";
    const strace = ["-f", "-y", "-o", trace, "-e", `trace=${names}`, process.execPath];
    if (spawnSync("strace", ["-o", "/dev/null", "true"], { stdio: "ignore" }).status !== 0) {
      t.skip("strace is not there or may not trace (Debian: apt-get install strace)");
      return;
    }
    copyFolder(scenario.template, folder);
    const run = spawnSync("strace", [...strace, ...scenario.words(folder)], {
      cwd: folder,
      input: '{"role":"user","content":"counted"}\n',
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: folder,
        CHATTY_HOME: join(folder, "home"),
        ...shimEnvironment({ library, roots: [join(folder, "home")], trace: shimTrace }),
      },
    });
    assert.equal(run.status, 0, run.stderr);
    const counted = readTrace(shimTrace).filter(({ name }) => name !== "open");
    // A call that is shown in two pieces is counted at its beginning.
    const seen = readFileSync(trace, "utf8")
      .split("\n")
      .filter((line) => !line.includes(" resumed>") && new RegExp(`[<"]${folder}/home`).test(line))
      .map((line) => /^\d+ +(\w+)\(/.exec(line)?.[1]?.replace(/64$/, ""));
    assert.ok(seen.length > 50);
    const sorted = (of: readonly (string | undefined)[]): string => of.map(String).sort().join(" ");
    assert.equal(sorted(counted.map(({ name }) => name)), sorted(seen));
  });

  test("says nothing against the same moments of the program as it is", async () => {
    const append = await appendScenario(join(folder, "as-it-is"), createRandom(seed));
    assert.equal(await killWhere(append, "middle", isJournalWrite), "");
    assert.equal(await killWhere(append, "middle", isLogWrite), "");
    const first = firstScenario(join(folder, "as-it-is"));
    const isVaultFile = ({ name, path }: TracedCall): boolean =>
      name === "pwrite" && /\.vault\.json\.[0-9a-f]+\.tmp$/.test(path);
    assert.equal(await killWhere(first, "middle", isVaultFile), "");
  });
});
