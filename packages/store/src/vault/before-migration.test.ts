import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import { migrations } from "../workspace/migrations.ts";
import { keepBeforeMigration } from "./before-migration.ts";
import { openVault } from "./open-vault.ts";

const environment = "test";
const lastName = migrations.at(-1)?.name ?? "";

/** A vault whose configuration says that it lacks the newest migration, so that the next start has one to do. */
async function olderVault(t: TestContext): Promise<{ home: string; root: string; sessionId: string }> {
  const home = mkdtempSync(join(tmpdir(), "chatty-older-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const vault = await openVault({ home, environment });
  const { sessionId } = await vault.user().createSession({ title: "Before the update" });
  const { root } = vault;
  await vault.close();
  const database = new DatabaseSync(join(root, "chatty.db"));
  database.prepare("DELETE FROM migrations WHERE name = ?").run(lastName);
  // What the migration makes is taken back, as far as it consists of tables.
  const made = migrations.at(-1)?.sql.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g) ?? [];
  for (const [, table] of made) database.exec(`DROP TABLE "${table ?? ""}"`);
  database.close();
  return { home, root, sessionId };
}

test("before a configuration is migrated it is kept as it was, with the log beside it", async (t) => {
  const { home, root, sessionId } = await olderVault(t);
  const log = readdirSync(join(root, "log"));
  const lines = log.map((name) => readFileSync(join(root, "log", name), "utf8"));
  const vault = await openVault({ home, environment });
  assert.equal(vault.user().session(sessionId).title, "Before the update");
  await vault.close();

  const [kept, ...others] = readdirSync(join(root, "before-updates"));
  assert.ok(kept !== undefined && others.length === 0);
  const folder = join(root, "before-updates", kept);
  assert.deepEqual(
    log.map((name) => readFileSync(join(folder, name), "utf8")),
    lines,
  );
  assert.equal(statSync(join(folder, "chatty.db")).mode & 0o077, 0, "nobody else may read it");
  const database = new DatabaseSync(join(folder, "chatty.db"), { readOnly: true });
  t.after(() => database.close());
  const names = database.prepare("SELECT name FROM migrations").all();
  assert.ok(!names.some(({ name }) => name === lastName), "it is the older one");

  const again = await openVault({ home, environment });
  await again.close();
  assert.equal(
    readdirSync(join(root, "before-updates")).length,
    1,
    "a start without a migration keeps nothing",
  );
});

test("a start that was cut short behind the copy does not stand in the way of the next one", async (t) => {
  const { root } = await olderVault(t);
  const older = { version: "001", copyTo: (path: string) => writeFileSync(path, "the database") };
  for (let start = 0; start < 3; start += 1) keepBeforeMigration(nodeFiles(), root, older, 1_700_000_000_000);
  assert.equal(readdirSync(join(root, "before-updates")).length, 3);
});

test("without room for the copy nothing is migrated", async (t) => {
  const { home, root, sessionId } = await olderVault(t);
  const files = watchFiles(nodeFiles(), {
    before: ({ kind, path }) => {
      if (kind === "sync" && path.includes("before-updates")) throw systemError("ENOSPC");
    },
  });
  await assert.rejects(openVault({ home, environment }, { files }), (error) =>
    isChattyError(error, "DISK_FULL"),
  );
  const database = new DatabaseSync(join(root, "chatty.db"), { readOnly: true });
  assert.ok(
    !database
      .prepare("SELECT name FROM migrations")
      .all()
      .some(({ name }) => name === lastName),
  );
  database.close();
  const vault = await openVault({ home, environment });
  assert.equal(vault.user().session(sessionId).title, "Before the update");
  await vault.close();
  const kept = readdirSync(join(root, "before-updates"));
  assert.ok(
    kept.every((name) => !name.endsWith(".unfinished")),
    kept.join(),
  );
});
