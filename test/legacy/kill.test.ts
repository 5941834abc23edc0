import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { LegacyMigrationReport } from "@chatty/store";
import { runUntilKilled } from "../crash/killed-process.ts";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { jsonLines } from "./fixtures/fixture.ts";
import { hashesIn, writeStore } from "./older-store.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const moments = isFull ? 100 : 2;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

/** A store that takes a while: native sessions, homes and imports. */
function makeStore(random: SeededRandom): {
  files: Record<string, string>;
  native: string[];
  imported: string[];
} {
  const files: Record<string, string> = {};
  const native: string[] = [];
  const imported: string[] = [];
  for (let index = 0; index < 30; index += 1) {
    const said = Array.from(
      { length: 20 + random.below(60) },
      (_, at) => `native ${index}.${at} ${"x".repeat(random.below(400))}`,
    );
    native.push(...said);
    files[`sessions/session_${index}/session_meta.json`] = JSON.stringify({ session_id: `session_${index}` });
    files[`sessions/session_${index}/messages.jsonl`] = jsonLines(
      ...said.map((content) => ({ role: "user", content })),
    );
  }
  for (let index = 0; index < 4; index += 1) {
    native.push(`home ${index}`);
    files[`instances/c${index}-001/chatty/chat_with_c${index}-001.md`] =
      `# C\n\n-=-=-=-\n\n**01:00:00 PM UTC - You**: home ${index}\n\n`;
    imported.push(`imported ${index}`);
    files[`instances/v${index % 2}-001/2024/03/i${index}.md`] =
      `# I\n\n-=-=-=-\n\n**01:00:00 PM UTC - You**: imported ${index}\n\n`;
  }
  return { files, native, imported };
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-legacy-kill-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

async function saidIn(folder: string): Promise<{ native: string[]; imported: string[] }> {
  const vault = await openVault({
    home: join(folder, "home"),
    environment: "production",
    exports: exportReader,
  });
  try {
    const user = vault.user();
    const said = { native: [] as string[], imported: [] as string[] };
    for (const kind of ["native", "imported"] as const) {
      for (const { sessionId } of user.sessions({ kind, limit: 1000 }).sessions) {
        const { messages } = await user.show(sessionId);
        said[kind].push(...messages.map(({ content }) => content));
      }
    }
    assert.deepEqual((await vault.verify()).problems, []);
    return said;
  } finally {
    await vault.close();
  }
}

describe("migrate legacy, killed at random moments", () => {
  test("loses and doubles nothing when it is run again", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const started = performance.now();
    const counts = { kills: 0, finished: 0, partial: 0 };
    for (let moment = 0; moment < moments; moment += 1) {
      const random = createRandom(seed + moment);
      const store = makeStore(random);
      const folder = makeFolder(t);
      const source = writeStore(join(folder, "older"), store.files);
      const before = hashesIn(source);
      const words = [program, "migrate", "legacy", source, "--json"];
      let seen = 0;
      for (let kill = 0; kill < 2; kill += 1) {
        const run = await runUntilKilled({
          words,
          folder,
          moment: { kind: "after-ms", ms: 250 + random.below(900) },
        });
        if (run.wasKilled) counts.kills += 1;
        else counts.finished += 1;
        if (kill < 1) continue;
        const { native } = await saidIn(folder);
        seen = native.length;
        if (seen > 0 && seen < store.native.length) counts.partial += 1;
        assert.ok(
          native.every((text) => store.native.includes(text)),
          `seed ${seed + moment}: something was made up`,
        );
      }
      const finished = await runUntilKilled({ words, folder, moment: undefined });
      assert.equal(finished.code, 0, finished.stderr + finished.lines.join("\n"));
      const again = await runUntilKilled({ words, folder, moment: undefined });
      const report = JSON.parse(again.lines.join("\n")) as LegacyMigrationReport;
      assert.equal(report.unchanged, true);
      const said = await saidIn(folder);
      assert.deepEqual(said.native.toSorted(), store.native.toSorted(), `seed ${seed + moment}`);
      assert.deepEqual(said.imported.toSorted(), store.imported.toSorted(), `seed ${seed + moment}`);
      assert.deepEqual(hashesIn(source), before);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
    t.diagnostic(
      `${counts.kills} kills, ${counts.finished} came to their end, ${counts.partial} left a part behind, ${Math.round(performance.now() - started)} ms`,
    );
    assert.ok(counts.kills > 0, "nothing was killed");
  });
});
