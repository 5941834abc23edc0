import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { writeBenchExport } from "../bench/import-bench-export.ts";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { AppendOracle } from "./append-oracle.ts";
import type { Acknowledgement } from "./append-oracle.ts";
import { examineKilled, examineRepeated, readImported } from "./import-oracle.ts";
import type { ImportedState } from "./import-oracle.ts";
import { makeLines, runAppender, runUntilKilled } from "./killed-process.ts";
import { makeDisk, onDisk, reasonWithoutDisks } from "./power-disk.ts";
import { cutPower, diskModes, guestDisk, reasonWithoutMachine } from "./power-machine.ts";
import type { DiskMode, PowerCutResult } from "./power-machine.ts";
import { buildShim, reasonWithoutShim, shimEnvironment } from "./shim.ts";
import { chatty } from "./syscall-kill-run.ts";
import { beginSession } from "./syscall-kill-scenarios.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const wantedCuts = isFull ? 100 : 1;
const cutsWithoutSync = isFull ? 6 : 1;
/** Of one disk, before it is looked at from end to end and a new one is taken. */
const cutsOfOneDisk = isFull ? 4 : 1;
const diskBytes = 96 * 1024 * 1024;
const skip = reasonWithoutDisks() || reasonWithoutMachine();

let folder: string;
let archive: string;
let whole: ImportedState;

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-power-")));
  if (skip !== false || !isFull) return;
  archive = join(folder, "export.zip");
  await writeBenchExport(archive, 1, 2);
  const run = await runUntilKilled({ words: chatty("import", archive), folder, moment: undefined });
  assert.equal(run.code, 0, run.stderr);
  whole = await readImported(join(folder, "home"));
});

after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** Sends lines in bursts, with pauses so that there are many syncs; descriptor 9 is a pipe that nothing comes out of. */
function appendCommand(sessionId: string, lines: string): string {
  const feed = `while IFS= read -r line; do printf '%s\\n' "$line"; i=$((i+1)); if ((i % 9 == 0)); then read -r -t 0.004 -u 9; fi; done < ${lines}`;
  return `set -o pipefail; i=0; ${feed} | ${commandLine(chatty("append", sessionId, "--lines"))}`;
}

function commandLine(words: readonly string[]): string {
  return [process.execPath, ...words].map((word) => `'${word}'`).join(" ");
}

const environment = {
  PATH: process.env["PATH"] ?? "",
  HOME: guestDisk,
  CHATTY_HOME: `${guestDisk}/home`,
};

async function cutAppending(
  image: string,
  mode: DiskMode,
  oracle: AppendOracle,
  random: SeededRandom,
  more: Readonly<Record<string, string>> = {},
): Promise<PowerCutResult> {
  const sent = makeLines(random, 1500);
  const lines = join(folder, "lines");
  writeFileSync(lines, sent.map((line) => `${JSON.stringify(line)}\n`).join(""));
  oracle.sending(sent);
  const result = await cutPower({
    image,
    mode,
    command: appendCommand(oracle.sessionId, lines),
    environment: { ...environment, ...more },
    afterAnswers: 1 + random.below(900),
    thenMs: random.below(40),
  });
  oracle.answered(
    result.answers
      .map((line) => JSON.parse(line) as Acknowledgement)
      .filter(({ messageId }) => messageId !== undefined),
  );
  return result;
}

/** The next start, by the real program. @returns what is wrong */
async function reopen(mounted: string): Promise<string[]> {
  const run = await runUntilKilled({ words: chatty("verify"), folder: mounted, moment: undefined });
  return run.code === 0
    ? []
    : [`the next opening ended with ${run.code}: ${run.lines.join("")}${run.stderr}`];
}

describe("power cuts", { skip }, () => {
  test("lose nothing that was acknowledged, and leave an import whole or absent", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const startedMs = performance.now();
    const counts = { cuts: 0, disks: 0, acknowledged: 0, unacknowledgedKept: 0, messages: 0 };
    const imports = { cuts: 0, everything: 0, nothing: 0 };
    while (counts.cuts < wantedCuts) {
      const random = createRandom(seed + counts.cuts);
      const mode = diskModes[(seed + counts.disks) % diskModes.length] ?? "ordered";
      counts.disks += 1;
      const image = makeDisk(folder, diskBytes);
      const oracle = new AppendOracle(await onDisk(image, (mounted) => beginSession(mounted, [])));
      const violations: string[] = [];
      let imported: ImportedState | undefined;
      for (let cut = 0; cut < cutsOfOneDisk && counts.cuts < wantedCuts; cut += 1) {
        counts.cuts += 1;
        if (isFull && cut === 2) {
          const { wasRunning } = await cutPower({
            image,
            mode,
            command: commandLine(chatty("import", archive)),
            environment,
            afterAnswers: 0,
            thenMs: 500 + random.below(6000),
          });
          imported = await onDisk(image, async (mounted) => {
            violations.push(...(await reopen(mounted)));
            return await readImported(join(mounted, "home"));
          });
          imports.cuts += 1;
          imports[imported.sessions.size > 0 ? "everything" : "nothing"] += 1;
          if (!wasRunning && imported.sessions.size === 0) violations.push("lost: an acknowledged import");
          violations.push(...examineKilled(imported, whole).map(({ kind, detail }) => `${kind}: ${detail}`));
        } else await cutAppending(image, mode, oracle, random);
        await onDisk(image, async (mounted) => {
          violations.push(...(await reopen(mounted)));
          const found = await oracle.examine(join(mounted, "home"));
          counts.unacknowledgedKept += found - oracle.acknowledged.size;
        });
        violations.push(...oracle.violations.map(({ kind, detail }) => `${kind}: ${detail}`));
        assert.deepEqual(violations.slice(0, 10), [], `seed ${seed}, cut ${counts.cuts}, ${mode}`);
      }
      counts.acknowledged += oracle.acknowledged.size;
      await onDisk(image, (mounted) => repeatEverything(mounted, oracle, imported, random));
      counts.messages += oracle.sent.size;
    }
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    t.diagnostic(`${JSON.stringify(counts)}, imports ${JSON.stringify(imports)}, 0 violations, ${seconds} s`);
  });

  test(
    "are seen to lose what was acknowledged when nothing is synced",
    { skip: reasonWithoutShim() },
    async (t) => {
      const library = buildShim(folder);
      let lost = 0;
      let acknowledged = 0;
      for (let cut = 0; cut < cutsWithoutSync; cut += 1) {
        const random = createRandom(seed + 1000 + cut);
        const mode = diskModes[(seed + cut) % diskModes.length] ?? "ordered";
        const image = makeDisk(folder, diskBytes);
        const oracle = new AppendOracle(await onDisk(image, (mounted) => beginSession(mounted, [])));
        const shim = shimEnvironment({ library, roots: [guestDisk], noSync: true });
        await cutAppending(image, mode, oracle, random, shim);
        await onDisk(image, (mounted) => oracle.examine(join(mounted, "home")));
        const lostNow = oracle.violations.filter(({ kind }) => kind === "lost" || kind === "does-not-open");
        assert.ok(lostNow.length > 0, `cut ${cut}: ${oracle.acknowledged.size} acknowledged, nothing lost`);
        lost += lostNow.length;
        acknowledged += oracle.acknowledged.size;
      }
      t.diagnostic(
        `without syncs: ${cutsWithoutSync} cuts, ${acknowledged} acknowledged, ${lost} of them lost`,
      );
    },
  );
});

/** Sends every line again and imports again: all are answered as the first time, and nothing is doubled. */
async function repeatEverything(
  mounted: string,
  oracle: AppendOracle,
  imported: ImportedState | undefined,
  random: SeededRandom,
): Promise<void> {
  const words = chatty("append", oracle.sessionId, "--lines");
  const again = await runAppender(
    { words, folder: mounted, moment: undefined },
    [...oracle.sent.values()],
    random,
  );
  assert.equal(again.answers.length, oracle.sent.size, again.stderr);
  oracle.answered(again.answers);
  await oracle.examine(join(mounted, "home"));
  assert.deepEqual(oracle.violations.slice(0, 10), [], `seed ${seed}`);
  if (imported === undefined) return;
  const run = await runUntilKilled({ words: chatty("import", archive), folder: mounted, moment: undefined });
  assert.equal(run.code, 0, run.stderr);
  const state = await readImported(join(mounted, "home"));
  assert.deepEqual(examineRepeated(state, imported, whole).slice(0, 10), [], `seed ${seed}`);
}
