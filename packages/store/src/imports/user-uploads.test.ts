import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import { openImportSpace } from "./testing/import-space.ts";
import type { ImportSpace } from "./testing/import-space.ts";
import { lineExportBytes } from "./testing/line-export.ts";
import { filesOf, first, streamOf } from "./testing/sample-imports.ts";

const bytes = lineExportBytes(first);
const half = Math.floor(bytes.length / 2);
const sha256 = createHash("sha256").update(bytes).digest("hex");

let root: string;
let space: ImportSpace;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "chatty-uploads-"));
  space = await openImportSpace(root);
});
afterEach(async () => {
  await space.close();
  rmSync(root, { recursive: true, force: true });
});

function staging(): string {
  return join(root, "imports/users/shard_0000", space.user.userId, "staging");
}

async function uploadAll(): Promise<string> {
  const { uploads } = space.imports;
  const { uploadId } = await uploads.begin({ name: "export.jsonl", size: bytes.length });
  const view = await uploads.append(uploadId, 0, streamOf(bytes));
  assert.equal(view.complete, true);
  return uploadId;
}

async function* brokenStream(): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield bytes.subarray(0, half);
  throw new Error("the connection was reset");
}

describe("an upload", () => {
  test("that comes in pieces over broken connections is imported as it was sent, and is used up", async () => {
    const { uploads } = space.imports;
    const { uploadId } = await uploads.begin({ name: "../../export.jsonl", size: bytes.length });
    await assert.rejects(uploads.append(uploadId, 0, brokenStream()), { code: "UPLOAD_BROKEN_OFF" });
    assert.deepEqual(
      uploads.list().map(({ offset, complete }) => ({ offset, complete })),
      [{ offset: half, complete: false }],
    );
    await assert.rejects(space.imports.run({ kind: "upload", uploadId }), { code: "UPLOAD_INCOMPLETE" });
    await assert.rejects(uploads.append(uploadId, 0, streamOf(bytes)), (error: unknown) => {
      assert.ok(isChattyError(error, "UPLOAD_OFFSET"));
      return error.where?.["expected"] === half;
    });
    await uploads.append(uploadId, half, streamOf(bytes.subarray(half)));
    const receipt = await space.imports.run({ kind: "upload", uploadId });
    assert.equal(receipt.archive, `sha256:${sha256}`);
    assert.equal(receipt.path, "../../export.jsonl");
    assert.deepEqual(uploads.list(), []);
    assert.deepEqual(readdirSync(join(root, "imports/users/shard_0000", space.user.userId)), [
      "archives",
      "packs",
    ]);
    const archive = join(root, "imports/users/shard_0000", space.user.userId, "archives", sha256);
    assert.ok(readFileSync(archive).equals(bytes));
    assert.equal(statSync(archive).mode & 0o777, 0o400);
    assert.equal(space.imports.finished()[0]?.name, "../../export.jsonl");
  });

  test("is private, bound to its user, and found again by another process", async () => {
    const { uploads } = space.imports;
    const { uploadId } = await uploads.begin({ name: "a", size: bytes.length, into: "new", replace: true });
    await uploads.append(uploadId, 0, streamOf(bytes.subarray(0, half)));
    for (const name of readdirSync(staging()))
      assert.equal(statSync(join(staging(), name)).mode & 0o777, 0o600);
    const other = space.forUser("00000000-0000-4000-8000-000000000002").imports.uploads;
    assert.deepEqual(other.list(), []);
    for (const id of [uploadId, "../../x", ""])
      assert.throws(() => other.status(id), { code: "UPLOAD_NOT_FOUND" });
    await other.discard(uploadId);
    const before = uploads.status(uploadId);
    await space.close();
    space = await openImportSpace(root);
    assert.deepEqual(space.imports.uploads.list(), [before]);
    assert.equal(before.offset, half);
    await space.imports.uploads.append(uploadId, half, streamOf(bytes.subarray(half)));
    assert.equal((await space.imports.run({ kind: "upload", uploadId })).archive, `sha256:${sha256}`);
  });

  test("of unknown size is complete when its sender says so; of known size it never grows beyond", async () => {
    const { uploads } = space.imports;
    const unknown = await uploads.begin({ name: "a" });
    const grown = await uploads.append(unknown.uploadId, 0, streamOf(bytes));
    assert.deepEqual([grown.offset, grown.complete], [bytes.length, false]);
    assert.equal((await uploads.finish(unknown.uploadId)).complete, true);
    const known = await uploads.begin({ name: "b", size: half });
    await assert.rejects(uploads.append(known.uploadId, 0, streamOf(bytes)), { code: "UPLOAD_TOO_LONG" });
    assert.ok(uploads.status(known.uploadId).offset <= half);
    await assert.rejects(uploads.finish(known.uploadId), { code: "UPLOAD_INCOMPLETE" });
    for (const request of [{ name: "" }, { name: "a", size: -1 }, { name: "a", size: 1.5 }])
      await assert.rejects(uploads.begin(request), { code: "UPLOAD_INVALID" });
    await assert.rejects(uploads.begin({ name: "a", size: Number.MAX_SAFE_INTEGER }), { code: "DISK_FULL" });
    assert.equal(uploads.list().length, 2);
  });

  test("goes on over a new connection while the former one still hangs", async () => {
    const { uploads } = space.imports;
    const { uploadId } = await uploads.begin({ name: "a", size: bytes.length });
    let isStopped = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        let sent = 0;
        return {
          next: () =>
            sent++ === 0
              ? Promise.resolve({ done: false, value: bytes.subarray(0, half) })
              : new Promise<never>(() => undefined),
          return: () => {
            isStopped = true;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    const former = uploads.append(uploadId, 0, hanging);
    const outcome = assert.rejects(former, { code: "UPLOAD_TAKEN_OVER" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(uploads.append(uploadId, 0, streamOf(bytes)), { code: "UPLOAD_OFFSET" });
    await outcome;
    assert.ok(isStopped);
    assert.equal(uploads.status(uploadId).offset, half);
    const rest = await uploads.append(uploadId, half, streamOf(bytes.subarray(half)));
    assert.equal(rest.complete, true);
  });

  test("that is called off leaves nothing, not even a folder: while it comes, complete, waiting and being imported", async () => {
    const { uploads } = space.imports;
    const { uploadId } = await uploads.begin({ name: "a", size: bytes.length });
    const appending = uploads.append(uploadId, 0, endless());
    const outcome = assert.rejects(appending, { code: "UPLOAD_STOPPED" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await uploads.discard(uploadId);
    await outcome;
    assert.equal(existsSync(join(root, "imports")), false);

    await uploads.discard(await uploadAll());
    assert.equal(existsSync(join(root, "imports")), false);

    const complete = await uploadAll();
    for (const phase of ["staging", "reading", "committing"]) {
      const id = phase === "staging" ? complete : await uploadAll();
      const controller = new AbortController();
      const onProgress = (progress: { phase: string }): void => {
        if (progress.phase === phase) controller.abort();
      };
      const run = space.imports.run(
        { kind: "upload", uploadId: id },
        { signal: controller.signal, onProgress },
      );
      await assert.rejects(uploads.discard(id), { code: "UPLOAD_BUSY" });
      if (phase === "committing") {
        // Too late: it happened.
        await run;
        assert.deepEqual(uploads.list(), []);
        continue;
      }
      await assert.rejects(run, { code: "IMPORT_ABORTED" });
      assert.deepEqual(uploads.list(), []);
      assert.equal(existsSync(join(root, "imports")), false, phase);
    }
  });

  test("whose import fails stays with the reason, and can be imported again", async () => {
    const { uploads } = space.imports;
    const { uploadId } = await uploads.begin({ name: "a", size: 5 });
    await uploads.append(uploadId, 0, streamOf(Buffer.from("hello")));
    await assert.rejects(space.imports.run({ kind: "upload", uploadId }), { code: "NOT_AN_EXPORT" });
    assert.equal(uploads.status(uploadId).failed?.code, "NOT_AN_EXPORT");
    await uploads.discard(uploadId);
    const dry = await uploadAll();
    await space.imports.run({ kind: "upload", uploadId: dry }, { dryRun: true });
    assert.equal(uploads.status(dry).complete, true);
    await space.imports.run({ kind: "upload", uploadId: dry });
    const again = await uploadAll();
    assert.equal((await space.imports.run({ kind: "upload", uploadId: again })).alreadyImported, true);
    assert.deepEqual(uploads.list(), []);
  });

  test("that nobody touches for a week is removed at the next start, unless it only waits for its import", async () => {
    const { uploads } = space.imports;
    const day = 24 * 60 * 60 * 1000;
    const ages: [name: string, offset: number, days: number][] = [
      ["young", half, 6],
      ["old", half, 8],
      ["whole", bytes.length, 8],
    ];
    const { uploadId: reference } = await uploads.begin({ name: "now" });
    const { updatedAt } = uploads.status(reference);
    for (const [name, offset, days] of ages) {
      const { uploadId } = await uploads.begin({ name, size: bytes.length });
      await uploads.append(uploadId, 0, streamOf(bytes.subarray(0, offset)));
      const note = join(staging(), `${uploadId}.upload.json`);
      const content = JSON.parse(readFileSync(note, "utf8")) as { updatedAt: number };
      writeFileSync(note, JSON.stringify({ ...content, updatedAt: updatedAt - days * day }));
    }
    await space.close();
    space = await openImportSpace(root);
    const left = space.imports.uploads.list().map(({ name }) => name);
    assert.deepEqual(left.sort(), ["now", "whole", "young"]);
    assert.equal(readdirSync(staging()).length, 6);
  });
});

async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes.subarray(0, half);
  await new Promise(() => undefined);
}

describe("a disk that fills up", () => {
  test("while an upload comes keeps what was safe; with room again, it goes on", async () => {
    let isFull = false;
    const files = watchFiles(nodeFiles(), {
      before: (call) => {
        if (isFull && call.kind === "write") throw systemError("ENOSPC");
      },
    });
    await space.close();
    space = await openImportSpace(root, { files });
    const { uploads } = space.imports;
    const { uploadId } = await uploads.begin({ name: "a", size: bytes.length });
    await uploads.append(uploadId, 0, streamOf(bytes.subarray(0, half)));
    const before = filesOf(root);
    isFull = true;
    await assert.rejects(uploads.append(uploadId, half, streamOf(bytes.subarray(half))), {
      code: "DISK_FULL",
    });
    await assert.rejects(uploads.begin({ name: "b", size: 10 }), { code: "DISK_FULL" });
    assert.deepEqual(filesOf(root), before);
    isFull = false;
    await uploads.append(uploadId, half, streamOf(bytes.subarray(half)));
    isFull = true;
    await assert.rejects(space.imports.run({ kind: "upload", uploadId }), { code: "DISK_FULL" });
    assert.equal(uploads.status(uploadId).complete, true);
    isFull = false;
    assert.equal((await space.imports.run({ kind: "upload", uploadId })).archive, `sha256:${sha256}`);
  });
});
