import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { chunksOf, collect } from "../testing/byte-source.ts";
import { splitElements } from "./array-splitter.ts";
import type { SplitEvent, SplitOptions } from "./array-splitter.ts";

async function split(
  text: string | Uint8Array,
  sizes: number[] = [1 << 20],
  options?: SplitOptions,
): Promise<SplitEvent[]> {
  const events = await collect(splitElements(chunksOf(text, sizes), options));
  const whole = Buffer.from(text);
  for (const event of events) {
    if (event.kind === "notice" || event.bytes === undefined) continue;
    assert.deepEqual(event.bytes, whole.subarray(event.offset, event.offset + event.bytes.length));
  }
  return events;
}

function parse(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}

function elements(events: readonly SplitEvent[]): unknown[] {
  return events.flatMap((event) => (event.kind === "element" ? [parse(event.bytes)] : []));
}

function shape(events: readonly SplitEvent[]): string {
  return events
    .map((event) => (event.kind === "element" ? "e" : event.kind === "damage" ? event.reason : event.notice))
    .join(" ");
}

const anySizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

describe("splitElements", () => {
  test("hands out every element of any array, in chunks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        anySizes,
        fc.constantFrom(0, 1, 4),
        async (values, sizes, indent) => {
          const text = JSON.stringify(values, undefined, indent);
          const events = await split(text, sizes);
          assert.deepEqual(elements(events), JSON.parse(text));
          assert.equal(events.length, values.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("knows strings with quotes and backslashes in every place", async () => {
    const nasty = fc.array(
      fc.constantFrom("\\", '"', "{", "}", "[", "]", ",", ":", "a", "é", "😀", "x".repeat(40)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { minLength: 1 }), anySizes, async (texts, sizes) => {
        const values = texts.map((pieces) => ({ [pieces.join("")]: pieces.join("") }));
        assert.deepEqual(elements(await split(JSON.stringify(values), sizes)), values);
      }),
      { numRuns: 1000 },
    );
  });

  test("takes a single object, a wrapped array and one object per line", async () => {
    for (const sizes of [[1], [3, 5], [1000]]) {
      assert.deepEqual(elements(await split('{"a":[1]}', sizes)), [{ a: [1] }]);
      assert.deepEqual(
        elements(await split(' {"v":{"conversations":[3]},"conversations": [{"a":1},{}],"x":{}} ', sizes)),
        [{ a: 1 }, {}],
      );
      assert.deepEqual(elements(await split('{"a":1}\n{"a":2}\r\n', sizes)), [{ a: 1 }, { a: 2 }]);
    }
  });

  test("passes over a byte order mark and counts it", async () => {
    const events = await split('\ufeff[{"a":1}]', [1]);
    assert.equal(shape(events), "e");
    assert.equal(events[0]?.offset, 4);
  });

  test("says what is wrong around the elements", async () => {
    assert.equal(shape(await split('[{"a":1}] and more, [1]')), "e trailing-bytes");
    assert.equal(shape(await split('[{"a":1}]\0\0\0\0')), "e trailing-bytes");
    assert.equal(shape(await split('[{"a":1} {"a":2}]')), "e missing-comma e");
    assert.equal(shape(await split('[{"a":1},')), "e unterminated");
    assert.equal(shape(await split('[{"a":1}][{"a":2}]')), "e e");
    assert.equal(shape(await split('{"a":1},{"a":2}]')), "e e");
    assert.equal(shape(await split("[]")), "");
    assert.equal(shape(await split("")), "");
  });

  test("hands out what is whole of a text cut off anywhere", async () => {
    const values = [{ a: 'x"y' }, { a: [1, { b: "\\" }] }, { a: null }];
    const text = JSON.stringify(values);
    for (let length = 1; length < text.length; length += 1) {
      const events = await split(text.slice(0, length), [4]);
      const whole = elements(events);
      assert.deepEqual(whole, values.slice(0, whole.length));
      const last = events.at(-1);
      assert.ok(
        last?.kind === "notice" ? last.notice === "unterminated" : last?.kind === "damage",
        `cut at ${length}`,
      );
    }
  });

  test("loses only the damaged element, whatever bracket or quote it lost", async () => {
    const value = (id: number): object => ({
      id,
      mapping: { n: { parent: null, parts: ["one, {two}", { id: 7 }] } },
    });
    const accepts = (bytes: Buffer): boolean => {
      try {
        return "mapping" in JSON.parse(bytes.toString());
      } catch {
        return false;
      }
    };
    const before = JSON.stringify(value(1));
    const after = JSON.stringify(value(3));
    const middle = JSON.stringify(value(2));
    for (let at = 0; at < middle.length; at += 1) {
      const torn = middle.slice(0, at) + middle.slice(at + 1);
      for (const sizes of [[5], [4096]]) {
        const events = await split(`[${before},\n ${torn},\n ${after}]`, sizes, { accepts });
        const readable = events.flatMap((event) => {
          return event.kind === "element" && accepts(event.bytes)
            ? [(JSON.parse(event.bytes.toString()) as { id: number }).id]
            : [];
        });
        assert.equal(readable[0], 1, `without byte ${at}`);
        assert.equal(readable.at(-1), 3, `without byte ${at}: ${torn}`);
      }
    }
  });

  test("reports an element that is too long without keeping it, and goes on", async () => {
    const text = JSON.stringify([{ a: "x".repeat(500) }, { b: 1 }]);
    const events = await split(text, [7], { maxElementBytes: 100 });
    assert.equal(shape(events), "oversized e");
    const [damage] = events;
    assert.equal(damage?.kind === "damage" ? damage.length : 0, text.indexOf(',{"b"') - 1);
  });

  test("ends whatever it is given", async () => {
    const soup = fc
      .array(
        fc.constantFrom(
          "[",
          "]",
          "{",
          "}",
          ",",
          ":",
          '"',
          "\\",
          "a",
          "1",
          " ",
          "\0",
          "\u00ff",
          '{"k":1}',
          ',{"k"',
        ),
      )
      .map((pieces) => pieces.join(""));
    await fc.assert(
      fc.asyncProperty(soup, anySizes, async (text, sizes) => {
        await split(text, sizes);
      }),
      { numRuns: 3000 },
    );
  });

  test("measures depth and finds integers a double would change", async () => {
    const [deep] = await split(`[${"[".repeat(5000)}${"]".repeat(5000)}]`);
    assert.equal(deep?.kind === "element" ? deep.deepest : 0, 5000);
    const [big, small] = await split(
      '[{"id":9007199254740993},{"at":1700000000.123456789,"t":"9007199254740993"}]',
    );
    assert.equal(big?.kind === "element" && big.hasBigIntegers, true);
    assert.equal(small?.kind === "element" && small.hasBigIntegers, false);
  });

  test("closes its source when the reader stops early", async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from("[{}");
        for (;;) yield Buffer.from(",{}");
      } finally {
        isClosed = true;
      }
    }
    for await (const event of splitElements(endless())) if (event.kind === "element") break;
    assert.equal(isClosed, true);
  });
});
