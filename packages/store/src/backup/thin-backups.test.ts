import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { openVault } from "../vault/open-vault.ts";
import { createBackupId } from "./backup-manifest.ts";
import type { SealedManifest } from "./backup-manifest.ts";
import { assertNotShrinking, wouldShrink } from "./shrink-guard.ts";
import { backupsToKeep } from "./thin-backups.ts";
import type { ThinnedBackup } from "./thin-backups.ts";
import { backupVault, listBackups } from "./vault-backups.ts";

const hourMs = 60 * 60 * 1000;

function backupAt(at: number, ok?: boolean): ThinnedBackup {
  const backupId = createBackupId(at);
  const manifest: SealedManifest = {
    ...{ backupId, vaultId: "v", environment: "test", at, seq: 1, files: 1, bytes: 1, newBytes: 1 },
    ...{ sessions: 1, journalBytes: 1, list: { sha256: "", length: 0 }, problems: [], hash: "" },
    format: 1,
  };
  const test = { at, manifestHash: "", sessions: 1, records: 1, archives: 0, problems: [], durationMs: 1 };
  return { manifest, test: ok === undefined ? undefined : { ...test, ok } };
}

describe("backupsToKeep", () => {
  test("keeps the newest of each hour, day and month as far as it reaches", () => {
    const start = Date.UTC(2026, 0, 1);
    // Every half hour for ninety days.
    const backups = Array.from({ length: 90 * 48 }, (_, index) => backupAt(start + (index * hourMs) / 2));
    const kept = backupsToKeep(backups, { hourly: 5, daily: 4, monthly: 3 });
    const times = backups
      .filter(({ manifest }) => kept.has(manifest.backupId))
      .map(({ manifest }) => new Date(manifest.at).toISOString().slice(5, 16));
    assert.deepEqual(times, [
      "01-31T23:30",
      "02-28T23:30",
      "03-28T23:30",
      "03-29T23:30",
      "03-30T23:30",
      "03-31T19:30",
      "03-31T20:30",
      "03-31T21:30",
      "03-31T22:30",
      "03-31T23:30",
    ]);
  });

  test("never lets go of the newest one, nor of the newest one that was found good", () => {
    const start = Date.UTC(2026, 0, 1);
    const nothing = { hourly: 0, daily: 0, monthly: 0 };
    for (let good = 0; good < 40; good += 1) {
      const backups = Array.from({ length: 40 }, (_, index) =>
        backupAt(start + index * hourMs, index === good ? true : index > good ? false : undefined),
      );
      const kept = backupsToKeep(backups, nothing);
      const expected = new Set([backups[good], backups.at(-1)].map((backup) => backup?.manifest.backupId));
      assert.deepEqual(kept, expected);
    }
  });
});

describe("the guard against shrinking", () => {
  test("asks when less than half would be left of something that is worth it", () => {
    const before = { sessions: 10, bytes: 100_000 };
    assert.equal(wouldShrink(before, { sessions: 5, bytes: 50_000 }), false);
    assert.equal(wouldShrink(before, { sessions: 4, bytes: 90_000 }), true);
    assert.equal(wouldShrink(before, { sessions: 10, bytes: 49_999 }), true);
    assert.equal(wouldShrink({ sessions: 2, bytes: 900 }, { sessions: 0, bytes: 0 }), false);
    assert.throws(
      () => assertNotShrinking(before, { sessions: 0, bytes: 0 }, false, "empty"),
      (error) => isChattyError(error, "VAULT_WOULD_SHRINK"),
    );
    assertNotShrinking(before, { sessions: 0, bytes: 0 }, true, "empty");
  });

  test("keeps the backups of a vault that has lost more than half, until somebody says yes", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "chatty-thin-"));
    const vault = await openVault({ home: join(folder, "home"), environment: "test" });
    t.after(async () => {
      await vault.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    });
    const user = vault.user();
    const made: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      made.push((await user.createSession({ title: `${index}` })).sessionId);
    }
    const backups = join(folder, "backups");
    const full = await backupVault(vault, backups, { test: false });
    for (const sessionId of made) {
      await user.deleteSession(sessionId);
      await user.purgeSession(sessionId);
    }
    const keep = { hourly: 0, daily: 0, monthly: 0 };
    await assert.rejects(backupVault(vault, backups, { test: false, keep }), (error) =>
      isChattyError(error, "VAULT_WOULD_SHRINK"),
    );
    assert.equal(listBackups(backups).backups.length, 2, "the backup itself was taken");
    const { thinned } = await backupVault(vault, backups, { test: false, keep, confirmed: true });
    assert.ok(thinned?.removed.includes(full.backupId));
    assert.equal(listBackups(backups).backups.length, 1);
  });
});
