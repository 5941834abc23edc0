import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFirstMark, markedPieces } from "./marked-pieces.ts";

test("a text is cut where its marks begin and end", () => {
  assert.deepEqual(
    markedPieces("the red boat", [
      [4, 7],
      [8, 12],
    ]),
    [
      { text: "the ", isMarked: false },
      { text: "red", isMarked: true },
      { text: " ", isMarked: false },
      { text: "boat", isMarked: true },
    ],
  );
  assert.deepEqual(markedPieces("none", []), [{ text: "none", isMarked: false }]);
  assert.deepEqual(markedPieces("", [[0, 4]]), []);
});

test("marks that make no sense lose no letter and repeat none", () => {
  const text = "a text that stays whole";
  const wrong: [number, number][][] = [
    [
      [4, 90],
      [2, 3],
    ],
    [
      [0, 6],
      [3, 9],
      [3, 9],
    ],
    [
      [7, 2],
      [-5, 3],
    ],
    [[90, 99]],
  ];
  for (const marks of wrong) {
    assert.equal(
      markedPieces(text, marks)
        .map((piece) => piece.text)
        .join(""),
      text,
    );
  }
});

test("a text begins late enough that its first mark is seen", () => {
  const text = `${"word ".repeat(40)}the red boat sails`;
  const at = text.indexOf("red");
  const cut = fromFirstMark(text, [[at, at + 3]], 40);
  assert.ok(cut.text.startsWith("…word "), cut.text);
  const [from, to] = cut.marks[0] ?? [0, 0];
  assert.equal(cut.text.slice(from, to), "red");
  assert.ok(from <= 40, `${from}`);
  assert.deepEqual(fromFirstMark("the red boat", [[4, 7]], 40), { text: "the red boat", marks: [[4, 7]] });
  const unspaced = `${"😀".repeat(60)}boat`;
  const begun = fromFirstMark(unspaced, [[120, 124]], 40);
  assert.equal(begun.text.isWellFormed(), true);
  assert.equal(begun.text.slice(...(begun.marks[0] ?? [0, 0])), "boat");
});
