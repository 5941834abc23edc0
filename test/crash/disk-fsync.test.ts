// A sync that fails for real: an image on a disk that is full itself takes what is written to it into the page cache and cannot give it a
// place. Afterwards the page cache shows what the disk does not have, and a further sync may say that all is well.
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import { isChattyError } from "@chatty/model";
import type { MessageId } from "@chatty/model";
import { openVault } from "@chatty/store";
import { createRandom } from "../fidelity/seeded-random.ts";
import { AppendOracle } from "./append-oracle.ts";
import { mountAt, reasonWithoutDisks } from "./disk-mount.ts";
import type { SmallDisk } from "./disk-mount.ts";
import { makeLines } from "./killed-process.ts";

const skip = reasonWithoutDisks();
const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const times = isFull ? 20 : 1;
const outerBytes = 24 * 1024 * 1024;
const imageBytes = 48 * 1024 * 1024;

interface FailingDisk {
  inner: SmallDisk;
  outer: SmallDisk;
  remove: () => void;
}

/** An ext4 image that is bigger than the disk it lies on. */
function makeFailingDisk(context: TestContext): FailingDisk {
  const base = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "chatty-fsync-"));
  const [below, above] = [join(base, "below"), join(base, "above")];
  mkdirSync(below);
  mkdirSync(above);
  const outer = mountAt(below, "tmpfs", outerBytes, "");
  const mounted: SmallDisk[] = [outer];
  const remove = (): void => {
    for (const disk of mounted.toReversed()) disk.unmount();
    rmSync(base, { recursive: true, force: true, maxRetries: 3 });
  };
  context.after(remove);
  const inner = mountAt(above, "ext4", imageBytes, join(below, "image"));
  mounted.push(inner);
  return { inner, outer, remove };
}

/** Writes and syncs until a sync fails. @returns whether one failed, and whether the next one of the same file was believed */
function plainWriter(folder: string): { hasFailed: boolean; isBelieved: boolean } {
  const descriptor = openSync(join(folder, "plain"), "w");
  try {
    for (let at = 0; at < 8 * 1024 * 1024; at += 65_536) {
      writeSync(descriptor, Buffer.alloc(65_536, 1), 0, 65_536, at);
      try {
        fdatasyncSync(descriptor);
      } catch {
        try {
          fdatasyncSync(descriptor);
          return { hasFailed: true, isBelieved: true };
        } catch {
          return { hasFailed: true, isBelieved: false };
        }
      }
    }
    return { hasFailed: false, isBelieved: false };
  } finally {
    closeSync(descriptor);
  }
}

describe("a vault on a disk whose sync fails", { skip }, () => {
  test("takes no more writes, has everything it acknowledged once caches are dropped, and goes on at a new start", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const counts = { times: 0, acknowledged: 0, refused: 0, inDoubt: 0 };
    for (let time = 0; time < times; time += 1) {
      const { inner, outer, remove } = makeFailingDisk(t);
      const random = createRandom(seed + time);
      const home = join(inner.folder, "home");
      const vault = await openVault({ home, environment: "production" });
      const { sessionId } = await vault.user().createSession({ title: "On a failing disk" });
      const oracle = new AppendOracle(sessionId);
      const codes: string[] = [];
      const append = async (count: number): Promise<void> => {
        const lines = makeLines(random, count);
        oracle.sending(lines);
        for (const { id, role, content } of lines) {
          try {
            oracle.answered(await vault.user().append(sessionId, [{ role, content, id: id as MessageId }]));
          } catch (error) {
            assert.ok(isChattyError(error), String(error));
            codes.push(error.code);
          }
        }
      };
      await append(20);
      assert.equal(codes.length, 0, codes.join(", "));
      outer.fillUpTo(random.below(200_000));
      for (let round = 0; round < 40 && codes.length === 0; round += 1) await append(50);
      assert.ok(codes.length > 0, "the disk never failed");
      const isInDoubt = codes.includes("STORAGE_IN_DOUBT");
      if (isInDoubt) {
        counts.inDoubt += 1;
        // For good: room alone does not make it trust the page cache again.
        outer.makeRoom();
        const before = codes.length;
        await append(3);
        assert.equal(codes.length, before + 3, "it went on after a failed sync");
      }
      outer.makeRoom();
      await vault.close().catch((error: unknown) => assert.ok(isChattyError(error), inspect(error)));
      // Only what is really on the disk is there afterwards.
      inner.remount();
      await oracle.examine(home);
      assert.deepEqual(oracle.violations, [], `seed ${seed}, time ${time}: ${codes.join(", ")}`);
      const again = await openVault({ home, environment: "production", create: false });
      await again.user().append(sessionId, [{ role: "user", content: "after a new start" }]);
      await again.close();
      counts.times += 1;
      counts.acknowledged += oracle.acknowledged.size;
      counts.refused += codes.length;
      remove();
    }
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.inDoubt > 0, "no sync failed");
  });

  test("sees a store that believes a sync that failed", async (t) => {
    const { inner, outer } = makeFailingDisk(t);
    const home = join(inner.folder, "home");
    const vault = await openVault({ home, environment: "production" });
    const { sessionId } = await vault.user().createSession({ title: "Believed" });
    const oracle = new AppendOracle(sessionId);
    outer.fillUpTo(0);
    const honest = fs.fdatasync;
    t.after(() => {
      fs.fdatasync = honest;
      syncBuiltinESMExports();
    });
    // The planted mistake.
    const believing = (descriptor: number, done: fs.NoParamCallback): void => {
      honest(descriptor, () => done(null));
    };
    fs.fdatasync = Object.assign(believing, { __promisify__: honest.__promisify__ });
    syncBuiltinESMExports();
    const lines = makeLines(createRandom(seed), 400);
    oracle.sending(lines);
    for (const { id, role, content } of lines) {
      const draft = { role, content, id: id as MessageId };
      // Whatever else of this store fails, only what it acknowledges counts.
      const answers = await vault
        .user()
        .append(sessionId, [draft])
        .catch(() => []);
      oracle.answered(answers);
    }
    await vault.close().catch(() => undefined);
    outer.makeRoom();
    inner.remount();
    await oracle.examine(home);
    t.diagnostic(`${oracle.acknowledged.size} were acknowledged`);
    assert.ok(oracle.violations.some(({ kind }) => kind === "lost" || kind === "does-not-open"));
  });

  test("is such a disk: the sync of a plain program fails, too", (t) => {
    const { inner, outer } = makeFailingDisk(t);
    outer.fillUpTo(0);
    const { hasFailed, isBelieved } = plainWriter(inner.folder);
    t.diagnostic(`a sync failed: ${hasFailed}; a second one said yes: ${isBelieved}`);
    assert.ok(hasFailed);
  });
});
