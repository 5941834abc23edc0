import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openImportSpace } from "./testing/import-space.ts";
import { lineExportBytes } from "./testing/line-export.ts";
import { first, streamOf } from "./testing/sample-imports.ts";

const bytes = lineExportBytes(first);

/**
 * Uploads an export in three pieces and imports it, in a process of its own that is killed before its n-th change of the disk; 0 lets it
 * live. Prints how many changes there were.
 */
function uploadInChild(root: string, killBefore: number): { changes: number; killed: boolean } {
  const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  mkdirSync(root);
  const code = `
    import { nodeFiles } from ${url("../files/node-files.ts")};
    import { countingFiles } from ${url("./testing/counting-files.ts")};
    import { openImportSpace } from ${url("./testing/import-space.ts")};
    import { lineExportBytes } from ${url("./testing/line-export.ts")};
    import { first, streamOf } from ${url("./testing/sample-imports.ts")};
    let armed = false, changes = 0;
    const files = countingFiles(nodeFiles(), () => {
      if (armed && ++changes === ${killBefore}) process.kill(process.pid, "SIGKILL");
    });
    const bytes = lineExportBytes(first);
    const space = await openImportSpace(${JSON.stringify(root)}, { files });
    const { uploads } = space.imports;
    armed = true;
    const { uploadId } = await uploads.begin({ name: "export", size: bytes.length });
    const third = Math.ceil(bytes.length / 3);
    for (let at = 0; at < bytes.length; at += third)
      await uploads.append(uploadId, at, streamOf(bytes.subarray(at, at + third)));
    await space.imports.run({ kind: "upload", uploadId });
    armed = false;
    console.log(changes);
    await space.close();`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  assert.ok(child.status === 0 || child.signal === "SIGKILL", child.stderr);
  return { changes: Number(child.stdout), killed: child.signal === "SIGKILL" };
}

/** Goes on like a server that was started again, and says what it found. */
async function goOn(root: string): Promise<"nothing" | "part" | "whole" | "imported"> {
  const space = await openImportSpace(root);
  try {
    const { uploads } = space.imports;
    const [upload, ...others] = uploads.list();
    assert.deepEqual(others, []);
    const done = space.imports.receipts().length;
    if (upload === undefined) {
      const found = done === 0 ? "nothing" : "imported";
      const { uploadId } = await uploads.begin({ name: "export", size: bytes.length });
      await uploads.append(uploadId, 0, streamOf(bytes));
      const receipt = await space.imports.run({ kind: "upload", uploadId });
      assert.equal(receipt.alreadyImported, found === "imported");
      return found;
    }
    assert.equal(done, 0);
    const { uploadId, offset, complete } = upload;
    if (!complete) await uploads.append(uploadId, offset, streamOf(bytes.subarray(offset)));
    const receipt = await space.imports.run({ kind: "upload", uploadId });
    assert.equal(receipt.alreadyImported, false);
    assert.deepEqual((await space.imports.verify()).problems, []);
    return complete ? "whole" : "part";
  } finally {
    await space.close();
    const place = join(root, "imports/users/shard_0000", space.user.userId);
    assert.deepEqual(readdirSync(place), ["archives", "packs"]);
    const archives = readdirSync(join(place, "archives"));
    assert.equal(archives.length, 1);
    assert.ok(readFileSync(join(place, "archives", archives[0] ?? "")).equals(bytes));
    assert.equal(readdirSync(join(place, "packs")).length, 1);
  }
}

test("a process killed before any change of the disk leaves an upload that can be gone on with, or its finished import", async () => {
  const found = new Map<string, number>();
  const parent = mkdtempSync(join(tmpdir(), "chatty-killed-upload-"));
  try {
    const { changes } = uploadInChild(join(parent, "whole"), 0);
    assert.ok(changes > 40, `${changes} changes`);
    let killed = 0;
    for (let at = 1; at <= changes; at += 1) {
      const root = join(parent, String(at));
      if (uploadInChild(root, at).killed) killed += 1;
      const what = await goOn(root);
      found.set(what, (found.get(what) ?? 0) + 1);
      rmSync(root, { recursive: true, force: true });
    }
    assert.ok(killed >= changes - 2, `${killed} of ${changes}`);
    // Each of the moments was met, or the test would not have seen what it is for.
    for (const what of ["nothing", "part", "whole", "imported"]) assert.ok(found.has(what), what);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
