import assert from "node:assert/strict";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import { journalOne, journalTwo, quickFiles, testVaultId, writeLog } from "../testing/log-under-test.ts";
import type { WrittenLogOptions } from "../testing/log-under-test.ts";
import { recoverLog, replayAppends } from "./recover.ts";
import type { RecoveredLog, RecoveryNote } from "./recover.ts";
import { linesOf } from "./segment.ts";

async function makeLog(context: TestContext, options: WrittenLogOptions = {}): Promise<{ root: string }> {
  const root = mkdtempSync(join(tmpdir(), "chatty-recover-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  await writeLog(root, options);
  return { root };
}

/** Every file below a folder with its bytes. */
function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(folder.length + 1)] = readFileSync(path, "latin1");
  }
  return found;
}

function recover(root: string, covered = -1): { log: RecoveredLog; notes: RecoveryNote[] } {
  const notes: RecoveryNote[] = [];
  return {
    log: recoverLog({ files: quickFiles, root, vaultId: testVaultId, covered, at: 5000, notes }),
    notes,
  };
}

function quarantined(root: string, note: RecoveryNote | undefined): Buffer {
  assert.ok(note?.quarantined !== undefined, "nothing was put into quarantine");
  return readFileSync(join(root, note.quarantined));
}

describe("replayAppends", () => {
  function replay(root: string, log: RecoveredLog): ReturnType<typeof replayAppends> {
    return replayAppends(quickFiles, root, log.groups, 5000, []);
  }

  function replayed(
    root: string,
    covered = -1,
  ): { marks: ReturnType<typeof replayAppends>; notes: RecoveryNote[] } {
    const { log, notes } = recover(root, covered);
    return { marks: replayAppends(quickFiles, root, log.groups, 5000, notes), notes };
  }

  test("makes files that are not there with exactly the bytes that were sealed", async (t) => {
    const applied = await makeLog(t, { applied: true });
    const lost = await makeLog(t);
    const { marks, notes } = replayed(lost.root);
    assert.deepEqual(notes, []);
    for (const path of [journalOne, journalTwo]) {
      assert.deepEqual(readFileSync(join(lost.root, path)), readFileSync(join(applied.root, path)));
    }
    assert.deepEqual(
      marks.map(({ path, seq }) => [path, seq]),
      [
        [journalOne, 3],
        [journalTwo, 1],
      ],
    );
    assert.ok(marks.every(({ path, length }) => length === readFileSync(join(lost.root, path)).length));
  });

  test("changes nothing when it is done twice", async (t) => {
    const { root } = await makeLog(t, { applied: true });
    const before = snapshot(root);
    const first = replayed(root);
    assert.deepEqual(snapshot(root), before);
    assert.deepEqual(replayed(root), first);
    assert.deepEqual(snapshot(root), before);
  });

  test("writes even where the right bytes seem to be, because after a failed sync they may not be", async (t) => {
    const { root } = await makeLog(t, { applied: true });
    const { log } = recover(root);
    const written: string[] = [];
    const synced: string[] = [];
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        if (kind === "write") written.push(path);
        if (kind === "sync") synced.push(path);
      },
    });
    replayAppends(files, root, log.groups, 5000, []);
    assert.equal(written.length, 6);
    assert.deepEqual(
      synced.sort(),
      [journalOne, journalTwo].map((path) => join(root, path)),
    );
  });

  test("completes a journal that was cut anywhere behind its first logged line", async (t) => {
    const { root } = await makeLog(t, { applied: true });
    const path = join(root, journalOne);
    const whole = readFileSync(path);
    for (let cut = 0; cut < whole.length; cut += 1) {
      for (const content of [
        whole.subarray(0, cut),
        Buffer.concat([whole.subarray(0, cut), Buffer.alloc(whole.length - cut)]),
      ]) {
        writeFileSync(path, content);
        replay(root, recover(root).log);
        assert.deepEqual(readFileSync(path), whole, `cut at ${cut}`);
      }
      rmSync(join(root, "quarantine"), { recursive: true, force: true });
    }
  });

  test("quarantines bytes that differ from the log, and puts the right ones there", async (t) => {
    const { root } = await makeLog(t, { applied: true });
    const path = join(root, journalTwo);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[10] = 0x58;
    writeFileSync(path, damaged);
    const { notes } = replayed(root);
    const [line] = linesOf(damaged, 0);
    assert.deepEqual(readFileSync(path), whole);
    assert.deepEqual(
      notes.map(({ code, from, to }) => [code, from, to]),
      [["FILE_BYTES_REPLACED", 0, line?.end]],
    );
    assert.deepEqual(quarantined(root, notes[0]), line?.bytes);
  });

  test("quarantines and cuts what a journal has beyond the end of the log", async (t) => {
    const { root } = await makeLog(t, { applied: true });
    const path = join(root, journalOne);
    const whole = readFileSync(path);
    for (const garbage of [Buffer.from('{"half a li'), Buffer.alloc(4096), Buffer.from("x\ny\n")]) {
      writeFileSync(path, Buffer.concat([whole, garbage]));
      const { notes } = replayed(root);
      assert.deepEqual(readFileSync(path), whole);
      assert.deepEqual(
        notes.map(({ code, from, to }) => [code, from, to]),
        [["FILE_TAIL_CUT", whole.length, whole.length + garbage.length]],
      );
      assert.deepEqual(quarantined(root, notes[0]), garbage);
    }
  });

  test("says that synced bytes are gone, leaves the journal as it is and keeps the lines in quarantine", async (t) => {
    const { root } = await makeLog(t, { applied: true, rotateAfter: [0] });
    // The first log file was let go of by a checkpoint; then the journal lost bytes that it had synced.
    const path = join(root, journalOne);
    const whole = readFileSync(path);
    const [first] = linesOf(whole, 0);
    assert.ok(first !== undefined);
    renameSync(join(root, "log", "1.jsonl"), join(root, "elsewhere"));
    truncateSync(path, first.end - 5);
    const { notes, marks } = replayed(root, 1);
    assert.deepEqual(
      notes.map(({ code, path: where, from, to }) => [code, where, from, to]),
      [["FILE_TRUNCATED", journalOne, first.end - 5, first.end]],
    );
    assert.deepEqual(readFileSync(path), whole.subarray(0, first.end - 5));
    assert.deepEqual(
      marks.map((mark) => mark.path),
      [journalTwo],
      "a file that lost bytes gets no mark",
    );
    const kept = readdirSync(join(root, "quarantine")).filter((name) => !name.endsWith(".json"));
    assert.equal(kept.length, 1);
    assert.deepEqual(readFileSync(join(root, "quarantine", kept[0] ?? "")), whole.subarray(first.end));
  });

  test("refuses a logged line that is not the line that was sealed", async (t) => {
    const { root } = await makeLog(t);
    const { log } = recover(root);
    const [group] = log.groups;
    assert.ok(group !== undefined);
    const [line] = group.lines;
    assert.ok(line !== undefined);
    const forged = {
      ...group,
      lines: [Buffer.from(line.toString("utf8").replace('"text":"', '"text":"never '))],
    };
    assert.throws(
      () => replayAppends(quickFiles, root, [forged], 5000, []),
      (error) => isChattyError(error, "LOG_DAMAGED"),
    );
  });

  test("syncs each file, and every folder that it made into the folder around it", async (t) => {
    const { root } = await makeLog(t);
    const { log } = recover(root);
    const synced = new Set<string>();
    const made = new Set<string>();
    const inner = nodeFiles();
    const files = watchFiles(
      {
        ...inner,
        makeDirectory: (path) => {
          const folders = inner.makeDirectory(path);
          for (const folder of folders) made.add(folder);
          return folders;
        },
      },
      {
        before: ({ kind, path }) => {
          if (kind === "sync" || kind === "sync-directory") synced.add(path);
        },
      },
    );
    replayAppends(files, root, log.groups, 5000, []);
    assert.deepEqual([...made].map((folder) => folder.slice(root.length + 1)).sort(), [
      "vvault",
      "vvault/one",
      "vvault/two",
    ]);
    for (const folder of made)
      assert.ok(synced.has(join(folder, "..")), `${folder} is not synced into its parent`);
    for (const path of [journalOne, journalTwo]) {
      assert.ok(synced.has(join(root, path)), path);
      assert.ok(synced.has(join(root, path, "..")), `folder of ${path}`);
    }
  });

  test("comes to the same state from every stage of a copy that was interrupted", async (t) => {
    const { root } = await makeLog(t, { applied: true });
    const wanted = snapshot(join(root, "vvault"));
    const copy = `${root}-copy`;
    t.after(() => rmSync(copy, { recursive: true, force: true }));
    // Fails at the n-th write-class call, then recovers with a sound file system.
    for (let failing = 1; failing <= 30; failing += 1) {
      rmSync(copy, { recursive: true, force: true });
      cpSync(join(root, "log"), join(copy, "log"), { recursive: true });
      let count = 0;
      const files = watchFiles(nodeFiles(), {
        skipSyncs: true,
        before: ({ kind }) => {
          if (["write", "open", "sync", "sync-directory", "make-directory"].includes(kind)) {
            count += 1;
            if (count === failing) throw Object.assign(new Error("EIO"), { code: "EIO" });
          }
        },
      });
      const { log } = recover(copy);
      let hasFailed = false;
      try {
        replayAppends(files, copy, log.groups, 5000, []);
      } catch (error) {
        assert.ok(isChattyError(error, "STORAGE_FAULT"), String(error));
        hasFailed = true;
      }
      assert.equal(hasFailed, count >= failing);
      replay(copy, recover(copy).log);
      assert.deepEqual(snapshot(join(copy, "vvault")), wanted, `failed at ${failing}`);
    }
  });
});
