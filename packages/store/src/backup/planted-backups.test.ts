import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import type { UserVault, Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";
import { BackupPlace } from "./backup-place.ts";
import type { PieceReader } from "./object-store.ts";
import { restoreFiles } from "./restore-files.ts";
import { takeBackup } from "./take-backup.ts";
import { compareWithVault, manifestIds, readBackup } from "./testing/backup-oracle.ts";
import type { BackupViolation } from "./testing/backup-oracle.ts";
import { sweepObjects } from "./thin-backups.ts";
import { backupVault, partsOf, restoreBackup } from "./vault-backups.ts";
import { snapshotSource } from "./vault-snapshot.ts";
import type { SnapshotSource } from "./vault-snapshot.ts";

interface Opened {
  folder: string;
  backups: string;
  vault: Vault;
  user: UserVault;
  sessionId: string;
}

async function openFilled(t: TestContext): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-planted-backup-"));
  const vault = await openVault({ home: join(folder, "home"), environment: "test" });
  t.after(async () => {
    await vault.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  const user = vault.user();
  const { sessionId } = await user.createSession({ title: "Backed up" });
  await say(user, sessionId, 20);
  return { folder, backups: join(folder, "backups"), vault, user, sessionId };
}

async function say(user: UserVault, sessionId: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await user.append(sessionId, [{ role: "user", content: `message ${index} `.repeat(20) }]);
  }
}

/** What the oracle says about every backup of the folder. */
function violationsIn({ backups, vault }: Opened): Set<BackupViolation["kind"]> {
  const violations: BackupViolation[] = [];
  for (const backupId of manifestIds(backups)) {
    const read = readBackup(backups, backupId, violations);
    compareWithVault(read, vault.root, new Set(), violations);
  }
  return new Set(violations.map(({ kind }) => kind));
}

/** Puts objects in their place only behind the manifest, and dies right after it. */
function manifestFirst(inner: FilePort): FilePort {
  const held = new Map<string, string>();
  let isDead = false;
  return {
    ...inner,
    status: (path) => inner.status(held.get(path) ?? path),
    rename: (from, to) => {
      if (isDead) throw new Error("This process is dead.");
      if (to.includes("/objects/")) held.set(to, from);
      else inner.rename(from, to);
      isDead = to.includes("/manifests/") && to.endsWith(".json");
    },
  };
}

/** Takes files as long as they are by now. */
function beyondDurable(source: SnapshotSource, work: () => Promise<void>): SnapshotSource {
  return {
    ...source,
    snapshot: async () => {
      const snapshot = await source.snapshot();
      await work();
      return {
        ...snapshot,
        mark: (path) => {
          const mark = snapshot.mark(path);
          if (mark === undefined) return undefined;
          const bytes = readFileSync(join(source.root, path));
          const last = bytes.toString("utf8").trimEnd().split("\n").at(-1) ?? "{}";
          return { path, length: bytes.length, hash: (JSON.parse(last) as { hash: string }).hash };
        },
      };
    },
  };
}

/** Reads objects as they are. */
function unchecked(place: BackupPlace): PieceReader {
  return {
    async *read({ sha256 }) {
      await Promise.resolve();
      yield readFileSync(place.objects.pathOf(sha256));
    },
  };
}

describe("a wrong backup", () => {
  test("is seen when the manifest is written first", async (t) => {
    const opened = await openFilled(t);
    const { storage, vault } = partsOf(opened.vault);
    const place = BackupPlace.forWriting(manifestFirst(nodeFiles()), opened.backups, vault);
    await takeBackup(snapshotSource(storage, Date.now), place, vault).catch(() => undefined);
    place.close();
    assert.equal(manifestIds(opened.backups).length, 1);
    assert.ok(violationsIn(opened).has("object"));
  });

  test("is seen when files are copied beyond their durable length", async (t) => {
    const opened = await openFilled(t);
    const { storage, vault } = partsOf(opened.vault);
    const place = BackupPlace.forWriting(nodeFiles(), opened.backups, vault);
    const source = beyondDurable(snapshotSource(storage, Date.now), async () => {
      await say(opened.user, opened.sessionId, 3);
      storage.appended.flush();
    });
    await takeBackup(source, place, vault);
    place.close();
    assert.ok(violationsIn(opened).has("cut"));
  });

  test("is seen when thinning removes an object that another manifest names", async (t) => {
    const opened = await openFilled(t);
    const { vault } = partsOf(opened.vault);
    await backupVault(opened.vault, opened.backups, { test: false });
    await say(opened.user, opened.sessionId, 30);
    await backupVault(opened.vault, opened.backups, { test: false });
    assert.deepEqual([...violationsIn(opened)], []);
    const place = BackupPlace.forWriting(nodeFiles(), opened.backups, vault);
    await sweepObjects(place, [place.choose()]);
    place.close();
    assert.ok(violationsIn(opened).has("object"));
  });

  test("is seen when hashes are not checked, and refused when they are", async (t) => {
    const opened = await openFilled(t);
    await backupVault(opened.vault, opened.backups, { test: false });
    const place = BackupPlace.forReading(nodeFiles(), opened.backups);
    const manifest = place.choose();
    // The longest object is in the middle of what was said.
    const [longest] = [...place.objects.list()].sort((left, right) => right.length - left.length);
    assert.ok(longest);
    const path = place.objects.pathOf(longest.sha256);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const wrong = join(opened.folder, "wrong");
    await restoreFiles(nodeFiles(), unchecked(place), manifest, wrong);
    assert.ok(violationsIn(opened).has("object"), "the planted restoring took it, the oracle must not");
    const home = join(opened.folder, "new");
    await assert.rejects(restoreBackup({ from: opened.backups, home }), (error) =>
      isChattyError(error, "BACKUP_DAMAGED"),
    );
    assert.deepEqual(nodeFiles().list(home), []);
  });

  test("is not seen where nothing is wrong", async (t) => {
    const opened = await openFilled(t);
    await Promise.all([
      say(opened.user, opened.sessionId, 50),
      backupVault(opened.vault, opened.backups, { test: false }),
    ]);
    await backupVault(opened.vault, opened.backups);
    assert.deepEqual([...violationsIn(opened)], []);
  });
});
