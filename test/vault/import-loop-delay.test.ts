import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { ImportReceipt } from "@chatty/store";
import { writeBenchExport } from "../bench/import-bench-export.ts";
import { watchLoop } from "../bench/loop-delay.ts";
import type { LoopWatch } from "../bench/loop-delay.ts";

const thread = new URL("../bench/import-thread.ts", import.meta.url).href;

/** Generous: in time of the processor, which a busy machine does not stretch much; the bench prints what it really is. */
function assertFree({ work }: LoopWatch<unknown>): void {
  assert.ok(work.p99 < 20, `p99 ${work.p99.toFixed(1)} ms`);
  assert.ok(work.max < 80, `max ${work.max.toFixed(1)} ms`);
}

/** Keeps the thread at work for so much time of the processor, however many others want it, too. */
function blockFor(ms: number): void {
  const worked = (): number => process.threadCpuUsage().user / 1000;
  for (const until = worked() + ms; worked() < until;) Math.random();
}

test("a large import leaves the event loop free, and one blocking step among its own would be noticed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chatty-loop-"));
  const path = join(folder, "export.zip");
  const made = await writeBenchExport(path, 15, 1);
  const exports = { ...exportReader, thread };
  const run = async (name: string, step: () => void): Promise<LoopWatch<ImportReceipt>> => {
    const vault = await openVault({ home: join(folder, name), environment: "production", exports });
    try {
      return await watchLoop(() => vault.user().import({ kind: "path", path }, { onProgress: step }));
    } finally {
      await vault.close();
    }
  };
  try {
    const free = await run("free", () => undefined);
    assert.equal(free.value.nodes.seen, made.nodes);
    assertFree(free);
    let steps = 0;
    const blocked = await run("blocked", () => {
      steps += 1;
      if (steps === 20) blockFor(250);
    });
    assert.ok(steps > 20, `${steps} steps`);
    assert.throws(() => assertFree(blocked), /max/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
