import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { openVault } from "../vault/open-vault.ts";
import {
  compareRestored,
  compareWithVault,
  manifestIds,
  messagesOf,
  readBackup,
} from "./testing/backup-oracle.ts";
import type { BackupViolation } from "./testing/backup-oracle.ts";
import { mergeBackup } from "./merge-backup.ts";
import { backupVault, restoreBackup } from "./vault-backups.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const backupsWanted = isFull ? 200 : 8;
const restoreKills = isFull ? 60 : 6;
const mergeKills = isFull ? 40 : 3;
const environment = "test";

/** The same seed gives the same choices (a linear congruential generator, as in the C standard's example). */
function createRandom(start: number): (limit: number) => number {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-killed-backup-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

function url(name: string): string {
  return JSON.stringify(new URL(name, import.meta.url).href);
}

/**
 * Appends to several sessions, attaches files, renames, purges and changes settings, while it takes one backup after the other.
 * It says what is acknowledged (`A message`), when a backup begins (`B`) and is there (`M id`), and what is about to be purged.
 */
const loadedBackups = (home: string, backups: string): string => `
  import { openVault } from ${url("../vault/open-vault.ts")};
  import { backupVault } from ${url("./vault-backups.ts")};
  const vault = await openVault({ home: ${JSON.stringify(home)}, environment: "${environment}" });
  const user = vault.user();
  const tell = (line) => new Promise((resolve) => process.stdout.write(line + "\\n", resolve));
  async function* bytes(text) { yield Buffer.from(text); }
  async function write(turn) {
    let session = (await user.createSession({ title: "load " + turn })).sessionId;
    for (let index = 0; ; index += 1) {
      const drafts = [{ role: "user", content: "said " + index + " " + "words ".repeat(index % 90) }];
      const files = index % 25 === 7 ? [{ name: "note.txt", bytes: bytes("file " + turn + " " + index) }] : [];
      const [{ messageId }] = await user.append(session, drafts, files);
      await tell("A " + messageId + " " + session);
      if (index % 40 === 20) await user.renameSession(session, "title " + index);
      if (index % 10 === 3) await user.setSettings({ counted: index });
      if (index % 60 === 59) {
        if (turn === 0) {
          await tell("P " + session);
          await user.deleteSession(session);
          await user.purgeSession(session);
        }
        session = (await user.createSession({ title: "load " + turn + " " + index })).sessionId;
      }
    }
  }
  const fail = (error) => { console.error(error); process.exit(1); };
  for (const turn of [0, 1, 2]) write(turn).catch(fail);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await tell("B");
    const backup = await backupVault(vault, ${JSON.stringify(backups)}, { test: false }).catch(fail);
    await tell("M " + backup.backupId);
  }`;

interface Load {
  /** Messages acknowledged before the n-th backup of this process began; the last one counts for all later manifests. */
  acknowledgedBefore: Set<string>[];
  finished: string[];
  acknowledged: Map<string, string>;
  purged: Set<string>;
}

/** Runs the load until it is killed: after some milliseconds, or when it has told of so many backups. */
async function runLoad(code: string, until: { ms: number; backups: number }): Promise<Load> {
  const load: Load = { acknowledgedBefore: [], finished: [], acknowledged: new Map(), purged: new Set() };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit, signal) => resolve({ code: exit, signal }));
  });
  let complaint = "";
  let rest = "";
  let timer: NodeJS.Timeout | undefined;
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [what, id = "", session = ""] = line.split(" ");
      if (what === "A") load.acknowledged.set(id, session);
      if (what === "P") load.purged.add(id);
      if (what === "M") load.finished.push(id);
      if (what === "B") {
        load.acknowledgedBefore.push(new Set(load.acknowledged.keys()));
        // The moment counts from the first backup on, so that it falls into one.
        if (load.finished.length >= until.backups - 1)
          timer ??= setTimeout(() => child.kill("SIGKILL"), until.ms);
      }
    }
  });
  const { code: exit, signal } = await closed;
  clearTimeout(timer);
  assert.equal(signal, "SIGKILL", `it ended by itself (${exit}): ${complaint}`);
  return load;
}

describe("backups under load, killed at random moments", () => {
  test("are whole where there is a manifest, and hold every message that was acknowledged before", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats the choices)`);
    const started = performance.now();
    const random = createRandom(seed);
    const counts = { backups: 0, kills: 0, cutShort: 0, unannounced: 0, restored: 0, messages: 0, files: 0 };
    const violations: BackupViolation[] = [];
    while (counts.backups < backupsWanted) {
      const folder = makeFolder(t);
      const [home, backups] = [join(folder, "home"), join(folder, "backups")];
      const acknowledged = new Set<string>();
      const sessionOf = new Map<string, string>();
      const purged = new Set<string>();
      const examined = new Set<string>();
      for (let run = 0; run < 5 && counts.backups < backupsWanted; run += 1) {
        const load = await runLoad(loadedBackups(home, backups), { ms: random(120), backups: 1 + random(4) });
        counts.kills += 1;
        if (load.acknowledgedBefore.length > load.finished.length) counts.cutShort += 1;
        for (const session of load.purged) purged.add(session);
        for (const [id, session] of load.acknowledged) sessionOf.set(id, session);
        const vault = await openVault({ home, environment });
        const { root } = vault;
        await vault.close();
        for (const backupId of manifestIds(backups)) {
          if (examined.has(backupId)) continue;
          examined.add(backupId);
          counts.backups += 1;
          const turn = load.finished.indexOf(backupId);
          if (turn === -1) counts.unannounced += 1;
          const read = readBackup(backups, backupId, violations);
          compareWithVault(read, root, purged, violations);
          const held = messagesOf(read);
          const mine =
            load.acknowledgedBefore[turn === -1 ? load.finished.length : turn] ?? new Set<string>();
          for (const id of [...acknowledged, ...mine]) {
            if (held.has(id) || purged.has(sessionOf.get(id) ?? "")) continue;
            violations.push({ kind: "lost", detail: `${backupId}: message ${id}` });
          }
          counts.messages += held.size;
          counts.files += read.files.size;
          const target = join(folder, `restored-${backupId}`);
          const report = await restoreBackup({ from: backups, backupId, home: target });
          assert.deepEqual(report.problems, [], `seed ${seed}`);
          assert.ok(report.verified);
          compareRestored(read, report.path, violations);
          rmSync(target, { recursive: true });
          counts.restored += 1;
        }
        for (const id of load.acknowledged.keys()) acknowledged.add(id);
      }
    }
    assert.deepEqual(violations.slice(0, 10), [], `seed ${seed}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    t.diagnostic(`${JSON.stringify(counts)}, 0 violations, ${seconds} s`);
  });
});

/** Restores in a process that kills itself before its n-th change of a file; 0 lets it live. */
const restoreKilledAt = (backups: string, home: string, killAt: number): string => `
  import { nodeFiles } from ${url("../files/node-files.ts")};
  import { watchFiles } from ${url("../testing/watched-files.ts")};
  import { restoreBackup } from ${url("./vault-backups.ts")};
  const changing = ["write", "truncate", "rename", "remove", "remove-directory", "make-directory", "sync", "sync-directory", "set-mode"];
  let changes = 0;
  const files = watchFiles(nodeFiles(), { before: ({ kind }) => {
    if (!changing.includes(kind)) return;
    changes += 1;
    if (changes === ${killAt}) process.kill(process.pid, "SIGKILL");
  } });
  const report = await restoreBackup({ from: ${JSON.stringify(backups)}, home: ${JSON.stringify(home)} }, undefined, files);
  console.log(JSON.stringify({ changes, verified: report.verified }));`;

async function runScript(code: string): Promise<{ wasKilled: boolean; output: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_code, name) => resolve(name));
  });
  assert.ok(signal === "SIGKILL" || output !== "", complaint);
  return { wasKilled: signal === "SIGKILL", output };
}

describe("a restoring, killed at any of its changes", () => {
  test("leaves nothing in the place, or the whole vault, and the next one goes through", async (t) => {
    const folder = makeFolder(t);
    const backups = join(folder, "backups");
    const vault = await openVault({ home: join(folder, "home"), environment });
    const user = vault.user();
    const { sessionId } = await user.createSession({ title: "To be restored" });
    for (let index = 0; index < 12; index += 1)
      await user.append(sessionId, [{ role: "user", content: `${index}` }]);
    await backupVault(vault, backups, { test: false });
    await vault.close();
    const whole = await runScript(restoreKilledAt(backups, join(folder, "counted"), 0));
    const { changes } = JSON.parse(whole.output) as { changes: number };
    const counts = { moments: 0, nothing: 0, all: 0, changes };
    const random = createRandom(seed);
    const moments = new Set<number>();
    // The last changes are those around the swap.
    for (let back = 0; back < restoreKills / 2; back += 1) moments.add(changes - back);
    while (moments.size < Math.min(restoreKills, changes)) moments.add(1 + random(changes));
    for (const moment of moments) {
      const home = join(folder, `killed-${moment}`);
      const { wasKilled } = await runScript(restoreKilledAt(backups, home, moment));
      counts.moments += wasKilled ? 1 : 0;
      const isThere = existsSync(join(home, environment));
      if (isThere) {
        counts.all += 1;
        await assert.rejects(restoreBackup({ from: backups, home }), /not empty/);
        assert.deepEqual(readdirSync(home), [environment], `moment ${moment}: nothing is left beside`);
      } else {
        counts.nothing += 1;
        const report = await restoreBackup({ from: backups, home });
        assert.ok(report.verified, `moment ${moment}`);
        assert.deepEqual(
          readdirSync(home),
          [environment],
          `moment ${moment}: what was left behind is removed`,
        );
      }
      const restored = await openVault({ home, environment, create: false });
      const conversation = await restored.user().show(sessionId);
      const { problems } = await restored.verify();
      await restored.close();
      assert.equal(conversation.messages.length, 12, `moment ${moment}`);
      assert.deepEqual(problems, [], `moment ${moment}`);
    }
    t.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`);
    assert.ok(counts.nothing > 0);
  });
});

/** Merges in a process that kills itself before its n-th change of a file, counted from the first one of the merging; 0 lets it live. */
const mergeKilledAt = (backups: string, home: string, killAt: number): string => `
  import { nodeFiles } from ${url("../files/node-files.ts")};
  import { watchFiles } from ${url("../testing/watched-files.ts")};
  import { openVault } from ${url("../vault/open-vault.ts")};
  import { mergeBackup } from ${url("./merge-backup.ts")};
  const changing = ["write", "truncate", "rename", "remove", "sync", "sync-directory"];
  let changes = 0;
  let isMerging = false;
  const files = watchFiles(nodeFiles(), { before: ({ kind, path }) => {
    if (!isMerging || path.includes(".restoring-") || !changing.includes(kind)) return;
    changes += 1;
    if (changes === ${killAt}) process.kill(process.pid, "SIGKILL");
  } });
  const vault = await openVault({ home: ${JSON.stringify(home)}, environment: "${environment}" }, { files });
  isMerging = true;
  await mergeBackup(vault, ${JSON.stringify(backups)});
  isMerging = false;
  console.log(JSON.stringify({ changes }));
  await vault.close();`;

describe("a merging, killed at any change of the vault", () => {
  test("leaves a sound vault, and the next one brings what is left", async (t) => {
    const folder = makeFolder(t);
    const [home, backups, copy] = [join(folder, "home"), join(folder, "backups"), join(folder, "copy")];
    const vault = await openVault({ home, environment });
    const user = vault.user();
    await backupVault(vault, backups, { test: false });
    await restoreBackup({ from: backups, home: copy });
    const said = new Map<string, string[]>();
    for (let index = 0; index < 4; index += 1) {
      const { sessionId } = await user.createSession({ title: `late ${index}` });
      await user.append(sessionId, [{ role: "user", content: "with a file" }], [fileOf(`file ${index}`)]);
      await user.append(sessionId, [{ role: "user", content: `last ${index}` }]);
      await user.setStarred(sessionId, true);
      const { messages } = await user.show(sessionId);
      said.set(
        sessionId,
        messages.map(({ id }) => id),
      );
    }
    await backupVault(vault, backups, { test: false });
    await vault.close();
    const counted = copyOf(copy, join(folder, "counted"));
    const { changes } = JSON.parse((await runScript(mergeKilledAt(backups, counted, 0))).output) as {
      changes: number;
    };
    const random = createRandom(seed);
    // The first changes bring files, the last ones take away what only the merging needed.
    const moments = new Set<number>([changes, ...(isFull ? [1, 2, 3, 4] : [2])]);
    while (moments.size < Math.min(mergeKills, changes)) moments.add(1 + random(changes));
    for (const moment of moments) {
      const target = copyOf(copy, join(folder, `merged-${moment}`));
      await runScript(mergeKilledAt(backups, target, moment));
      const merged = await openVault({ home: target, environment });
      assert.deepEqual((await merged.verify()).problems, [], `moment ${moment}`);
      await mergeBackup(merged, backups);
      for (const [sessionId, ids] of said) {
        const { messages, session } = await merged.user().show(sessionId);
        const there = messages.map(({ id }) => id);
        assert.deepEqual([there, session.starred], [ids, true], `moment ${moment}`);
      }
      assert.deepEqual((await merged.verify()).problems, [], `moment ${moment}`);
      const again = await mergeBackup(merged, backups);
      assert.equal(
        Object.values(again.added).reduce((sum, count) => sum + count, 0),
        0,
        `moment ${moment}: nothing is left to add`,
      );
      await merged.close();
    }
    t.diagnostic(`seed ${seed}: killed at ${moments.size} of ${changes} changes`);
  });
});

function copyOf(home: string, to: string): string {
  cpSync(home, to, { recursive: true });
  chmodSync(join(to, environment), 0o700);
  return to;
}

function fileOf(text: string): { name: string; bytes: AsyncIterable<Uint8Array> } {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield Buffer.from(text);
  }
  return { name: "note.txt", bytes: bytes() };
}
