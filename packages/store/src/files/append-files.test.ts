import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { isChattyError } from "@chatty/model";
import { sealLine } from "../log/chained-line.ts";
import { AppendFiles } from "./append-files.ts";
import type { FileMark } from "./append-files.ts";
import { nodeFiles } from "./node-files.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import type { FileCall, FileWatch } from "../testing/watched-files.ts";

const journal = "vvault/one/messages.jsonl";

interface Fixture {
  root: string;
  appended: AppendFiles;
  calls: FileCall[];
  /** Appends the next sealed line, as the commit log does when it is durable. */
  append: (path: string, text: string) => Buffer;
  onDisk: (path: string) => Buffer;
}

function openFixture(context: TestContext, watch: FileWatch = {}, marks: FileMark[] = []): Fixture {
  const root = mkdtempSync(join(tmpdir(), "chatty-append-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return fixtureIn(context, root, watch, marks);
}

function fixtureIn(
  context: TestContext,
  root: string,
  watch: FileWatch = {},
  marks: FileMark[] = [],
): Fixture {
  const calls: FileCall[] = [];
  const files = watchFiles(nodeFiles(), {
    ...watch,
    before: (call) => {
      calls.push(call);
      watch.before?.(call);
    },
  });
  const appended = new AppendFiles(files, root, (path) => marks.find((mark) => mark.path === path));
  context.after(() => appended.close());
  return {
    root,
    appended,
    calls,
    append(path, text) {
      const head = appended.head(path);
      const line = sealLine({ seq: head.seq + 1, text }, head.hash);
      const next = { length: head.length + line.bytes.length, seq: head.seq + 1, hash: line.hash };
      appended.append(path, line.bytes.subarray(0, -1), next);
      return line.bytes;
    },
    onDisk: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path)) : Buffer.alloc(0)),
  };
}

/** Longer than what waits in memory waits for company. */
const writeBehindMs = 80;

async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, writeBehindMs));
}

function refusal(code: string): (error: unknown) => boolean {
  return (error) => isChattyError(error, code);
}

describe("AppendFiles.read", () => {
  test("shows what was taken over at once, before any of it is in the file", (t) => {
    const { appended, append, onDisk } = openFixture(t);
    const lines = [append(journal, "one"), append(journal, "two")];
    assert.equal(onDisk(journal).length, 0);
    assert.deepEqual(appended.read(journal, 0, 10_000), Buffer.concat(lines));
  });

  test("gives the same bytes at every place, whatever is in the file and whatever still waits", (t) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.boolean()), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        (steps, position, length) => {
          const { appended, append } = openFixture(t, { skipSyncs: true });
          const lines: Buffer[] = [];
          for (const [text, isFlushed] of steps) {
            lines.push(append(journal, text));
            if (isFlushed) appended.flush();
          }
          const all = Buffer.concat(lines);
          const from = position % (all.length + 10);
          const count = length % (all.length + 10);
          assert.deepEqual(appended.read(journal, from, count), all.subarray(from, from + count));
          appended.close();
        },
      ),
      { numRuns: 200 },
    );
  });

  test("never shows bytes of the file that were not acknowledged", (t) => {
    const { root, appended, append } = openFixture(t);
    const line = append(journal, "one");
    appended.flush();
    writeFileSync(join(root, journal), Buffer.concat([line, Buffer.from("behind the end")]));
    assert.deepEqual(appended.read(journal, 0, 10_000), line);
    assert.equal(appended.read(journal, line.length, 10).length, 0);
  });
});

describe("AppendFiles.append", () => {
  test("writes behind, all lines of a file at once", async (t) => {
    const { append, onDisk, calls } = openFixture(t);
    const lines = ["one", "two", "three"].map((text) => append(journal, text));
    await turn();
    assert.deepEqual(onDisk(journal), Buffer.concat(lines));
    assert.equal(calls.filter(({ kind }) => kind === "write").length, 1);
  });

  test("goes on behind the last line of a file that is there", async (t) => {
    const first = openFixture(t);
    const one = first.append(journal, "one");
    await first.appended.sync();
    first.appended.close();
    const second = fixtureIn(t, first.root);
    assert.deepEqual(
      [second.appended.head(journal).seq, second.appended.head(journal).length],
      [0, one.length],
    );
    const two = second.append(journal, "two");
    await second.appended.sync();
    assert.deepEqual(second.onDisk(journal), Buffer.concat([one, two]));
  });

  test("keeps more files than may be open at once apart", async (t) => {
    const { appended, append, onDisk } = openFixture(t, { skipSyncs: true });
    const paths = Array.from({ length: 300 }, (_, index) => `vvault/${index}/messages.jsonl`);
    const expected = new Map<string, Buffer[]>();
    for (let round = 0; round < 3; round += 1) {
      for (const path of paths)
        expected.set(path, [...(expected.get(path) ?? []), append(path, `${path} ${round}`)]);
      await turn();
    }
    await appended.sync();
    for (const path of paths) assert.deepEqual(onDisk(path), Buffer.concat(expected.get(path) ?? []), path);
  });
});

describe("AppendFiles.flush", () => {
  test("keeps acknowledged bytes readable when the disk is full, and writes them when it is not", async (t) => {
    let isFull = false;
    const { appended, append, onDisk } = openFixture(t, {
      before: ({ kind }) => {
        if (isFull && kind === "write") throw systemError("ENOSPC");
      },
    });
    const one = append(journal, "one");
    await turn();
    isFull = true;
    const two = append(journal, "two");
    await turn();
    assert.ok(refusal("DISK_FULL")(appended.fault));
    assert.deepEqual(onDisk(journal), one);
    assert.deepEqual(appended.read(journal, 0, 10_000), Buffer.concat([one, two]));
    await assert.rejects(appended.sync(), refusal("DISK_FULL"));
    isFull = false;
    const three = append(journal, "three");
    await turn();
    assert.equal(appended.fault, undefined);
    assert.deepEqual(onDisk(journal), Buffer.concat([one, two, three]));
  });

  test("writes a line whole after the disk took half of it", async (t) => {
    let room = Number.POSITIVE_INFINITY;
    const { appended, append, onDisk } = openFixture(t, {
      take: ({ length = 0 }) => {
        if (room === 0) throw systemError("ENOSPC");
        const taken = Math.min(room, length);
        room -= taken;
        return taken;
      },
    });
    const one = append(journal, "one");
    await turn();
    room = 30;
    const two = append(journal, "two");
    await turn();
    assert.equal(onDisk(journal).length, one.length + 30);
    assert.deepEqual(appended.read(journal, 0, 10_000), Buffer.concat([one, two]));
    room = Number.POSITIVE_INFINITY;
    await appended.sync();
    assert.deepEqual(onDisk(journal), Buffer.concat([one, two]));
  });

  test("writes the other files although one of them cannot be written", async (t) => {
    const { appended, append, onDisk } = openFixture(t, {
      before: ({ kind, path }) => {
        if (kind === "write" && path.includes("/broken/")) throw systemError("EACCES");
      },
    });
    append("vvault/broken/messages.jsonl", "one");
    const sound = append(journal, "two");
    await turn();
    assert.ok(refusal("NOT_WRITABLE")(appended.fault));
    assert.deepEqual(onDisk(journal), sound);
  });
});

describe("AppendFiles.sync", () => {
  test("syncs each changed file after its last write, and every folder up to the vault", async (t) => {
    const { root, appended, append, calls } = openFixture(t);
    append(journal, "one");
    await turn();
    append(journal, "two");
    const marks = await appended.sync();
    const path = join(root, journal);
    const kinds = calls.filter((call) => call.path === path && ["write", "sync"].includes(call.kind));
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ["write", "write", "sync"],
    );
    const folders = new Set(calls.filter(({ kind }) => kind === "sync-directory").map((call) => call.path));
    for (let at = dirname(path); at.length >= root.length; at = dirname(at)) assert.ok(folders.has(at), at);
    assert.deepEqual(
      marks.map(({ path: where, seq }) => [where, seq]),
      [[journal, 1]],
    );
    assert.deepEqual([appended.unsyncedCount, await appended.sync()], [0, []]);
  });

  test("marks no more than what was written before the sync began", async (t) => {
    let release: () => void = () => undefined;
    const { appended, append } = openFixture(t, {
      hold: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    });
    const one = append(journal, "one");
    const syncing = appended.sync();
    await turn();
    append(journal, "two");
    await turn();
    release();
    const [mark] = await syncing;
    assert.deepEqual([mark?.length, mark?.seq], [one.length, 0]);
    assert.equal(appended.unsyncedCount, 1);
  });

  test("believes no second sync after the first one failed: only a new start mends that, from the log", async (t) => {
    // The kernel tells a failed write-back once and then forgets it: a later success proves nothing of those bytes.
    let isBroken = true;
    const { appended, append } = openFixture(t, {
      before: ({ kind }) => {
        if (isBroken && kind === "sync") throw systemError("EIO");
      },
    });
    const line = append(journal, "one");
    append("vvault/two/messages.jsonl", "two");
    await assert.rejects(appended.sync(), refusal("STORAGE_IN_DOUBT"));
    isBroken = false;
    await assert.rejects(appended.sync(), refusal("STORAGE_IN_DOUBT"));
    assert.equal(appended.unsyncedCount, 2);
    assert.deepEqual(appended.read(journal, 0, 10_000), line);
  });

  test("closes no file under its running sync", async (t) => {
    const releases: (() => void)[] = [];
    const { appended, append, calls } = openFixture(t, {
      hold: () => new Promise((resolve) => releases.push(resolve)),
    });
    append(journal, "one");
    const syncing = appended.sync();
    await turn();
    for (let index = 0; index < 200; index += 1) append(`vvault/other-${index}/messages.jsonl`, "x");
    await turn();
    const closed = calls.filter(({ kind, path }) => kind === "close" && path.endsWith(journal));
    assert.deepEqual([closed.length, releases.length], [0, 1]);
    for (const release of releases) release();
    await syncing;
  });
});

describe("AppendFiles.head", () => {
  test("is empty for a file that is not there", (t) => {
    const { appended, root } = openFixture(t);
    assert.deepEqual(appended.head(journal), { length: 0, seq: -1, hash: "" });
    assert.ok(!existsSync(join(root, "vvault")));
  });

  test("refuses a file whose end is no sealed line", (t) => {
    const { bytes } = sealLine({ seq: 0 }, "");
    const damaged = Buffer.from(bytes);
    damaged[3] = 0x58;
    for (const content of [
      bytes.subarray(0, -1),
      damaged,
      Buffer.from("\n"),
      Buffer.from("text"),
      Buffer.alloc(100),
    ]) {
      const { appended, root, onDisk } = openFixture(t);
      mkdirSync(dirname(join(root, journal)), { recursive: true });
      writeFileSync(join(root, journal), content);
      assert.throws(() => appended.head(journal), refusal("FILE_DAMAGED"));
      assert.deepEqual(onDisk(journal), content);
    }
  });

  test("refuses a file that is shorter than what was synced of it, also when it is gone", (t) => {
    const { bytes, hash } = sealLine({ seq: 0 }, "");
    const marks = [{ path: journal, length: bytes.length + 10, seq: 1, hash }];
    for (const content of [bytes, Buffer.alloc(0), undefined]) {
      const { appended, root } = openFixture(t, {}, marks);
      mkdirSync(dirname(join(root, journal)), { recursive: true });
      if (content !== undefined) writeFileSync(join(root, journal), content);
      assert.throws(() => appended.head(journal), refusal("FILE_DAMAGED"));
    }
  });

  test("finds the last line of a file however long it is", (t) => {
    for (const length of [10, 64 * 1024 - 100, 64 * 1024, 300 * 1024]) {
      const { appended, root } = openFixture(t);
      const first = sealLine({ seq: 0, text: "x".repeat(length) }, "");
      const second = sealLine({ seq: 1, text: "y".repeat(length) }, first.hash);
      mkdirSync(dirname(join(root, journal)), { recursive: true });
      writeFileSync(join(root, journal), Buffer.concat([first.bytes, second.bytes]));
      const all = first.bytes.length + second.bytes.length;
      assert.deepEqual(appended.head(journal), { length: all, seq: 1, hash: second.hash });
    }
  });
});

describe("AppendFiles.forget", () => {
  test("writes what waits, lets go of the file and reads it anew the next time", (t) => {
    const { root, appended, append, onDisk } = openFixture(t);
    const line = append(journal, "one");
    appended.forget(journal);
    assert.deepEqual(onDisk(journal), line);
    rmSync(join(root, journal));
    assert.equal(appended.head(journal).length, 0);
  });
});
