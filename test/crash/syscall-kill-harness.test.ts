// The harness itself: programs that are wrong on purpose are seen, and no call is overlooked.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createRandom } from "../fidelity/seeded-random.ts";
import { buildShim, readTrace, reasonWithoutShim, shimEnvironment } from "./shim.ts";
import type { ShimMoment, TracedCall } from "./shim.ts";
import { copyFolder, countCalls, killAt } from "./syscall-kill-run.ts";
import type { KillScenario } from "./syscall-kill-run.ts";
import { appendScenario, firstScenario } from "./syscall-kill-scenarios.ts";
import type { AppendScenario } from "./syscall-kill-scenarios.ts";

const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const skip = reasonWithoutShim();
const planted = pathToFileURL(join(import.meta.dirname, "syscall-kill-planted.ts")).href;
const wrongWriter = join(import.meta.dirname, "wrong-writer.ts");

let folder: string;
let library: string;
let append: AppendScenario;

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-calls-")));
  if (skip !== false) return;
  library = buildShim(folder);
  append = await appendScenario(folder, createRandom(seed));
});

after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

type IsWanted = (call: TracedCall, index: number, calls: readonly TracedCall[]) => boolean;

/** Kills at the first call that each of `wanted` picks. @returns the violations, for each */
async function killWhere(
  scenario: KillScenario,
  moment: ShimMoment,
  ...wanted: readonly IsWanted[]
): Promise<string[]> {
  const trace = join(folder, "trace");
  rmSync(trace, { force: true });
  const count = await countCalls(scenario, library, trace);
  const calls = readTrace(trace);
  assert.equal(calls.length, count);
  return await Promise.all(
    wanted.map(async (isWanted) => {
      const at = 1 + calls.findIndex(isWanted);
      assert.ok(at > 0, `no call was found in ${scenario.name}`);
      const outcome = await killAt(scenario, library, [{ at, moment }]);
      assert.equal(outcome.kills, 1);
      return outcome.violations.join("\n");
    }),
  );
}

function withFault(scenario: KillScenario, fault: string): KillScenario {
  return { ...scenario, environment: { NODE_OPTIONS: `--import ${planted}`, PLANTED_FAULT: fault } };
}

const isLogWrite: IsWanted = ({ name, path }) => name === "pwrite" && /[\\/]log[\\/]\d+\.jsonl$/.test(path);
const isJournalWrite: IsWanted = ({ name, path }) =>
  name === "pwrite" && /[\\/]vvault[\\/].*[\\/]messages\.jsonl$/.test(path);

describe("the harness at system calls", { skip }, () => {
  test("sees a writer that acknowledges before it writes", async () => {
    const writer = { ...append, words: () => [wrongWriter, "acknowledges-first", append.sessionId] };
    // The header of the log is the first; the first message comes after all acknowledgements.
    const [violations] = await killWhere(
      writer,
      "before",
      (call, index, calls) =>
        isLogWrite(call, index, calls) && calls.slice(0, index).some((earlier) => isLogWrite(earlier, 0, [])),
    );
    assert.match(violations ?? "", /lost: [0-9a-f-]{36} was acknowledged/);
  });

  test("sees a file that is written in place instead of renamed", async () => {
    const [violations] = await killWhere(
      withFault(firstScenario(join(folder, "in-place")), "rename-missing"),
      "middle",
      ({ name, path }) => name === "pwrite" && path.endsWith("vault.json"),
    );
    assert.match(violations ?? "", /the next opening ended with 1/);
  });

  test("sees a group of several files that did not stand in the log", async () => {
    const [violations] = await killWhere(withFault(append, "log-missing"), "middle", isJournalWrite);
    assert.match(violations ?? "", /lost|not-verified|misplaced/);
  });

  test("says nothing against the program as it is, killed at the same calls", async () => {
    assert.deepEqual(await killWhere(append, "middle", isJournalWrite, isLogWrite), ["", ""]);
    const first = firstScenario(join(folder, "as-it-is"));
    const isVaultFile: IsWanted = ({ name, path }) =>
      name === "pwrite" && /\.vault\.json\.[0-9a-f]+\.tmp$/.test(path);
    assert.deepEqual(await killWhere(first, "middle", isVaultFile), [""]);
  });

  test("counts the calls that strace sees, those of SQLite included", async (t) => {
    if (spawnSync("strace", ["-o", "/dev/null", "true"], { stdio: "ignore" }).status !== 0) {
      t.skip("strace is not there or may not trace (Debian: apt-get install strace)");
      return;
    }
    const place = join(folder, "counted");
    mkdirSync(place);
    copyFolder(append.template, place);
    const trace = join(place, "strace");
    const shimTrace = join(place, "shim-trace");
    const names =
      "write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,truncate,link,linkat,symlink,fallocate,copy_file_range,sendfile";
    const words = ["-f", "-y", "-o", trace, "-e", `trace=${names}`, process.execPath, ...append.words(place)];
    const run = spawnSync("strace", words, {
      cwd: place,
      input: '{"role":"user","content":"counted"}\n',
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: place,
        CHATTY_HOME: join(place, "home"),
        ...shimEnvironment({ library, roots: [join(place, "home")], trace: shimTrace }),
      },
    });
    assert.equal(run.status, 0, run.stderr);
    const counted = readTrace(shimTrace).filter(({ name }) => name !== "open");
    // A call that is shown in two pieces is counted at its beginning.
    const seen = readFileSync(trace, "utf8")
      .split("\n")
      .filter((line) => !line.includes(" resumed>") && new RegExp(`[<"]${place}/home`).test(line))
      .map((line) => /^\d+ +(\w+)\(/.exec(line)?.[1]?.replace(/64$/, ""));
    assert.ok(seen.length > 50);
    const sorted = (of: readonly (string | undefined)[]): string => of.map(String).sort().join(" ");
    assert.equal(sorted(counted.map(({ name }) => name)), sorted(seen));
  });
});
