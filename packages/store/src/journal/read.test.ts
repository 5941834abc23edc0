import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import fc from "fast-check";
import { sealLine } from "../log/chained-line.ts";
import { readHeader, recordsFromEnd, scanLines, scanRecords, tailLines, tailRecords } from "./read.ts";
import type { PublishedBytes } from "./read.ts";

interface Counted extends PublishedBytes {
  bytesRead: number;
}

function sourceOf(bytes: Buffer, length = bytes.length): Counted {
  const source: Counted = {
    path: "messages.jsonl",
    length,
    bytesRead: 0,
    read: (position, wanted) => {
      const part = bytes.subarray(position, Math.min(position + wanted, length));
      source.bytesRead += part.length;
      return part;
    },
  };
  return source;
}

function journalOf(contents: readonly string[]): Buffer {
  const lines: Buffer[] = [];
  let prev = "";
  const add = (body: object): void => {
    const sealed = sealLine(body, prev);
    lines.push(sealed.bytes);
    prev = sealed.hash;
  };
  add({ version: "1.0", chat_id: "id", timestamp: 1, metadata: {} });
  for (const [index, content] of contents.entries()) add({ seq: index + 1, kind: "note", text: content });
  return Buffer.concat(lines);
}

function isDamaged(error: unknown): boolean {
  return isChattyError(error, "FILE_DAMAGED");
}

/** Short and long texts, some longer than what is read at once. */
const texts = fc.array(
  fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.integer({ min: 100_000, max: 600_000 }).map((length) => "x".repeat(length)),
  ),
  { maxLength: 12 },
);

describe("scanLines and tailLines", () => {
  test("find the same lines from either end, whatever their lengths", () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (contents, isTorn) => {
        const whole = journalOf(contents);
        const bytes = isTorn ? whole.subarray(0, whole.length - 1) : whole;
        const lines = [...scanLines(sourceOf(bytes))];
        assert.ok(Buffer.concat(lines.map((line) => line.bytes)).equals(bytes));
        for (const count of [1, 2, lines.length, lines.length + 3]) {
          assert.deepEqual(tailLines(sourceOf(bytes), count), lines.slice(-count));
        }
        for (const { start } of lines) {
          const rest = [...scanLines(sourceOf(bytes), start)];
          assert.deepEqual(
            rest,
            lines.filter((line) => line.start >= start),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  test("never look behind the published length", () => {
    const bytes = journalOf(["one", "two", "three"]);
    const ends = [...scanLines(sourceOf(bytes))].map((line) => line.start);
    for (const [index, end] of ends.entries()) {
      assert.equal([...scanLines(sourceOf(bytes, end))].length, index);
      assert.equal(tailLines(sourceOf(bytes, end), 10).length, index);
    }
  });

  test("read no more of a long file than of a short one", () => {
    const cost = (count: number, wanted: number): number => {
      const source = sourceOf(journalOf(Array.from({ length: count }, (_, index) => `text ${index % 10}`)));
      assert.equal(tailRecords(source, wanted).length, wanted);
      readHeader(source);
      return source.bytesRead;
    };
    assert.equal(cost(20_000, 20), cost(4_000, 20));
    assert.ok(cost(20_000, 20) <= 2 * 256 * 1024);
  });
});

describe("scanRecords", () => {
  test("gives records without the header and checks every link", () => {
    const bytes = journalOf(["one", "two", "three"]);
    const records = [...scanRecords(sourceOf(bytes), 0)];
    assert.deepEqual(
      records.map(({ record }) => record.seq),
      [1, 2, 3],
    );
    const [, second] = records;
    assert.ok(second !== undefined);
    const before = records[0]?.record.hash ?? "";
    assert.equal([...scanRecords(sourceOf(bytes), second.start, before)].length, 2);
    assert.throws(() => [...scanRecords(sourceOf(bytes), second.start, "0".repeat(64))], isDamaged);
    const without = Buffer.concat([
      bytes.subarray(0, second.start),
      bytes.subarray(second.start + second.length),
    ]);
    assert.throws(() => [...scanRecords(sourceOf(without), 0)], isDamaged);
  });

  test("gives the records from the last to the first, and reads no more than was asked for", () => {
    const bytes = journalOf(Array.from({ length: 1_000 }, (_, index) => `${index} ${"x".repeat(2_000)}`));
    const forward = [...scanRecords(sourceOf(bytes), 0)].map(({ record }) => record.seq);
    const source = sourceOf(bytes);
    assert.deepEqual(
      [...recordsFromEnd(source)].map(({ seq }) => seq),
      forward.toReversed(),
    );
    source.bytesRead = 0;
    for (const { seq } of recordsFromEnd(source)) if (seq === 990) break;
    assert.ok(source.bytesRead < bytes.length / 4, `${source.bytesRead} of ${bytes.length}`);
    assert.deepEqual([...recordsFromEnd(sourceOf(journalOf([])))], []);
  });

  test("finds any byte that was changed", () => {
    const bytes = journalOf(["one", "two"]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        assert.throws(() => [...scanRecords(sourceOf(changed), 0)], isDamaged);
      }),
      { numRuns: 300 },
    );
  });

  test("says where a journal without a header is damaged", () => {
    assert.throws(() => readHeader(sourceOf(Buffer.alloc(0))), isDamaged);
    assert.throws(() => readHeader(sourceOf(Buffer.from("{}\n"))), isDamaged);
  });
});
