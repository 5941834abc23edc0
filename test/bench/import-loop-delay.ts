/**
 * How late the event loop of a process gets its turn while it imports a big export: of one that only imports, by the library.
 * From the checkout:
 *
 *     node_modules/.bin/node test/bench/import-loop-delay.ts [--megabytes 60] [--runs 3] [--again] [--here]
 *
 * `--again` imports a second export in which every tenth conversation has grown; `--here` reads in the same thread, for comparison.
 * Prints figures and asserts nothing.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { UserVault } from "@chatty/store";
import { writeBenchExport } from "./import-bench-export.ts";
import { watchLoop } from "./loop-delay.ts";
import type { LoopWatch, Percentiles } from "./loop-delay.ts";

const thread = new URL("import-thread.ts", import.meta.url).href;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      megabytes: { type: "string", default: "60" },
      runs: { type: "string", default: "3" },
      again: { type: "boolean", default: false },
      here: { type: "boolean", default: false },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "chatty-import-delay-"));
  try {
    const first = join(folder, "first.zip");
    const made = await writeBenchExport(first, Number(values.megabytes), 1);
    const second = join(folder, "second.zip");
    if (values.again) await writeBenchExport(second, Number(values.megabytes), 1, { grownEvery: 10 });
    console.log(`${(made.jsonBytes / 1e6).toFixed(0)} MB of JSON, ${made.conversations} conversations`);
    for (let run = 1; run <= Number(values.runs); run += 1) {
      const home = join(folder, `home-${run}`);
      const exports = values.here ? exportReader : { ...exportReader, thread };
      const vault = await openVault({ home, environment: "production", exports });
      try {
        await measure(`run ${run}  first`, vault.user(), first, made.jsonBytes);
        if (values.again) await measure(`run ${run}  again`, vault.user(), second, made.jsonBytes);
        const views = await watchLoop(() => new Promise((resolve) => setTimeout(resolve, 5000)));
        print(`run ${run}  files after it`, views, 5000, 0);
      } finally {
        await vault.close();
      }
      await rm(home, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(what: string, user: UserVault, path: string, jsonBytes: number): Promise<void> {
  const started = performance.now();
  const watched = await watchLoop(async (note) => {
    await user.import({ kind: "path", path }, { onProgress: ({ phase }) => note(phase) });
  });
  print(what, watched, performance.now() - started, jsonBytes);
  const phases = [...watched.longest].map(([phase, ms]) => `${phase} ${ms.toFixed(1)}`);
  console.log(`      longest work by phase: ${phases.join(", ")} ms`);
}

function print(what: string, watched: LoopWatch<unknown>, durationMs: number, jsonBytes: number): void {
  const rate = jsonBytes === 0 ? "" : `, ${(jsonBytes / 1e3 / durationMs).toFixed(1)} MB/s`;
  console.log(
    `${what.padEnd(22)} delay ${shown(watched.delay)}   own work ${shown(watched.work)}   ` +
      `${(durationMs / 1000).toFixed(1)} s${rate}`,
  );
}

function shown({ p50, p99, p999, max }: Percentiles): string {
  const figures = [p50, p99, p999, max].map((ms) => ms.toFixed(1));
  return `p50 ${figures[0]}  p99 ${figures[1]}  p99.9 ${figures[2]}  max ${figures[3]} ms`;
}

await main();
