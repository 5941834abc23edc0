import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import { openLine, sealLine } from "./chained-line.ts";
import { openLogUnderTest, quickFiles, testVaultId, writeLog } from "../testing/log-under-test.ts";
import type { WrittenLogOptions } from "../testing/log-under-test.ts";
import { recoverLog } from "./recover.ts";
import type { RecoveredLog, RecoveryNote } from "./recover.ts";
import { linesOf, readSegment } from "./segment.ts";

interface MadeLog {
  root: string;
  batchEnds: number[];
  bytes: Buffer;
}

async function makeLog(context: TestContext, options: WrittenLogOptions = {}): Promise<MadeLog> {
  const root = mkdtempSync(join(tmpdir(), "chatty-recover-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const batchEnds = await writeLog(root, options);
  return { root, batchEnds, bytes: readFileSync(join(root, "log", "1.jsonl")) };
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

function recover(root: string): { log: RecoveredLog; notes: RecoveryNote[] } {
  const notes: RecoveryNote[] = [];
  return {
    log: recoverLog({ files: quickFiles, root, vaultId: testVaultId, covered: -1, at: 5000, notes }),
    notes,
  };
}

function quarantined(root: string, note: RecoveryNote | undefined): Buffer {
  assert.ok(note?.quarantined !== undefined, "nothing was put into quarantine");
  return readFileSync(join(root, note.quarantined));
}

/** Where a damaged log must stand afterwards: refused, with not one byte changed anywhere. */
function assertRefused(root: string, what: string, code = "LOG_DAMAGED"): void {
  const before = snapshot(root);
  assert.throws(
    () => recover(root),
    (error) => isChattyError(error, code),
    what,
  );
  assert.deepEqual(snapshot(root), before, `${what}: something was changed`);
}

describe("recoverLog with a torn tail", () => {
  test("keeps every whole group and quarantines the rest, wherever the last batch was cut", async (t) => {
    const { root, bytes, batchEnds } = await makeLog(t);
    const start = batchEnds[2] ?? 0;
    const ends = [...linesOf(bytes, 0)].slice(1).map(({ end }) => end);
    for (const filling of ["none", "zeros"] as const) {
      for (let cut = start; cut < bytes.length; cut += 1) {
        const what = `cut at ${cut}, filling ${filling}`;
        const torn =
          filling === "none"
            ? bytes.subarray(0, cut)
            : Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(bytes.length - cut)]);
        writeFileSync(join(root, "log", "1.jsonl"), torn);
        const { log, notes } = recover(root);
        const whole = ends.filter((end) => end <= cut);
        const goodLength = whole.at(-1) ?? 0;
        assert.deepEqual(
          log.groups.map(({ seq }) => seq),
          whole.map((_, index) => index + 1),
          what,
        );
        assert.ok(log.lastSeq >= 3, what);
        assert.deepEqual(readFileSync(join(root, "log", "1.jsonl")), bytes.subarray(0, goodLength), what);
        if (torn.length === goodLength) assert.deepEqual(notes, [], what);
        else {
          assert.deepEqual(
            notes.map(({ code, from, to }) => [code, from, to]),
            [["LOG_TAIL_CUT", goodLength, torn.length]],
            what,
          );
          assert.deepEqual(quarantined(root, notes[0]), torn.subarray(goodLength), what);
        }
        rmSync(join(root, "quarantine"), { recursive: true, force: true });
      }
    }
  });

  test("takes a good line behind a hole of the last batch for torn: it was never synced", async (t) => {
    const { root, bytes, batchEnds } = await makeLog(t);
    const lines = [...linesOf(bytes, batchEnds[2] ?? 0)];
    const [, hole] = lines;
    assert.ok(lines.length === 3 && hole !== undefined);
    const holed = Buffer.from(bytes);
    holed.fill(0, hole.start, hole.end - 1);
    writeFileSync(join(root, "log", "1.jsonl"), holed);
    const { log, notes } = recover(root);
    assert.deepEqual([log.lastSeq, notes.map(({ code }) => code)], [4, ["LOG_TAIL_CUT"]]);
    assert.deepEqual(quarantined(root, notes[0]), holed.subarray(hole.start));
  });

  test("changes nothing the second time", async (t) => {
    const { root, bytes } = await makeLog(t);
    writeFileSync(join(root, "log", "1.jsonl"), bytes.subarray(0, -20));
    const first = recover(root);
    const after = snapshot(root);
    const second = recover(root);
    assert.deepEqual(second.log, first.log);
    assert.deepEqual([second.notes, snapshot(root)], [[], after]);
  });

  test("puts the tail into quarantine durably before it cuts anything", async (t) => {
    const { root, bytes } = await makeLog(t);
    writeFileSync(join(root, "log", "1.jsonl"), bytes.subarray(0, -20));
    const order: string[] = [];
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        if (["sync-directory", "truncate", "sync"].includes(kind)) {
          order.push(`${kind} ${path.split("/").at(-1)}`);
        }
      },
    });
    recoverLog({ files, root, vaultId: testVaultId, covered: -1, at: 5000, notes: [] });
    assert.ok(order.indexOf("sync-directory quarantine") < order.indexOf("truncate 1.jsonl"), order.join());
    assert.ok(order.indexOf("truncate 1.jsonl") < order.lastIndexOf("sync 1.jsonl"), order.join());
  });
});

describe("recoverLog with damaged bytes that were synced", () => {
  test("refuses and changes nothing, whichever byte before the last batch is damaged", async (t) => {
    const { root, bytes, batchEnds } = await makeLog(t);
    const synced = batchEnds[2] ?? 0;
    for (let at = 0; at < synced; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 + (at % 255));
      writeFileSync(join(root, "log", "1.jsonl"), damaged);
      assertRefused(root, `byte ${at} damaged`);
    }
  });

  test("refuses a hole of zeros in front of a batch that says it was synced", async (t) => {
    const { root, bytes, batchEnds } = await makeLog(t);
    for (const [index, from] of batchEnds.slice(0, 2).entries()) {
      const holed = Buffer.from(bytes);
      holed.fill(0, from, batchEnds[index + 1]);
      writeFileSync(join(root, "log", "1.jsonl"), holed);
      assertRefused(root, `hole from ${from}`);
    }
  });

  test("refuses a line that is missing, doubled or in another place", async (t) => {
    const { root, bytes } = await makeLog(t);
    const lines = [...linesOf(bytes, 0)].map((line) => line.bytes);
    const orders = {
      missing: [0, 2, 3, 4, 5, 6],
      doubled: [0, 1, 1, 2, 3, 4, 5, 6],
      swapped: [0, 2, 1, 3, 4, 5, 6],
    };
    for (const [what, order] of Object.entries(orders)) {
      const content = Buffer.concat(order.flatMap((index) => lines[index] ?? []));
      writeFileSync(join(root, "log", "1.jsonl"), content);
      assertRefused(root, what);
    }
  });

  test("refuses a line with the right number and a good seal that hangs on another line", async (t) => {
    const { root, bytes } = await makeLog(t);
    const lines = [...linesOf(bytes, 0)].map((line) => line.bytes);
    const [, , second] = lines;
    assert.ok(second !== undefined);
    const {
      prev: _prev,
      hash: _hash,
      ...group
    } = JSON.parse(second.toString("utf8")) as Record<string, unknown>;
    lines[2] = sealLine(group, "f".repeat(64)).bytes;
    writeFileSync(join(root, "log", "1.jsonl"), Buffer.concat(lines));
    assertRefused(root, "a group from another log in the place of the second");
  });

  test("refuses a torn end of a log file that another one follows", async (t) => {
    const { root, bytes } = await makeLog(t, { rotateAfter: [0] });
    for (const length of [bytes.length - 1, bytes.length - 30]) {
      writeFileSync(join(root, "log", "1.jsonl"), bytes.subarray(0, length));
      assertRefused(root, `first of two log files cut to ${length}`);
    }
  });

  test("refuses a damaged end of a log file behind which a header alone stands: it was synced", async (t) => {
    const { root, bytes } = await makeLog(t, { rotateAfter: [2] });
    const path = join(root, "log", "1.jsonl");
    const last = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    const damaged = Buffer.from(bytes);
    damaged[last + 3] = 0x58;
    for (const content of [bytes.subarray(0, last), bytes.subarray(0, -1), damaged]) {
      writeFileSync(path, content);
      assertRefused(root, `first of two log files with ${content.length} of ${bytes.length} bytes`);
    }
  });

  test("refuses a log of which a file in the middle is missing", async (t) => {
    const { root } = await makeLog(t, { rotateAfter: [0, 1] });
    rmSync(join(root, "log", "2.jsonl"));
    assertRefused(root, "the second of three is missing");
  });

  test("refuses the log of another vault, a newer format and no log at all", async (t) => {
    const { root } = await makeLog(t);
    const path = join(root, "log", "1.jsonl");
    const header = { format: 1, log: 1, vaultId: "019a7e6f-0000-7000-8000-00000000ffff", first: 1, at: 1 };
    writeFileSync(path, sealLine(header, "").bytes);
    assertRefused(root, "another vault's log");
    writeFileSync(path, sealLine({ ...header, vaultId: testVaultId, format: 2 }, "").bytes);
    assertRefused(root, "a newer format", "LOG_FORMAT_UNKNOWN");
    rmSync(path);
    assertRefused(root, "an empty log folder", "LOG_MISSING");
    rmSync(join(root, "log"), { recursive: true });
    assertRefused(root, "no log folder", "LOG_MISSING");
  });

  test("refuses a damaged header when groups behind it were synced", async (t) => {
    const { root } = await makeLog(t, { rotateAfter: [1] });
    const path = join(root, "log", "2.jsonl");
    const damaged = readFileSync(path);
    damaged[5] = 0x58;
    writeFileSync(path, damaged);
    assertRefused(root, "header of the newest log file damaged");
  });
});

describe("recoverLog with an unfinished next log file", () => {
  test("sets it aside, whatever a crash left of it, and goes on with the one before", async (t) => {
    const { root, bytes } = await makeLog(t);
    const header = sealLine(
      { format: 1, log: 2, vaultId: testVaultId, first: 7, at: 2 },
      "x".repeat(64),
    ).bytes;
    const leftovers = {
      empty: Buffer.alloc(0),
      zeros: Buffer.alloc(header.length),
      half: header.subarray(0, 40),
      "half and zeros": Buffer.concat([header.subarray(0, 40), Buffer.alloc(100)]),
      "without its newline": header.subarray(0, -1),
    };
    for (const [what, content] of Object.entries(leftovers)) {
      writeFileSync(join(root, "log", "2.jsonl"), content);
      const { log, notes } = recover(root);
      assert.deepEqual([log.lastSeq, log.numbers], [6, [1]], what);
      assert.deepEqual(
        notes.map(({ code }) => code),
        ["LOG_FILE_UNFINISHED"],
        what,
      );
      assert.deepEqual(quarantined(root, notes[0]), content, what);
      assert.deepEqual(readdirSync(join(root, "log")), ["1.jsonl"], what);
      assert.deepEqual(readFileSync(join(root, "log", "1.jsonl")), bytes, what);
    }
  });

  test("goes on from a next log file that has its header and nothing else", async (t) => {
    const { root } = await makeLog(t, { rotateAfter: [2] });
    const { log, notes } = recover(root);
    assert.deepEqual([log.lastSeq, log.lastNumber, log.numbers, notes], [6, 2, [1, 2], []]);
  });
});

describe("linesOf", () => {
  test("gives lines with their newline and the rest without", () => {
    const lines = [...linesOf(Buffer.from("a\n\nbc"), 0)].map(({ bytes, start, end }) => [
      bytes.toString(),
      start,
      end,
    ]);
    assert.deepEqual(lines, [
      ["a\n", 0, 2],
      ["\n", 2, 3],
      ["bc", 3, 5],
    ]);
  });
});

describe("readSegment", () => {
  test("gives the exact bytes of lines whose keys JSON writes with escapes", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "chatty-odd-keys-"));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const { log } = openLogUnderTest(directory);
    const keys = ["\\", "\n", '"', "\ud800", "a", "\u0000"];
    for (const key of [...keys, ...keys]) {
      await log.commit((group) => group.append("odd.jsonl", { [key]: { [key]: 1 } }));
    }
    await log.close();
    const lines = readSegment(quickFiles, directory, 1).groups.flatMap((group) => group.lines);
    assert.equal(lines.length, keys.length * 2);
    for (const line of lines) assert.equal(line === undefined ? "none" : openLine(line).kind, "sealed");
  });
});
