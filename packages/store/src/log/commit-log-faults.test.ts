import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { nodeFiles } from "../files/node-files.ts";
import { systemError } from "../testing/watched-files.ts";
import { createGate, openLogUnderTest, refusal, turns } from "../testing/log-under-test.ts";
import type { LogUnderTest, LogUnderTestOptions } from "../testing/log-under-test.ts";
import { listSegments, readSegment } from "./segment.ts";

function openLog(context: TestContext, options: LogUnderTestOptions = {}): LogUnderTest {
  const directory = mkdtempSync(join(tmpdir(), "chatty-log-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return openLogUnderTest(directory, options);
}

describe("CommitLog on a failing disk", () => {
  test("gives a short write back as a full disk, cuts it off and commits the next", async (t) => {
    let room = Number.POSITIVE_INFINITY;
    const { log, directory, logged, applied, calls } = openLog(t, {
      take: ({ length = 0 }) => {
        if (room === 0) throw systemError("ENOSPC");
        const taken = Math.min(room, length);
        room -= taken;
        return taken;
      },
    });
    await log.commit((group) => group.append("a.jsonl", { n: 1 }));
    const before = readFileSync(join(directory, "1.jsonl"));
    room = 50;
    const refused = await Promise.allSettled([
      log.commit((group) => group.append("a.jsonl", { n: "does not fit" })),
      log.commit((group) => group.append("b.jsonl", { n: "nor does this" })),
    ]);
    assert.ok(refused.every((one) => one.status === "rejected" && refusal("DISK_FULL")(one.reason)));
    assert.deepEqual(readFileSync(join(directory, "1.jsonl")), before);
    assert.deepEqual([applied.length, log.seq, log.fault], [1, 1, undefined]);
    assert.deepEqual(
      calls.slice(-3).map(({ kind }) => kind),
      ["write", "truncate", "sync"],
    );
    room = Number.POSITIVE_INFINITY;
    const line = await log.commit((group) => group.append("a.jsonl", { n: 2 }));
    assert.deepEqual([line.seq, logged()], [1, [1, 2]]);
    await log.close();
  });

  test("finishes a write that the system took in pieces", async (t) => {
    const { log, logged } = openLog(t, { take: ({ length = 0 }) => Math.min(7, length) });
    await log.commit((group) => group.append("a.jsonl", { text: "x".repeat(100) }));
    assert.deepEqual(logged(), [1]);
    await log.close();
  });

  test("takes no more writes when a broken write cannot be cut off", async (t) => {
    let isBroken = false;
    const { log } = openLog(t, {
      before: ({ kind }) => {
        if (isBroken && (kind === "write" || kind === "truncate")) throw systemError("EIO");
      },
    });
    isBroken = true;
    await assert.rejects(
      log.commit((group) => group.append("a.jsonl", {})),
      refusal("STORAGE_IN_DOUBT"),
    );
    isBroken = false;
    await assert.rejects(
      log.commit((group) => group.append("a.jsonl", {})),
      refusal("STORAGE_IN_DOUBT"),
    );
    await log.close();
  });

  test("takes no more writes when the cut cannot be synced", async (t) => {
    let isBroken = false;
    const { log } = openLog(t, {
      before: ({ kind }) => {
        if (isBroken && (kind === "write" || kind === "sync")) throw systemError("ENOSPC");
      },
    });
    isBroken = true;
    await assert.rejects(
      log.commit((group) => group.append("a.jsonl", {})),
      refusal("STORAGE_IN_DOUBT"),
    );
    isBroken = false;
    await assert.rejects(
      log.commit((group) => group.append("a.jsonl", {})),
      refusal("STORAGE_IN_DOUBT"),
    );
    await log.close();
  });

  test("acknowledges nothing of what waited for a sync that failed, nor anything after", async (t) => {
    for (const code of ["EIO", "ENOSPC", "EDQUOT"]) {
      let fail: (error: Error) => void = () => undefined;
      let isFirst = true;
      const { log, applied, syncs } = openLog(t, {
        hold: () => {
          if (!isFirst) return Promise.resolve();
          isFirst = false;
          return new Promise((_, reject) => {
            fail = reject;
          });
        },
      });
      const inBatch = [1, 2, 3].map((n) => log.commit((group) => group.append("a.jsonl", { n })));
      await turns();
      const queued = [4, 5].map((n) => log.commit((group) => group.append("a.jsonl", { n })));
      fail(systemError(code));
      const results = await Promise.allSettled([...inBatch, ...queued]);
      assert.ok(
        results.every((one) => one.status === "rejected" && refusal("STORAGE_IN_DOUBT")(one.reason)),
        code,
      );
      await assert.rejects(
        log.commit((group) => group.append("a.jsonl", {})),
        refusal("STORAGE_IN_DOUBT"),
      );
      await assert.rejects(log.rotate(), refusal("STORAGE_IN_DOUBT"));
      assert.deepEqual([applied.length, log.seq, syncs()], [0, 0, 1], "the sync is never tried again");
      assert.ok(log.fault !== undefined);
      await log.close();
    }
  });
});

describe("CommitLog.rotate", () => {
  test("gets its turn however busy the log is, and loses nothing", async (t) => {
    const { log, logged } = openLog(t);
    let isBusy = true;
    let count = 0;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      while (isBusy) {
        await log.commit((group) => group.append(`${writer}.jsonl`, {}));
        count += 1;
      }
    });
    for (let rotation = 1; rotation <= 5; rotation += 1) {
      const before = count;
      const covered = await log.rotate();
      assert.ok(count - before <= 16, `${count - before} commits went before`);
      assert.ok(covered.seq >= before);
      assert.deepEqual(
        covered.numbers,
        Array.from({ length: rotation }, (_, index) => index + 1),
      );
      await turns(2);
    }
    isBusy = false;
    await Promise.all(writers);
    assert.deepEqual(
      logged(),
      Array.from({ length: count }, (_, index) => index + 1),
    );
    assert.equal(log.segmentNumber, 6);
    await log.close();
  });

  test("chains each log file to the one before it", async (t) => {
    const { log, directory } = openLog(t);
    for (let number = 1; number <= 3; number += 1) {
      await log.commit((group) => group.append("a.jsonl", { number }));
      assert.deepEqual(await log.rotate(), {
        numbers: Array.from({ length: number }, (_, index) => index + 1),
        seq: number,
      });
    }
    const contents = [1, 2, 3, 4].map((number) => readSegment(nodeFiles(), directory, number));
    for (const [index, content] of contents.entries()) {
      const before = contents[index - 1];
      assert.equal(content.header?.prev, before?.lastHash ?? "");
      assert.deepEqual([content.header?.first, content.tail], [index + 1, "clean"]);
    }
    await log.close();
  });

  test("syncs the new log file and its folder before anything is written behind the header", async (t) => {
    const { log, calls, directory } = openLog(t);
    await log.rotate();
    await log.commit((group) => group.append("a.jsonl", {}));
    const next = join(directory, "2.jsonl");
    const order = calls
      .filter(({ kind, path }) => path === next || (kind === "sync-directory" && path === directory))
      .filter(({ kind }) => kind !== "remove")
      .map(({ kind }) => kind);
    assert.deepEqual(order, ["open", "write", "sync", "sync-directory", "write", "sync"]);
    await log.close();
  });

  test("leaves the log going on in its file when the next one cannot be made", async (t) => {
    for (const broken of ["open", "write", "sync", "sync-directory"] as const) {
      let isBroken = false;
      const { log, logged, directory } = openLog(t, {
        before: ({ kind, path }) => {
          if (isBroken && kind === broken && !path.endsWith("1.jsonl")) throw systemError("EMFILE");
        },
      });
      await log.commit((group) => group.append("a.jsonl", {}));
      isBroken = true;
      await assert.rejects(log.rotate(), refusal("TOO_MANY_FILES"));
      isBroken = false;
      await log.commit((group) => group.append("a.jsonl", {}));
      assert.deepEqual([log.segmentNumber, logged()], [1, [1, 2]], broken);
      assert.deepEqual(listSegments(nodeFiles(), directory), [1], broken);
      await log.rotate();
      await log.commit((group) => group.append("a.jsonl", {}));
      assert.deepEqual([log.segmentNumber, logged()], [2, [1, 2, 3]], broken);
      await log.close();
    }
  });
});

describe("CommitLog.close", () => {
  test("waits for what is under way and refuses what comes after", async (t) => {
    const gate = createGate();
    const { log, logged } = openLog(t, { hold: gate.hold });
    const commit = log.commit((group) => group.append("a.jsonl", {}));
    const closed = log.close();
    await turns();
    gate.open();
    await Promise.all([commit, closed]);
    assert.deepEqual(logged(), [1]);
    await assert.rejects(
      log.commit((group) => group.append("a.jsonl", {})),
      refusal("VAULT_CLOSED"),
    );
    await assert.rejects(log.rotate(), refusal("VAULT_CLOSED"));
    await log.close();
  });

  test("comes to an end although somebody goes on appending without a pause", async (t) => {
    const { log, logged } = openLog(t);
    let count = 0;
    let isStopped = false;
    const ended = (async (): Promise<unknown> => {
      try {
        while (!isStopped) {
          await log.commit((group) => group.append("a.jsonl", {}));
          count += 1;
        }
        return "was never refused";
      } catch (error) {
        return error;
      }
    })();
    await turns();
    const patience = setTimeout(() => {
      isStopped = true;
    }, 2000);
    await log.close();
    const end = await ended;
    clearTimeout(patience);
    assert.ok(refusal("VAULT_CLOSED")(end), `the appender ${String(end)} after ${count} commits`);
    assert.equal(logged().length, count);
  });
});
