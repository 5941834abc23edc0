import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { openVault } from "../vault/open-vault.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const moments = isFull ? 200 : 8;

/** Files that work for so many changes and then fail for good, as if the process had died there. */
function dyingFiles(): { files: FilePort; dieAfter: (changes: number) => void; changes: () => number } {
  const real = nodeFiles();
  let left = Infinity;
  let count = 0;
  const change = <Result>(work: () => Result): Result => {
    count += 1;
    left -= 1;
    if (left < 0) throw Object.assign(new Error("gone"), { code: "EIO" });
    return work();
  };
  const wrap = (file: OpenFile): OpenFile => ({
    path: file.path,
    readAt: (into, position) => file.readAt(into, position),
    writeAt: (bytes, position) => change(() => file.writeAt(bytes, position)),
    sync: () => change(() => file.sync()),
    syncNow: () => change(() => file.syncNow()),
    truncate: (length) => change(() => file.truncate(length)),
    size: () => file.size(),
    isLinked: () => file.isLinked(),
    close: () => file.close(),
  });
  const files: FilePort = {
    ...real,
    open: (path, mode) => wrap(mode === "read" ? real.open(path, mode) : change(() => real.open(path, mode))),
    makeDirectory: (path) => change(() => real.makeDirectory(path)),
    rename: (from, to) => change(() => real.rename(from, to)),
    remove: (path) => change(() => real.remove(path)),
    removeDirectory: (path) => change(() => real.removeDirectory(path)),
    syncDirectory: (path) => change(() => real.syncDirectory(path)),
    setMode: (path, mode) => change(() => real.setMode(path, mode)),
  };
  return {
    files,
    dieAfter: (changes) => {
      left = changes;
      count = 0;
    },
    changes: () => count,
  };
}

async function damagedVault(t: TestContext): Promise<{ folder: string; journals: string[] }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-killed-repair-")));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const vault = await openVault({ home: join(folder, "home"), environment: "production" });
  const user = vault.user();
  const sessions = [await user.createSession({ title: "One" }), await user.createSession({ title: "Two" })];
  for (let number = 0; number < 10; number += 1) {
    for (const { sessionId } of sessions) {
      await user.append(sessionId, [{ role: "user", content: `words ${number} ${"x".repeat(60)}` }]);
    }
  }
  await vault.settle();
  await vault.close();
  const journals = sessions.map(({ sessionId }) =>
    join("vvault/users/shard_0000", user.userId, "instances/synth-001/sessions", sessionId, "messages.jsonl"),
  );
  for (const [index, path] of journals.entries()) {
    const absolute = join(folder, "home/production", path);
    const bytes = readFileSync(absolute);
    if (index === 0) bytes.fill(0, 1500, 1600);
    writeFileSync(absolute, index === 0 ? bytes : bytes.subarray(0, bytes.length - 700));
  }
  return { folder, journals };
}

/** The journal without what differs from one repair to the next: times, and what follows from them. */
function sense(path: string): string {
  return readFileSync(path, "utf8")
    .replaceAll(/"(?:prev|hash)":"[0-9a-f]*"/g, "")
    .replaceAll(/"(?:timestamp|commit)":\d+/g, "");
}

describe("a repair that dies", () => {
  test("leaves each journal as it was or as it will be, and the next repair ends the same", async (t) => {
    const { folder, journals } = await damagedVault(t);
    const copy = (name: string): string => {
      const home = join(folder, name);
      rmSync(home, { recursive: true, force: true });
      cpSync(join(folder, "home"), home, { recursive: true, preserveTimestamps: true });
      chmodSync(join(home, "production"), 0o700);
      return home;
    };
    const whole = copy("whole");
    const counted = dyingFiles();
    const first = await openVault({ home: whole, environment: "production" }, { files: counted.files });
    counted.dieAfter(Infinity);
    const reference = await first.repair();
    const changes = counted.changes();
    await first.close();
    assert.equal(reference.remaining.length, 0);
    assert.equal(reference.lost.length, 2);
    const expected = journals.map((path) => sense(join(whole, "production", path)));
    const damaged = journals.map((path) => sense(join(folder, "home/production", path)));
    let died = 0;
    for (let moment = 0; moment < Math.min(moments, changes); moment += 1) {
      const at = Math.floor((moment * changes) / Math.min(moments, changes));
      const home = copy("killed");
      const dying = dyingFiles();
      const vault = await openVault({ home, environment: "production" }, { files: dying.files });
      dying.dieAfter(at);
      await vault.repair().then(
        () => undefined,
        () => (died += 1),
      );
      // What could not be written at the end is what a killed process would not have written either.
      await vault.close().catch(() => undefined);
      for (const [index, path] of journals.entries()) {
        const file = join(home, "production", path);
        assert.ok(existsSync(file), `moment ${at}: ${path} is gone`);
        const now = sense(file);
        assert.ok(now === damaged[index] || now === expected[index], `moment ${at}: ${path} is neither`);
      }
      const again = await openVault({ home, environment: "production" });
      try {
        assert.deepEqual((await again.repair()).remaining, [], `moment ${at}`);
        assert.deepEqual((await again.verify()).problems, [], `moment ${at}`);
        for (const [index, path] of journals.entries()) {
          assert.equal(sense(join(home, "production", path)), expected[index], `moment ${at}`);
        }
        const { recovered, lost, quarantined } = await again.repair();
        assert.deepEqual([recovered, lost, quarantined], [0, [], []], `moment ${at}`);
      } finally {
        await again.close();
      }
    }
    t.diagnostic(`${changes} changes of files, died at ${died} of them`);
    assert.ok(died > 3);
  });
});
