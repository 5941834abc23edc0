import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { ChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { systemError } from "../testing/watched-files.ts";
import { openLine } from "./chained-line.ts";
import { createGate, openLogUnderTest, refusal, turns } from "../testing/log-under-test.ts";
import type { LogUnderTest, LogUnderTestOptions } from "../testing/log-under-test.ts";
import { readSegment } from "./segment.ts";

function openLog(context: TestContext, options: LogUnderTestOptions = {}): LogUnderTest {
  const directory = mkdtempSync(join(tmpdir(), "chatty-log-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return openLogUnderTest(directory, options);
}

describe("CommitLog.commit", () => {
  test("shares one sync among everything that waits", async (t) => {
    const gate = createGate();
    const { log, logged, syncs, applied } = openLog(t, { hold: gate.hold });
    const first = log.commit((group) => group.append("a.jsonl", { n: 0 }));
    await turns();
    const rest = Array.from({ length: 100 }, (_, index) =>
      log.commit((group) => group.append(`${index % 7}.jsonl`, { n: index })),
    );
    await turns();
    assert.deepEqual([gate.waiting(), applied.length], [1, 0]);
    gate.open();
    await Promise.all([first, ...rest]);
    assert.equal(syncs(), 2);
    assert.deepEqual(
      logged(),
      Array.from({ length: 101 }, (_, index) => index + 1),
    );
    await log.close();
  });

  test("takes everything asked for in one turn into one sync", async (t) => {
    const { log, syncs } = openLog(t);
    await Promise.all(
      Array.from({ length: 64 }, (_, index) => log.commit((group) => group.append(`${index}.jsonl`, {}))),
    );
    assert.equal(syncs(), 1);
    await log.close();
  });

  test("keeps a batch to a bounded number of groups", async (t) => {
    const { log, syncs, logged } = openLog(t);
    await Promise.all(
      Array.from({ length: 2500 }, (_, index) => log.commit((group) => group.append("a.jsonl", { index }))),
    );
    assert.deepEqual([syncs(), logged().length], [3, 2500]);
    await log.close();
  });

  test("acknowledges and applies nothing before the sync has returned", async (t) => {
    const gate = createGate();
    const { log, applied, calls } = openLog(t, { hold: gate.hold });
    let isAcknowledged = false;
    const commit = log
      .commit((group) => group.append("a.jsonl", { text: "kept" }))
      .then(() => {
        isAcknowledged = true;
      });
    await turns(20);
    assert.deepEqual(
      calls.map(({ kind }) => kind),
      ["write", "sync"],
    );
    assert.deepEqual([isAcknowledged, applied.length, log.seq], [false, 0, 0]);
    gate.open();
    await commit;
    assert.deepEqual([isAcknowledged, applied.length, log.seq], [true, 1, 1]);
    await log.close();
  });

  test("applies in order, then runs the effects, then resolves", async (t) => {
    const { log, applied } = openLog(t);
    const told: string[] = [];
    await Promise.all(
      [1, 2, 3].map((n) =>
        log
          .commit((group) => {
            group.onDurable(() => told.push(`effect ${n} of ${applied.length}`));
            return group.append("a.jsonl", { n }).seq;
          })
          .then((seq) => told.push(`answer ${seq}`)),
      ),
    );
    assert.deepEqual(
      told.filter((line) => line.startsWith("effect")),
      ["effect 1 of 1", "effect 2 of 2", "effect 3 of 3"],
    );
    assert.deepEqual(
      told.filter((line) => line.startsWith("answer")),
      ["answer 0", "answer 1", "answer 2"],
    );
    assert.ok([1, 2, 3].every((n) => told.indexOf(`effect ${n} of ${n}`) < told.indexOf(`answer ${n - 1}`)));
    await log.close();
  });

  test("writes nothing of a group that refuses, and everything of those beside it", async (t) => {
    const { log, applied, logged, directory } = openLog(t);
    const results = await Promise.allSettled([
      log.commit((group) => group.append("a.jsonl", { n: 1 })),
      log.commit((group) => {
        group.append("a.jsonl", { n: "never written" });
        group.remember("fact", true);
        throw new ChattyError("SESSION_DELETED", "No.");
      }),
      log.commit((group) => [group.recall("fact"), group.append("a.jsonl", { n: 2 }).seq]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.ok(results[1]?.status === "rejected" && refusal("SESSION_DELETED")(results[1].reason));
    assert.deepEqual(results[2], { status: "fulfilled", value: [undefined, 1] });
    assert.deepEqual([logged(), applied.length], [[1, 2], 2]);
    assert.ok(!readFileSync(join(directory, "1.jsonl"), "utf8").includes("never written"));
    await log.close();
  });

  test("writes nothing of a change that could not be applied", async (t) => {
    const { log, logged } = openLog(t, {
      check: () => {
        throw new ChattyError("CONFIGURATION_CHANGE_REFUSED", "No.");
      },
    });
    await assert.rejects(
      log.commit((group) => {
        group.append("a.jsonl", {});
        group.change({ put: "settings", row: {} });
      }),
      refusal("CONFIGURATION_CHANGE_REFUSED"),
    );
    await log.commit((group) => group.append("a.jsonl", {}));
    assert.deepEqual(logged(), [1]);
    await log.close();
  });

  test("shows a group what those before it in the batch leave, and nothing of later ones", async (t) => {
    const { log, applied } = openLog(t);
    const seen = await Promise.all([
      log.commit((group) => {
        group.remember("fact", "first");
        const line = group.create("a.jsonl", { version: 1 });
        return [group.recall("fact"), line.offset, group.head("a.jsonl").length === line.length];
      }),
      log.commit((group) => {
        const before = group.head("a.jsonl");
        const line = group.append("a.jsonl", { n: 1 });
        return [group.recall("fact"), line.seq, line.offset === before.length];
      }),
      log.commit((group) => {
        assert.throws(() => group.create("a.jsonl", {}), refusal("FILE_EXISTS"));
        return [group.recall("other"), group.append("a.jsonl", { n: 2 }).seq];
      }),
    ]);
    assert.deepEqual(seen, [
      ["first", 0, true],
      ["first", 1, true],
      [undefined, 2],
    ]);
    const lines = applied.flatMap((group) => group.appends);
    const withNewline = (line: Uint8Array): Buffer => Buffer.concat([line, Buffer.from("\n")]);
    for (const [index, { line, head }] of lines.entries()) {
      const opened = openLine(withNewline(line));
      const before = lines[index - 1];
      const previous = before === undefined ? undefined : openLine(withNewline(before.line));
      assert.ok(opened.kind === "sealed");
      assert.equal(head.length, (before?.head.length ?? 0) + line.length + 1);
      assert.equal(opened.body.prev, previous?.kind === "sealed" ? previous.body.hash : "");
    }
    await log.close();
  });

  test("forgets facts once they are durable, when the files themselves show them", async (t) => {
    const { log } = openLog(t);
    await log.commit((group) => {
      group.remember("fact", 1);
      group.append("a.jsonl", {});
    });
    assert.equal(await log.commit((group) => group.recall("fact")), undefined);
    await log.close();
  });

  test("answers a repeated request only when what it repeats is durable", async (t) => {
    const gate = createGate();
    const { log, logged } = openLog(t, { hold: gate.hold });
    const told: unknown[] = [];
    const original = log.commit((group) => {
      group.remember("message 1", "the answer");
      group.append("a.jsonl", {});
    });
    const repeated = log.commit((group) => group.recall("message 1")).then((answer) => told.push(answer));
    await turns(20);
    assert.deepEqual(told, []);
    gate.open();
    await Promise.all([original, repeated]);
    assert.deepEqual([told, logged()], [["the answer"], [1]]);
    await log.close();
  });

  test("refuses a repeated request when what it repeats did not become durable", async (t) => {
    const { log } = openLog(t, {
      hold: () => Promise.reject(systemError("EIO")),
    });
    const results = await Promise.allSettled([
      log.commit((group) => {
        group.remember("message 1", "the answer");
        group.append("a.jsonl", {});
      }),
      log.commit((group) => group.recall("message 1")),
    ]);
    assert.ok(results.every((one) => one.status === "rejected" && refusal("STORAGE_IN_DOUBT")(one.reason)));
    await log.close();
  });

  test("prepares what stands behind a change of the configuration only when that is applied", async (t) => {
    const { log, applied, syncs } = openLog(t);
    const seen = await Promise.all([
      log.commit((group) => group.append("a.jsonl", {}).seq),
      log.commit((group) => {
        group.change({ put: "settings", row: {} });
        return applied.length;
      }),
      log.commit((group) => {
        group.append("a.jsonl", {});
        return applied.length;
      }),
    ]);
    assert.deepEqual(seen, [0, 0, 2]);
    assert.equal(syncs(), 2);
    await log.close();
  });

  test("says in every group how far the file was synced when it was written", async (t) => {
    const { log, directory } = openLog(t);
    const lengths: number[] = [];
    for (let batch = 0; batch < 3; batch += 1) {
      lengths.push(log.segmentLength);
      await Promise.all([1, 2].map((n) => log.commit((group) => group.append("a.jsonl", { n }))));
    }
    const { groups } = readSegment(nodeFiles(), directory, 1);
    assert.deepEqual(
      groups.map(({ durable }) => durable),
      lengths.flatMap((length) => [length, length]),
    );
    await log.close();
  });
});
