import assert from "node:assert/strict";
import { test } from "node:test";
import { markedPieces } from "./marked-pieces.ts";

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
