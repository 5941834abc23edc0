import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { writeBenchExport } from "../bench/import-bench-export.ts";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { AppendOracle } from "./append-oracle.ts";
import type { Violation } from "./append-oracle.ts";
import { examineKilled, examineRepeated, readImported } from "./import-oracle.ts";
import type { ImportedSession, ImportedState, ImportViolation } from "./import-oracle.ts";
import { makeLines, runAppender, runUntilKilled } from "./killed-process.ts";
import type { KillMoment } from "./killed-process.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const wrongWriter = join(import.meta.dirname, "wrong-writer.ts");

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const appendMoments = isFull ? 150 : 10;
const importMoments = isFull ? 150 : 10;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-kill-"));
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Runs a command to its end. @returns the object that it printed */
async function ask<Answer>(folder: string, words: readonly string[]): Promise<Answer> {
  const run = await runUntilKilled({ words: [program, ...words, "--json"], folder, moment: undefined });
  assert.equal(run.code, 0, `${words.join(" ")}: ${run.lines.join("\n")}${run.stderr}`);
  return JSON.parse(run.lines.join("\n")) as Answer;
}

async function makeSession(folder: string): Promise<AppendOracle> {
  const { session } = await ask<{ session: { sessionId: string } }>(folder, ["sessions", "new"]);
  return new AppendOracle(session.sessionId);
}

/** Anywhere from the start of the process to the end of its work. */
function anyMoment(random: SeededRandom, lines: number): KillMoment {
  if (random.below(4) === 0) return { kind: "after-ms", ms: 50 + random.below(900) };
  return { kind: "after-answers", count: 1 + random.below(lines) };
}

function report(violations: readonly (Violation | ImportViolation)[]): string {
  return `seed ${seed}: ${violations
    .slice(0, 10)
    .map(({ kind, detail }) => `${kind}: ${detail}`)
    .join("\n")}`;
}

describe("append --lines, killed at random moments", () => {
  test("keeps every acknowledged message once and whole, and repeating doubles none", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const counts = {
      moments: 0,
      messages: 0,
      acknowledged: 0,
      unacknowledgedKept: 0,
      repeated: 0,
      checks: 0,
    };
    while (counts.moments < appendMoments) {
      const random = createRandom(seed + counts.moments);
      const folder = makeFolder(t);
      const oracle = await makeSession(folder);
      const words = [program, "append", oracle.sessionId, "--lines", "--json"];
      for (let kill = 0; kill < 5 && counts.moments < appendMoments;) {
        const lines = makeLines(random, 20 + random.below(150));
        oracle.sending(lines);
        const moment = anyMoment(random, lines.length);
        const run = await runAppender({ words, folder, moment }, lines, random);
        oracle.answered(run.answers);
        assert.ok(run.wasKilled || run.code === 0, run.stderr);
        if (run.wasKilled) {
          kill += 1;
          counts.moments += 1;
        }
        // Now and then the next process has to recover and is killed in turn, before anybody looks.
        if (random.below(3) === 0 && kill < 5) continue;
        const found = await oracle.examine(join(folder, "home"));
        counts.unacknowledgedKept += found - oracle.acknowledged.size;
        const again = await runAppender(
          { words, folder, moment: undefined },
          [...oracle.sent.values()],
          random,
        );
        assert.equal(again.answers.length, oracle.sent.size, again.stderr);
        oracle.answered(again.answers);
        counts.repeated += again.answers.length;
        await oracle.examine(join(folder, "home"));
        counts.checks += 2;
        assert.deepEqual(oracle.violations, [], report(oracle.violations));
      }
      counts.messages += oracle.sent.size;
      counts.acknowledged += oracle.acknowledged.size;
    }
    t.diagnostic(`append --lines: ${JSON.stringify(counts)}, 0 violations`);
  });

  test("sees an appender that acknowledges before it writes", async (t) => {
    assert.ok((await violationsOf(t, "acknowledges-first")).has("lost"));
  });

  test("sees an appender that doubles what is repeated", async (t) => {
    assert.ok((await violationsOf(t, "forgets-ids")).has("invented"));
  });

  test("sees an appender that writes messages by halves", async (t) => {
    assert.ok((await violationsOf(t, "writes-halves")).has("changed"));
  });

  test("sees an opening that drops the end of the log", async (t) => {
    assert.ok((await violationsOf(t, "none", dropLogTail)).has("lost"));
  });

  test("says nothing against the same appender when it is right", async (t) => {
    assert.deepEqual([...(await violationsOf(t, "none"))], []);
  });
});

/** What the oracle says about a writer with a planted fault, after one kill and one repetition. */
async function violationsOf(
  context: TestContext,
  fault: string,
  beforeOpening: (home: string) => void = () => undefined,
): Promise<Set<string>> {
  const random = createRandom(seed);
  const folder = makeFolder(context);
  const oracle = await makeSession(folder);
  const lines = makeLines(random, 40);
  const words = [wrongWriter, fault, oracle.sessionId];
  oracle.sending(lines);
  const run = await runAppender(
    { words, folder, moment: { kind: "after-answers", count: 20 } },
    lines,
    random,
  );
  assert.ok(run.wasKilled, run.stderr);
  oracle.answered(run.answers);
  beforeOpening(join(folder, "home"));
  await oracle.examine(join(folder, "home"));
  const again = await runAppender({ words, folder, moment: undefined }, lines, random);
  assert.equal(again.code, 0, again.stderr);
  await oracle.examine(join(folder, "home"));
  return new Set(oracle.violations.map(({ kind }) => kind));
}

/** Cuts the second half of the newest log file off, as a recovery would that takes what it does not like for torn. */
function dropLogTail(home: string): void {
  const folder = join(home, "production", "log");
  const newest = readdirSync(folder)
    .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
    .at(-1);
  const path = join(folder, newest ?? "");
  const bytes = readFileSync(path);
  truncateSync(path, bytes.lastIndexOf(0x0a, bytes.length / 2) + 1);
}

interface PrintedImport {
  imports: { balanced: boolean; conversations: { seen: number; failed: number }; alreadyImported: boolean }[];
}

describe("import, killed at random moments", () => {
  test("is there whole or not at all, and comes to its end when it is run again", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const { archive, whole, durationMs } = await importWhole(t);
    const counts = {
      moments: 0,
      early: 0,
      nothing: 0,
      everything: 0,
      killedAgain: 0,
      conversations: whole.sessions.size,
    };
    for (let attempt = 0; counts.moments < importMoments; attempt += 1) {
      const random = createRandom(seed + attempt);
      const folder = mkdtempSync(join(tmpdir(), "chatty-kill-"));
      try {
        const words = [program, "import", archive, "--json"];
        const kills = random.below(3) === 0 ? 2 : 1;
        let kill = 0;
        for (; kill < kills; kill += 1) {
          const moment: KillMoment = { kind: "after-ms", ms: 100 + random.below(durationMs) };
          const run = await runUntilKilled({ words, folder, moment });
          if (!run.wasKilled) break;
        }
        counts.moments += kill;
        if (kill === 0) counts.early += 1;
        if (kill === 2) counts.killedAgain += 1;
        const home = join(folder, "home");
        // Killed before it had made a vault: there is nothing to open.
        mkdirSync(home, { recursive: true });
        const afterKill = await readImported(home);
        const killed = examineKilled(afterKill, whole);
        assert.deepEqual(killed, [], report(killed));
        const isThere = afterKill.sessions.size > 0;
        counts[isThere ? "everything" : "nothing"] += 1;
        const { imports } = await ask<PrintedImport>(folder, ["import", archive]);
        const [receipt] = imports;
        assert.ok(receipt?.balanced === true && receipt.conversations.failed === 0, JSON.stringify(imports));
        assert.equal(receipt.alreadyImported, isThere);
        const repeated = examineRepeated(await readImported(home), afterKill, whole);
        assert.deepEqual(repeated, [], report(repeated));
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    }
    t.diagnostic(`import: ${JSON.stringify(counts)}, 0 violations`);
  });

  test("sees an import of which half is there, one that gives something else, and one that leaves things behind", async (t) => {
    const { whole } = await importWhole(t);
    const [first] = whole.sessions;
    assert.ok(first !== undefined);
    const half: ImportedState = {
      ...whole,
      sessions: new Map([...whole.sessions].slice(0, whole.sessions.size / 2)),
    };
    const changed = (change: Partial<ImportedSession>): ImportedState => ({
      ...whole,
      sessions: new Map([...whole.sessions, [first[0], { ...first[1], ...change }]]),
    });
    const nothing: ImportedState = { sessions: new Map(), problems: [], files: [] };
    const kinds = (violations: readonly ImportViolation[]): string[] => [
      ...new Set(violations.map(({ kind }) => kind)),
    ];
    assert.deepEqual(kinds(examineKilled(whole, whole)), []);
    assert.deepEqual(kinds(examineKilled(nothing, whole)), []);
    assert.deepEqual(kinds(examineKilled(half, whole)), ["half-there"]);
    assert.deepEqual(kinds(examineKilled(changed({ hash: "x" }), whole)), ["different"]);
    assert.deepEqual(kinds(examineKilled({ ...nothing, files: whole.files }, whole)), ["left-behind"]);
    assert.deepEqual(kinds(examineKilled({ ...whole, problems: ["one"] }, whole)), ["not-verified"]);
    assert.deepEqual(kinds(examineRepeated(whole, nothing, whole)), []);
    assert.deepEqual(kinds(examineRepeated(half, nothing, whole)), ["different"]);
    assert.deepEqual(kinds(examineRepeated(changed({ sessionId: "x" }), whole, whole)), ["renamed"]);
    assert.deepEqual(kinds(examineRepeated({ ...whole, files: [] }, whole, whole)), ["left-behind"]);
  });
});

/** An export, what importing it whole gives, and how long that takes from start to end. */
async function importWhole(
  context: TestContext,
): Promise<{ archive: string; whole: ImportedState; durationMs: number }> {
  const folder = makeFolder(context);
  const archive = join(folder, "export.zip");
  await writeBenchExport(archive, 4, 2);
  const startedMs = performance.now();
  await ask(folder, ["import", archive]);
  const durationMs = Math.round(performance.now() - startedMs);
  const whole = await readImported(join(folder, "home"));
  assert.ok(whole.sessions.size > 20 && whole.problems.length === 0);
  return { archive, whole, durationMs };
}
