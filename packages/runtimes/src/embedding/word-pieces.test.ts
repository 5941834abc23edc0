import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { readMiniLmFiles } from "./model-files.ts";
import { makeWordPieces } from "./word-pieces.ts";

const pieces = makeWordPieces((await readMiniLmFiles()).tokenizer);

/** Blocks of Unicode that the random texts are made of; all of their characters are older than what the reference knows. */
const blocks = [
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0x61, 0x7a],
  [0x61, 0x7a],
  [0xa0, 0x24f],
  [0x300, 0x36f],
  [0x3b1, 0x3c9],
  [0x391, 0x3a1],
  [0x410, 0x44f],
  [0x5d0, 0x5ea],
  [0x621, 0x64a],
  [0x905, 0x939],
  [0xe01, 0xe3a],
  [0x1e00, 0x1eff],
  [0x2000, 0x206f],
  [0x20a0, 0x20b0],
  [0x3000, 0x30ff],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xf900, 0xfa2d],
  [0xff00, 0xff5e],
  [0x1f300, 0x1f5ff],
  [0x20000, 0x2a6d6],
  [0, 0x1f],
  [0xe000, 0xe0ff],
] as const;

function randomTexts(count: number): string[] {
  let seed = 20_240_501;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: count }, () => {
    let text = "";
    for (let left = 1 + next(30); left > 0; left -= 1) {
      const [from, to] = blocks[next(blocks.length)] ?? [0x61, 0x61];
      text += String.fromCodePoint(from + next(to - from + 1));
      if (next(5) === 0) text += " ";
    }
    return text;
  });
}

describe("word pieces", () => {
  test("5,000 random texts of all scripts become the numbers that the tokenizer of the package makes of them", () => {
    const hash = createHash("sha256");
    for (const text of randomTexts(5000)) hash.update(`${JSON.stringify(pieces.ids(text))}\n`);
    // Made with the npm package `tokenizers` 0.23.2 from the same tokenizer.json, without filling up or cutting.
    assert.equal(hash.digest("hex"), "13ca9afb3ca636c2cb614cbf5f28c966c6ae0aa34a8ef0752c850688ec3504b1");
  });

  test("words are cut as the vocabulary has them", () => {
    const cases: [string, number[]][] = [
      ["Hello, World!", [7592, 1010, 2088, 999]],
      ["unaffable", [14477, 20961, 3468]],
      ["naïve café", [15743, 7668]],
      ["ΣΊΣΥΦΟΣ", [1173, 18199, 29733, 29735, 29736, 29730, 29733]],
      [
        "useEffect(() => {}, [])",
        [2224, 12879, 25969, 1006, 1006, 1007, 1027, 1028, 1063, 1065, 1010, 1031, 1033, 1007],
      ],
      ["東京タワー", [1879, 1755, 1709, 30262, 30265]],
      ["don't", [2123, 1005, 1056]],
      ["e-mail@example.org", [1041, 1011, 5653, 1030, 2742, 1012, 8917]],
      ["안녕하세요", [1463, 30006, 30021, 29992, 30010, 30025, 30005, 30006, 29997, 30009, 29999, 30013]],
      ["x\u0000y\u200bz\ufeff", [1060, 2100, 2480]],
      ["a\u0085b\u2028c", [11113, 1039]],
      ["İstanbul", [9960]],
      ["\ud800", []],
      ["①½", [100]],
      ["🙂🙂", [100]],
      [
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        [100],
      ],
      ["Straße", [2358, 27807]],
      ["हिन्दी", [1339, 29877, 29863, 29861, 29878]],
    ];
    for (const [text, ids] of cases) assert.deepEqual(pieces.ids(text), ids, JSON.stringify(text));
  });

  test("a limit cuts, counting agrees, and nothing is filled up", () => {
    const text = "the boat was painted ".repeat(3000);
    assert.equal(pieces.count(text), 12_000);
    assert.equal(pieces.ids(text, 254).length, 254);
    assert.deepEqual(pieces.ids(text, 254), pieces.ids(text).slice(0, 254));
    assert.deepEqual(pieces.ids(""), []);
    assert.deepEqual(pieces.ids(" \n\t\u200b"), []);
  });

  test("marks that stand in a text are text", () => {
    for (const mark of ["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]"]) {
      assert.ok(
        pieces.ids(`a ${mark} b`).every((id) => id > 103),
        mark,
      );
    }
  });

  test("a huge text without a blank costs no more than its length", () => {
    assert.deepEqual(pieces.ids("x".repeat(2_000_000)), [100]);
    assert.equal(pieces.ids("漢".repeat(100_000), 5).length, 5);
  });
});
