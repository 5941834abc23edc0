import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openVault } from "../vault/open-vault.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import { logFiles } from "./file-log.ts";
import type { FileLogEntry, FileLogLevel } from "./file-log.ts";
import { nodeFiles } from "./node-files.ts";

const secret = "what nobody may read in a log";

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-file-log-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function logOf(home: string, level: FileLogLevel): Promise<FileLogEntry[]> {
  const entries: FileLogEntry[] = [];
  const fileLog = { level, tell: (entry: FileLogEntry) => void entries.push(entry) };
  const vault = await openVault({ home, environment: "test", fileLog });
  const { sessionId } = await vault.user().createSession({ title: secret });
  await vault.user().append(sessionId, [{ role: "user", content: secret }]);
  await vault.close();
  return entries;
}

test("every change is told with its path, bytes, duration and result, and nothing of its content", async (t) => {
  const entries = await logOf(temporary(t), "changes");
  const written = entries.filter(({ operation, path }) => operation === "write" && path.includes("/log/"));
  assert.ok(written.length > 0 && written.every(({ bytes = 0 }) => bytes > 0));
  for (const operation of ["write", "sync", "sync-directory", "rename", "make-directory", "remove"]) {
    assert.ok(
      entries.some((entry) => entry.operation === operation && entry.result === "ok"),
      `${operation} was not told`,
    );
  }
  assert.ok(entries.every(({ durationUs, at }) => durationUs >= 0 && at > 0));
  assert.ok(!entries.some(({ operation }) => operation === "read" || operation === "status"));
  assert.doesNotMatch(JSON.stringify(entries), new RegExp(secret));
});

test("reading and looking is told when everything is asked for", async (t) => {
  const entries = await logOf(temporary(t), "all");
  for (const operation of ["read", "status", "list", "open", "close"]) {
    assert.ok(
      entries.some((entry) => entry.operation === operation),
      `${operation} was not told`,
    );
  }
});

test("a failure is told with the system's code and goes on to the caller", async (t) => {
  const folder = temporary(t);
  const entries: FileLogEntry[] = [];
  const broken = watchFiles(nodeFiles(), {
    before: ({ kind }) => {
      if (kind === "sync" || kind === "rename") throw systemError("EIO");
    },
  });
  const files = logFiles(broken, { level: "changes", tell: (entry) => void entries.push(entry) });
  const file = files.open(join(folder, "a"), "create");
  t.after(() => file.close());
  await assert.rejects(async () => await file.sync(), { code: "EIO" });
  assert.throws(() => files.rename(join(folder, "a"), join(folder, "b")), { code: "EIO" });
  assert.deepEqual(
    entries.map(({ operation, result }) => `${operation} ${result}`),
    ["open ok", "sync EIO", "rename EIO"],
  );
});
