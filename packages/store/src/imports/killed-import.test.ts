import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { ImportReceipt } from "../views.ts";
import { nodeFiles } from "../files/node-files.ts";
import { countingFiles } from "./testing/counting-files.ts";
import { openImportSpace } from "./testing/import-space.ts";
import { lineExportBytes } from "./testing/line-export.ts";

const export1 = lineExportBytes({
  identity: { email: "alex@example.com" },
  conversations: [
    { id: "a", title: "A", nodes: [{ id: "1", parent: null, text: "one" }] },
    { id: "b", title: "B", nodes: [{ id: "2", parent: null, text: "two" }] },
  ],
});
const export2 = lineExportBytes({
  identity: { email: "alex@example.com" },
  conversations: [
    {
      id: "a",
      title: "A",
      nodes: [
        { id: "1", parent: null, text: "one" },
        { id: "3", parent: "1", text: "three" },
      ],
    },
  ],
});

/** Runs one import in a process of its own and kills that process before the n-th operation; 0 lets it live. */
function importInChild(
  root: string,
  path: string,
  killBefore: number,
): { status: number | null; operations: number } {
  const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    import { nodeFiles } from ${url("../files/node-files.ts")};
    import { countingFiles } from ${url("./testing/counting-files.ts")};
    import { openImportSpace } from ${url("./testing/import-space.ts")};
    let armed = false, operations = 0;
    const files = countingFiles(nodeFiles(), () => {
      if (armed && ++operations === ${killBefore}) process.kill(process.pid, "SIGKILL");
    });
    const space = await openImportSpace(${JSON.stringify(root)}, { files });
    armed = true;
    await space.imports.run({ kind: "path", path: ${JSON.stringify(path)} });
    armed = false;
    console.log(operations);
    await space.close();`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  assert.ok(child.status === 0 || child.signal === "SIGKILL", child.stderr);
  return { status: child.status, operations: Number(child.stdout) };
}

/** Opens what a killed process left, and checks that it is whole. */
async function checkAfterwards(root: string, imports: number): Promise<ImportReceipt[]> {
  const space = await openImportSpace(root);
  try {
    const receipts = space.imports.receipts();
    assert.ok(receipts.length === imports || receipts.length === imports + 1, `${receipts.length} imports`);
    const place = join(root, "imports/users/shard_0000", space.user.userId);
    const names = (folder: string): string[] => {
      try {
        return readdirSync(join(place, folder));
      } catch {
        return [];
      }
    };
    assert.deepEqual(names("staging"), []);
    assert.equal(names("archives").length, receipts.length);
    assert.equal(names("packs").length, receipts.length);
    assert.deepEqual((await space.imports.verify()).problems, []);
    const { configuration } = space.context.storage;
    const foreign =
      "SELECT count(*) AS n FROM import_references WHERE import_id NOT IN (SELECT import_id FROM imports)";
    assert.equal(configuration.get(foreign)?.["n"], 0);
    for (const row of receipts[0] === undefined ? [] : space.imports.catalogRows(receipts[0].runtimeId)) {
      assert.ok((await space.imports.conversation(row.sessionId)).messages.length > 0);
    }
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
    return receipts;
  } finally {
    await space.close();
  }
}

describe("an import that is killed", () => {
  test("has happened or not, whatever it was doing, and can be repeated", { timeout: 600_000 }, async (t) => {
    const scratch = mkdtempSync(join(tmpdir(), "chatty-killed-"));
    t.after(() => rmSync(scratch, { recursive: true, force: true }));
    writeFileSync(join(scratch, "1.jsonl"), export1);
    writeFileSync(join(scratch, "2.jsonl"), export2);
    const whole = join(scratch, "whole");
    mkdirSync(whole);
    const { operations } = importInChild(whole, join(scratch, "1.jsonl"), 0);
    assert.ok(operations > 20);
    // Every fifth operation of the first import, and as many of the second one.
    for (let n = 1; n <= operations; n += 5) {
      const root = join(scratch, `at-${n}`);
      mkdirSync(root);
      importInChild(root, join(scratch, "1.jsonl"), n);
      const before = await checkAfterwards(root, 0);
      if (before.length === 0) assert.equal(importInChild(root, join(scratch, "1.jsonl"), 0).status, 0);
      importInChild(root, join(scratch, "2.jsonl"), n + (n % 4));
      const after = await checkAfterwards(root, 1);
      assert.ok(after.length <= 2);
      rmSync(root, { recursive: true });
    }
  });
});

describe("an import on a disk that fails", () => {
  test("fails with a code and leaves nothing, at whatever operation the room runs out", async (t) => {
    const scratch = mkdtempSync(join(tmpdir(), "chatty-full-"));
    t.after(() => rmSync(scratch, { recursive: true, force: true }));
    const path = join(scratch, "1.jsonl");
    writeFileSync(path, export1);
    const root = join(scratch, "vault");
    mkdirSync(root);
    let left = Number.POSITIVE_INFINITY;
    const files = countingFiles(nodeFiles(), () => {
      left -= 1;
      if (left === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    const space = await openImportSpace(root, { files });
    t.after(() => space.close().catch(() => undefined));
    for (let n = 1; ; n += 1) {
      assert.ok(n < 200);
      left = n;
      try {
        await space.imports.run({ kind: "path", path });
        break;
      } catch (error) {
        left = Number.POSITIVE_INFINITY;
        assert.ok(isChattyError(error), String(error));
        if (space.context.storage.fault !== undefined) break;
        assert.deepEqual(space.imports.receipts(), []);
        await space.imports.recover();
        assert.deepEqual(await space.imports.verify(), { archives: 0, references: 0, problems: [] });
      }
    }
  });
});
