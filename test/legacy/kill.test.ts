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
import { killWhileGrowing } from "./kill-while-growing.ts";
import { hashesIn, writeStore } from "./older-store.ts";

const wrongMigration = join(import.meta.dirname, "wrong-migration.ts");
const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const moments = isFull ? 40 : 2;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

/** What the log of a whole migration comes to, about. */
const logBytes = 1_000_000;

interface MadeUpStore {
  files: Record<string, string>;
  native: string[];
  imported: string[];
}

/** A store that takes a while: native sessions, homes and imports. */
function makeStore(random: SeededRandom): MadeUpStore {
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

/** What is not as it must be when a migration has come to its end at last. */
function violations(store: MadeUpStore, said: { native: string[]; imported: string[] }): string[] {
  return (["native", "imported"] as const).flatMap((kind) => {
    const wanted = new Set(store[kind]);
    const found = new Set(said[kind]);
    return [
      ...store[kind].filter((text) => !found.has(text)).map((text) => `lost: ${text}`),
      ...said[kind].filter((text) => !wanted.has(text)).map((text) => `made up: ${text}`),
      ...(said[kind].length > found.size ? [`doubled: ${said[kind].length - found.size}`] : []),
    ].map((each) => `${kind} ${each.slice(0, 60)}`);
  });
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
      for (let kill = 0; kill < 2; kill += 1) {
        const { wasKilled } = await killWhileGrowing(words, folder, random.below(logBytes));
        counts[wasKilled ? "kills" : "finished"] += 1;
      }
      const left = (await saidIn(folder)).native.length;
      if (left > 0 && left < store.native.length) counts.partial += 1;
      const finished = await runUntilKilled({ words, folder, moment: undefined });
      assert.equal(finished.code, 0, finished.stderr + finished.lines.join("\n"));
      const again = await runUntilKilled({ words, folder, moment: undefined });
      const report = JSON.parse(again.lines.join("\n")) as LegacyMigrationReport;
      assert.equal(report.unchanged, true);
      assert.deepEqual(violations(store, await saidIn(folder)), [], `seed ${seed + moment}`);
      assert.deepEqual(hashesIn(source), before);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
    const spent = Math.round(performance.now() - started);
    t.diagnostic(
      `${counts.kills} kills, ${counts.finished} came to their end, ${counts.partial} of ${moments} left a part behind, ${spent} ms`,
    );
    assert.ok(counts.kills > 0, "nothing was killed");
  });

  test("a migration whose ids change is found", async (t) => {
    const store = makeStore(createRandom(seed));
    const folder = makeFolder(t);
    const source = writeStore(join(folder, "older"), store.files);
    await killWhileGrowing([wrongMigration, source], folder, logBytes / 2);
    const finished = await runUntilKilled({ words: [wrongMigration, source], folder, moment: undefined });
    assert.equal(finished.code, 0, finished.stderr);
    const found = violations(store, await saidIn(folder));
    assert.ok(
      found.some((each) => each.startsWith("native doubled")),
      found.join("\n"),
    );
  });
});
