import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import {
  backupVault,
  defaultBackupFolder,
  listBackups,
  mergeBackup,
  restoreBackup,
  startBackupSchedule,
} from "@chatty/store";
import type { ScheduleClock } from "@chatty/store";
import { exportReader } from "@chatty/importers";
import { openTestVault } from "./open-test-vault.ts";
import { everyPage, fillVault, inVault, makeFolder, showEverything } from "./full-vault.ts";
import { listFiles } from "./vault-files.ts";

const dayMs = 24 * 60 * 60 * 1000;

function refuses(code: string): (error: unknown) => boolean {
  return (error) => isChattyError(error, code);
}

/** Files of a vault that are true, with their bytes, but for those that opening a vault goes on in. */
function trueFiles(root: string): Map<string, string> {
  const kept = [...listFiles(root)].filter(
    ([path]) =>
      /\/messages\.jsonl$|\/archives\/|\/files\/|\/packs\/|\/runtime_selections\.jsonl$|^vault\.json$/.test(
        path,
      ) && !path.startsWith("backups/"),
  );
  return new Map(kept.map(([path]) => [path, readFileSync(join(root, path)).toString("base64")]));
}

/** Transcripts and readable views: left out of backups, and made again. */
function texts(root: string): Map<string, string> {
  const kept = [...listFiles(root)].filter(([path]) => path.endsWith(".md"));
  return new Map(kept.map(([path]) => [path, readFileSync(join(root, path), "utf8")]));
}

let filled: Promise<string> | undefined;

/**
 * A copy of a vault that holds everything one can hold (`home`), or of the same one when it was new (`new`): making it takes longer
 * than anything that is tested with it.
 */
async function copyFilled(which: "home" | "new", to: string): Promise<void> {
  filled ??= (async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-filled-")));
    await inVault(join(folder, "home"), async (_user, vault) => await vault.settle());
    cpSync(join(folder, "home"), join(folder, "new"), { recursive: true });
    await fillVault(join(folder, "home"), folder);
    return folder;
  })();
  cpSync(join(await filled, which), to, { recursive: true, preserveTimestamps: true });
  chmodSync(join(to, "production"), 0o700);
}

after(async () => {
  if (filled !== undefined) rmSync(await filled, { recursive: true, force: true, maxRetries: 3 });
});

describe("backupVault and restoreBackup", () => {
  test("bring everything back that a vault can hold", async (t) => {
    const folder = makeFolder(t);
    const [home, backups] = [join(folder, "home"), join(folder, "backups")];
    await copyFilled("home", home);
    const before = await inVault(home, async (user, vault) => {
      await vault.rebuild("all");
      const backup = await backupVault(vault, backups);
      assert.deepEqual([backup.verified, backup.problems, backup.test?.problems], [true, [], []]);
      return { pages: everyPage(user), shown: await showEverything(user), root: vault.root };
    });
    const report = await restoreBackup({ from: backups, home: join(folder, "new") }, exportReader);
    assert.ok(report.verified);
    assert.deepEqual(trueFiles(report.path), trueFiles(before.root));
    await inVault(join(folder, "new"), async (user, vault) => {
      assert.deepEqual(everyPage(user), before.pages);
      assert.deepEqual(await showEverything(user), before.shown);
      // Derived rows and packs are those that this version makes.
      const rebuilt = await vault.rebuild("all");
      assert.deepEqual(rebuilt.differences, []);
      assert.deepEqual((await vault.verify()).problems, []);
    });
    assert.deepEqual(texts(report.path), texts(before.root));
    assert.equal(statSync(report.path).mode & 0o777, 0o700);
  });

  test("write only what is new the second time", async (t) => {
    const opened = await openTestVault(t);
    const backups = join(opened.folder, "backups");
    const { sessionId } = await opened.user.createSession({ title: "Long" });
    const text = "x".repeat(50_000);
    for (let index = 0; index < 40; index += 1)
      await opened.user.append(sessionId, [{ role: "user", content: text }]);
    const bytes = Buffer.alloc(3_000_000, 7);
    await opened.user.addKnowledgeFile("synth-001", {
      name: "big.bin",
      bytes: (async function* () {
        await Promise.resolve();
        yield bytes;
      })(),
    });
    const first = await backupVault(opened.vault, backups, { test: false });
    assert.ok(first.newBytes > 5_000_000);
    await opened.user.append(sessionId, [{ role: "user", content: "one more" }]);
    const second = await backupVault(opened.vault, backups, { test: false });
    assert.ok(second.newBytes < 600_000, `${second.newBytes} bytes were written again`);
    for (let index = 0; index < 40; index += 1) {
      await opened.user.append(sessionId, [{ role: "user", content: `and ${index}` }]);
      await backupVault(opened.vault, backups, { test: false });
    }
    const last = await backupVault(opened.vault, backups);
    assert.ok(last.verified);
    assert.equal(listBackups(backups).backups.length, 43);
  });

  test("refuse what would mix or overwrite, and change nothing", async (t) => {
    const opened = await openTestVault(t);
    const other = await openTestVault(t);
    const backups = join(opened.folder, "backups");
    await backupVault(opened.vault, backups);
    const foreign = join(opened.folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "mine.txt"), "mine");
    await assert.rejects(backupVault(opened.vault, foreign), refuses("BACKUP_PLACE_FOREIGN"));
    assert.deepEqual(readdirSync(foreign), ["mine.txt"]);
    await assert.rejects(backupVault(other.vault, backups), refuses("BACKUP_OF_OTHER_VAULT"));
    await assert.rejects(
      backupVault(opened.vault, join(opened.root, "vvault", "b")),
      refuses("BACKUP_INSIDE_VAULT"),
    );
    await assert.rejects(
      restoreBackup({ from: backups, home: opened.home }),
      refuses("RESTORE_TARGET_NOT_EMPTY"),
    );
    await assert.rejects(
      restoreBackup({ from: foreign, home: join(opened.folder, "n") }),
      refuses("BACKUP_PLACE_FOREIGN"),
    );
    const backupId = "20200101T000000000Z-00000000";
    const missing = restoreBackup({ from: backups, backupId, home: join(opened.folder, "n") });
    await assert.rejects(missing, refuses("BACKUP_NOT_FOUND"));
    const first = backupVault(opened.vault, backups, { test: false });
    await assert.rejects(backupVault(opened.vault, backups), refuses("BACKUP_BUSY"));
    await first;
  });

  test("tell in a dry run what would be there, and make nothing", async (t) => {
    const opened = await openTestVault(t);
    const backups = join(opened.folder, "backups");
    const taken = await backupVault(opened.vault, backups, { test: false });
    const home = join(opened.folder, "new");
    const report = await restoreBackup({ from: backups, home, dryRun: true });
    assert.deepEqual(
      [report.files, report.bytes, report.manifestHash],
      [taken.files, taken.bytes, taken.manifestHash],
    );
    assert.deepEqual([report.verified, report.problems], [false, []]);
    assert.ok(!readdirSync(opened.folder).includes("new"));
  });

  test("stop when they are told to, and leave nothing half-done", async (t) => {
    const opened = await openTestVault(t);
    const backups = join(opened.folder, "backups");
    const stop = new AbortController();
    const stopped = backupVault(opened.vault, backups, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assert.rejects(stopped, { name: "AbortError" });
    assert.deepEqual(listBackups(backups).backups, []);
    await backupVault(opened.vault, backups, { test: false });
    const home = join(opened.folder, "new");
    const again = new AbortController();
    const options = { from: backups, home, signal: again.signal, onProgress: () => again.abort() };
    await assert.rejects(restoreBackup(options), { name: "AbortError" });
    assert.deepEqual(readdirSync(home), []);
  });

  test("tell of a damaged backup, and the next backup copies anew what is damaged", async (t) => {
    const opened = await openTestVault(t);
    const backups = join(opened.folder, "backups");
    const { sessionId } = await opened.user.createSession({ title: "Damaged" });
    await opened.user.append(sessionId, [{ role: "user", content: "y".repeat(400_000) }]);
    await backupVault(opened.vault, backups);
    const objects = join(backups, "objects");
    const paths = [...listFiles(objects).keys()].map((path) => join(objects, path));
    const [longest] = paths.sort((left, right) => statSync(right).size - statSync(left).size);
    assert.ok(longest);
    writeFileSync(longest, Buffer.alloc(statSync(longest).size));
    const second = await backupVault(opened.vault, backups);
    assert.deepEqual(
      [second.verified, second.test?.problems.map(({ code }) => code)],
      [false, ["BACKUP_DAMAGED"]],
    );
    assert.deepEqual(
      listBackups(backups).backups.map(({ verified }) => verified),
      [true, false],
    );
    const third = await backupVault(opened.vault, backups);
    assert.ok(third.verified);
  });
});

describe("the vault's own folder of backups", () => {
  test("has nothing left of what was purged once a younger backup was found good", async (t) => {
    const opened = await openTestVault(t);
    const own = defaultBackupFolder(opened.vault);
    const elsewhere = join(opened.folder, "elsewhere");
    const canary = "canary-5e1f0c";
    const { sessionId } = await opened.user.createSession({ title: `About ${canary}` });
    await opened.user.append(sessionId, [{ role: "user", content: `${canary} ${"sings ".repeat(200)}` }]);
    await opened.user.setDraft(sessionId, `${canary} in a draft`);
    for (const folder of [own, elsewhere]) await backupVault(opened.vault, folder, { test: false });
    assert.ok(holding(own, canary) > 0);
    await opened.user.deleteSession(sessionId);
    await opened.user.purgeSession(sessionId);
    for (const folder of [own, elsewhere]) await backupVault(opened.vault, folder, { test: false });
    assert.equal(holding(own, canary), 0);
    assert.equal(listBackups(own).backups.length, 1);
    assert.ok(listBackups(own).backups[0]?.verified);
    assert.ok(holding(elsewhere, canary) > 0, "folders elsewhere keep what they have");
  });
});

/** Files below a folder in which a text stands. */
function holding(folder: string, text: string): number {
  return [...listFiles(folder).keys()].filter((path) => readFileSync(join(folder, path)).includes(text))
    .length;
}

/** A clock that stands still until it is moved. */
function movedClock(start: number): ScheduleClock & { move: (to: number) => void } {
  let now = start;
  let waiting: { at: number; work: () => void }[] = [];
  return {
    now: () => now,
    after: (delayMs, work) => {
      const entry = { at: now + delayMs, work };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((each) => each !== entry);
      };
    },
    move: (to) => {
      now = to;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { work } of due) work();
    },
  };
}

describe("startBackupSchedule", () => {
  test("takes a backup a day, thins, and goes on where an earlier program stopped", async (t) => {
    const start = Date.UTC(2026, 0, 1, 12);
    const clock = movedClock(start);
    const opened = await openTestVault(t, clock.now);
    const failures: unknown[] = [];
    let told = Promise.withResolvers<undefined>();
    const options = {
      clock,
      keep: { hourly: 1, daily: 3, monthly: 1 },
      onBackup: () => told.resolve(undefined),
      onFailure: (error: unknown) => failures.push(error),
    };
    let schedule = startBackupSchedule(opened.vault, options);
    for (let day = 0; day < 6; day += 1) {
      told = Promise.withResolvers<undefined>();
      clock.move(start + day * dayMs + (day + 2) * 60_000);
      await told.promise;
      // What follows a backup comes a turn later.
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (day === 3) {
        await schedule.stop();
        schedule = startBackupSchedule(opened.vault, options);
      }
    }
    await schedule.stop();
    const { backups } = listBackups(join(opened.root, "backups"));
    const days = backups.map(({ at, verified }) => [new Date(at).toISOString().slice(8, 10), verified]);
    // Tested once a week: the first one stays although its day is over.
    assert.deepEqual(days, [
      ["01", true],
      ["04", false],
      ["05", false],
      ["06", false],
    ]);
    assert.deepEqual(failures, []);
  });

  test("tries again after an hour, and says why it failed", async (t) => {
    const start = Date.UTC(2026, 0, 1, 12);
    const clock = movedClock(start);
    const opened = await openTestVault(t, clock.now);
    const folder = join(opened.folder, "occupied");
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.txt"), "mine");
    const failed = Promise.withResolvers<unknown>();
    const schedule = startBackupSchedule(opened.vault, { clock, folder, onFailure: failed.resolve });
    clock.move(start + 60_000);
    assert.ok(isChattyError(await failed.promise, "BACKUP_PLACE_FOREIGN"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(schedule.nextDueAt, start + 60_000 + 60 * 60 * 1000);
    await schedule.stop();
  });
});

describe("mergeBackup", () => {
  test("adds imports, files and rows that are missing, once, and overwrites nothing", async (t) => {
    const folder = makeFolder(t);
    const [home, backups] = [join(folder, "home"), join(folder, "backups")];
    const copy = join(folder, "copy");
    await copyFilled("home", home);
    await copyFilled("new", copy);
    await inVault(
      copy,
      async (user) => void (await user.renameSession("synth-001_chat_with_synth-001", "Mine")),
    );
    const whole = await inVault(home, async (user, vault) => {
      await backupVault(vault, backups, { test: false });
      return { shown: await showEverything(user), imports: user.imports().length };
    });
    await inVault(copy, async (user, vault) => {
      const counted = await mergeBackup(vault, backups, { dryRun: true });
      const report = await mergeBackup(vault, backups);
      assert.deepEqual(report.problems, []);
      assert.ok(report.added.imports > 0 && report.added.files > 0 && report.added.sessions > 0);
      const { records: _counted, ...expected } = counted.added;
      const { records: _added, ...added } = report.added;
      assert.deepEqual(added, expected);
      assert.equal(user.imports().length, whole.imports);
      assert.equal(user.session("synth-001_chat_with_synth-001").title, "Mine");
      const shown = await showEverything(user);
      for (const [sessionId, { messages }] of whole.shown) {
        const mine = new Set(shown.get(sessionId)?.messages.map(({ id }) => id));
        for (const { id } of messages) assert.ok(mine.has(id), `${sessionId} lacks ${id}`);
      }
      assert.deepEqual((await vault.verify()).problems, []);
      const again = await mergeBackup(vault, backups);
      assert.deepEqual(
        Object.values(again.added).filter((count) => count > 0),
        [],
        JSON.stringify(again.added),
      );
    });
  });
});
