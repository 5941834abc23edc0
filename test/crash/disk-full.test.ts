import assert from "node:assert/strict";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import type { MessageId } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { Vault } from "@chatty/store";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { AppendOracle } from "./append-oracle.ts";
import type { SentLine } from "./append-oracle.ts";
import { mountDisk, reasonWithoutDisks } from "./disk-mount.ts";
import type { DiskKind, SmallDisk } from "./disk-mount.ts";
import { makeLines, runAppender } from "./killed-process.ts";

const skip = reasonWithoutDisks();
const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const levels = isFull ? 200 : 8;
const diskBytes = 12 * 1024 * 1024;
const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

interface Counts {
  levels: number;
  acknowledged: number;
  refused: Record<string, number>;
  openedWhileFull: number;
  refusedToOpen: Record<string, number>;
}

const open = (home: string): Promise<Vault> => openVault({ home, environment: "production", create: false });

/** Appends lines, some of them together. @returns codes of the refusals */
async function append(
  vault: Vault,
  oracle: AppendOracle,
  lines: readonly SentLine[],
  acknowledges: boolean = true,
): Promise<string[]> {
  const codes: string[] = [];
  oracle.sending(lines);
  for (let at = 0; at < lines.length; at += 4) {
    await Promise.all(
      lines.slice(at, at + 4).map(async ({ id, role, content }) => {
        try {
          const answers = await vault
            .user()
            .append(oracle.sessionId, [{ role, content, id: id as MessageId }]);
          if (acknowledges) oracle.answered(answers);
        } catch (error) {
          assert.ok(isChattyError(error), `not in Chatty's words: ${String(error)}`);
          codes.push(error.code);
        }
      }),
    );
  }
  return codes;
}

function count(counts: Record<string, number>, codes: readonly string[]): void {
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
}

/** Fills a disk to a level while a vault works on it, and sees what becomes of that. */
async function workOnFullDisk(disk: SmallDisk, random: SeededRandom, counts: Counts): Promise<void> {
  const home = join(disk.folder, "home");
  let vault = await openVault({ home, environment: "production" });
  const { sessionId } = await vault.user().createSession({ title: "On a small disk" });
  const oracle = new AppendOracle(sessionId);
  assert.deepEqual(await append(vault, oracle, makeLines(random, 8)), []);
  disk.fillUpTo(random.below(random.pick([1, 16_384, 131_072, 600_000])));
  const codes = await append(vault, oracle, makeLines(random, 60));
  count(counts.refused, codes);
  // What is left of it as a killed process leaves it: recovery has to do without room, too.
  const isDoubted = codes.includes("STORAGE_IN_DOUBT");
  if (random.below(2) === 0) {
    const copy = join(disk.folder, "copy");
    disk.makeRoom();
    cpSync(home, copy, { recursive: true, filter: (path) => !/lock\.sqlite$|-shm$/.test(path) });
    await vault.close().catch(() => undefined);
    rmSync(home, { recursive: true });
    cpSync(copy, home, { recursive: true });
    chmodSync(join(home, "production"), 0o700);
    rmSync(copy, { recursive: true });
    disk.fillUpTo(random.below(random.pick([1, 131_072, 1_500_000])));
    try {
      vault = await open(home);
      counts.openedWhileFull += 1;
    } catch (error) {
      assert.ok(isChattyError(error), `not in Chatty's words: ${String(error)}`);
      assert.equal(error.code, "DISK_FULL");
      assert.match(error.hint ?? "", /Opening takes up to \d+ KiB/);
      count(counts.refusedToOpen, [error.code]);
      disk.makeRoom();
      vault = await open(home);
    }
    disk.makeRoom();
    assert.deepEqual(await append(vault, oracle, makeLines(random, 4)), []);
  } else {
    disk.makeRoom();
    const again = await append(vault, oracle, makeLines(random, 4));
    // Work goes on in the same process, unless the disk failed a sync.
    if (!isDoubted) assert.deepEqual(again, []);
  }
  await vault.close().catch((error: unknown) => assert.ok(isChattyError(error), String(error)));
  disk.remount();
  await oracle.examine(home);
  assert.deepEqual(oracle.violations, []);
  counts.acknowledged += oracle.acknowledged.size;
  counts.levels += 1;
  rmSync(home, { recursive: true });
}

async function manyLevels(t: TestContext, kind: DiskKind, times: number): Promise<void> {
  const disk = mountDisk(t, kind, diskBytes);
  const counts: Counts = { levels: 0, acknowledged: 0, refused: {}, openedWhileFull: 0, refusedToOpen: {} };
  t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
  const startedMs = performance.now();
  for (let level = 0; level < times; level += 1) {
    try {
      await workOnFullDisk(disk, createRandom(seed + level), counts);
    } catch (error) {
      throw new Error(`seed ${seed}, level ${level}`, { cause: error });
    }
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  t.diagnostic(`${kind}: ${JSON.stringify(counts)}, 0 violations, ${seconds} s`);
  assert.ok(Object.keys(counts.refused).length > 0, "the disk was never full");
}

describe("a vault on a disk that fills up", { skip }, () => {
  for (const kind of ["tmpfs", "ext4"] as const) {
    test(`keeps what it acknowledged and goes on once there is room: ${kind}`, async (t) => {
      await manyLevels(t, kind, Math.ceil(levels / 2));
    });
  }

  test("keeps what the real program acknowledged, and the next one goes on", async (t) => {
    const disk = mountDisk(t, "ext4", diskBytes);
    const home = join(disk.folder, "home");
    const vault = await openVault({ home, environment: "production" });
    const { sessionId } = await vault.user().createSession({ title: "For the program" });
    await vault.close();
    const random = createRandom(seed);
    const oracle = new AppendOracle(sessionId);
    const words = [program, "append", sessionId, "--lines", "--json"];
    disk.fillUpTo(500_000);
    const lines = makeLines(random, 400);
    oracle.sending(lines);
    const refused = await runAppender({ words, folder: disk.folder, moment: undefined }, lines, random);
    oracle.answered(refused.answers);
    assert.notEqual(refused.code, 0);
    assert.ok(refused.answers.length < lines.length);
    disk.makeRoom();
    disk.remount();
    const again = await runAppender({ words, folder: disk.folder, moment: undefined }, lines, random);
    assert.equal(again.code, 0, again.stderr);
    oracle.answered(again.answers);
    assert.equal(oracle.acknowledged.size, lines.length);
    await oracle.examine(home);
    assert.deepEqual(oracle.violations, []);
    t.diagnostic(`${refused.answers.length} of ${lines.length} were acknowledged before the disk was full`);
  });

  test("sees a writer that acknowledges what was refused", async (t) => {
    const disk = mountDisk(t, "tmpfs", diskBytes);
    const home = join(disk.folder, "home");
    const vault = await openVault({ home, environment: "production" });
    const { sessionId } = await vault.user().createSession({ title: "T" });
    const oracle = new AppendOracle(sessionId);
    disk.fillUpTo(0);
    const random = createRandom(seed);
    const lines = makeLines(random, 40);
    const codes = await append(vault, oracle, lines, false);
    assert.ok(codes.includes("DISK_FULL"), codes.join(", "));
    // The planted mistake: everything counts as acknowledged.
    oracle.answered(lines.map(({ id }, seq) => ({ sessionId, messageId: id, seq, hash: "" })));
    disk.makeRoom();
    await vault.close();
    await oracle.examine(home);
    assert.ok(oracle.violations.some(({ kind }) => kind === "lost"));
  });
});
