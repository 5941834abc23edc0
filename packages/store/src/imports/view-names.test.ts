import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConstructId } from "@chatty/model";
import fc from "fast-check";
import { viewPaths, type ViewSubject } from "./view-names.ts";

const constructId = parseConstructId("chatgpt-alex-001");
const createdAt = Date.UTC(2024, 0, 31, 23, 59);

function subject(title: string | undefined, sourceId: string, more: Partial<ViewSubject> = {}): ViewSubject {
  return { constructId, sourceId, createdAt, ...(title === undefined ? {} : { title }), ...more };
}

/** Names alone, of conversations of one month. */
function namesOf(...titles: string[]): string[] {
  const paths = viewPaths(titles.map((title, index) => subject(title, String(index).padStart(6, "0"))));
  return paths.map((path) => path.slice("chatgpt-alex-001/2024/01/".length));
}

describe("viewPaths", () => {
  test("puts a view under its construct, year and month in UTC, or under undated", () => {
    assert.deepEqual(viewPaths([subject("Conversation Title", "a")]), [
      "chatgpt-alex-001/2024/01/Conversation Title.md",
    ]);
    const { createdAt: _, ...undated } = subject("Tea", "b");
    assert.deepEqual(viewPaths([undated, subject("Tea", "c", { createdAt: Number.NaN })]), [
      "chatgpt-alex-001/undated/Tea.md",
      "chatgpt-alex-001/undated/Tea (2).md",
    ]);
  });

  test("counts equal titles in the order of time and id, whatever order they come in", () => {
    const later = subject("Tea", "a", { createdAt: createdAt + 1 });
    const paths = viewPaths([later, subject("Tea", "c"), subject("Tea", "b")]);
    assert.deepEqual(
      paths.map((path) => path.split("/").at(-1)),
      ["Tea (3).md", "Tea (2).md", "Tea.md"],
    );
  });

  test("tells apart what a file system may take for the same name", () => {
    assert.deepEqual(namesOf("Tea", "TEA", "tea"), ["Tea.md", "TEA (2).md", "tea (3).md"]);
    assert.deepEqual(namesOf("caf\u00e9", "cafe\u0301"), ["caf\u00e9.md", "caf\u00e9 (2).md"]);
    assert.deepEqual(namesOf("stra\u00dfe", "STRASSE"), ["stra\u00dfe.md", "STRASSE (2).md"]);
    assert.deepEqual(namesOf("Tea", "Tea (2)", "Tea"), ["Tea.md", "Tea (2).md", "Tea (3).md"]);
  });

  test("makes hostile titles harmless", () => {
    assert.deepEqual(namesOf("../../etc/passwd", "..", "", "   ", "a\u0000b\nc", "x. . "), [
      "etc-passwd.md",
      "untitled.md",
      "untitled (2).md",
      "untitled (3).md",
      "a b c.md",
      "x.md",
    ]);
    assert.deepEqual(namesOf("CON", "nul.txt", "com1 ", "Console", "lpt\u00b2"), [
      "_CON.md",
      "_nul.txt.md",
      "_com1.md",
      "Console.md",
      "_lpt\u00b2.md",
    ]);
    assert.deepEqual(namesOf("a:b|c?", "\u202egnp.exe", "👍🏽", "\ud83d", "👩\u200d🚀", ".hidden"), [
      "a-b-c.md",
      "gnp.exe.md",
      "👍🏽.md",
      "untitled.md",
      "👩\u200d🚀.md",
      "hidden.md",
    ]);
  });

  test("cuts long titles between code points", () => {
    const [letters = "", emoji = "", again = ""] = namesOf(
      "x".repeat(300),
      "😀".repeat(300),
      "😀".repeat(299),
    );
    assert.equal(letters, `${"x".repeat(165)}.md`);
    assert.equal(emoji, `${"😀".repeat(41)}.md`);
    assert.equal(again, `${"😀".repeat(41)} (2).md`);
  });

  test("gives safe, distinct paths that depend on the set alone", () => {
    const title = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc
        .array(
          fc.constantFrom("a", "A", ".", " ", "/", "..", "CON", "é", "e\u0301", " (2)", "\ud800", "😀", "-"),
          {
            maxLength: 4,
          },
        )
        .map((pieces) => pieces.join("")),
    );
    const subjects = fc.uniqueArray(
      fc.record({
        constructId: fc.constant(constructId),
        sourceId: fc.uuid(),
        title,
        createdAt: fc.constantFrom(createdAt, createdAt + 1, 0),
      }),
      { maxLength: 25, selector: (each) => each.sourceId },
    );
    fc.assert(
      fc.property(subjects, (given) => {
        const paths = viewPaths(given);
        assert.equal(new Set(paths.map((path) => path.toLowerCase().normalize("NFC"))).size, given.length);
        for (const path of paths) {
          assert.match(path, /^chatgpt-alex-001\/\d{4}\/\d{2}\/[^/\\:*?"<>|\p{Cc}]+\.md$/u);
          const name = path.split("/").at(-1) ?? "";
          assert.ok(Buffer.byteLength(name) <= 180);
          assert.ok(name.isWellFormed());
          assert.doesNotMatch(name, /^[.\s]|[.\s]\.md$|^(?:con|nul)\./i);
        }
        assert.deepEqual(viewPaths(given.toReversed()), paths.toReversed());
      }),
      { numRuns: 2000 },
    );
  });

  test("names 20,000 untitled conversations without going through them again and again", () => {
    const many = Array.from({ length: 20_000 }, () => "");
    assert.equal(namesOf(...many).at(-1), "untitled (20000).md");
  });
});
