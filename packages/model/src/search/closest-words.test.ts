import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closestWords, editDistance } from "./closest-words.ts";

/** The textbook's form, without bounds and without sparing memory. */
function plainDistance(left: string, right: string): number {
  const at = (row: number, column: number): number => {
    if (row === 0 || column === 0) return row + column;
    const key = row * 100 + column;
    const known = memory.get(key);
    if (known !== undefined) return known;
    let least = Math.min(at(row - 1, column), at(row, column - 1)) + 1;
    least = Math.min(least, at(row - 1, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1));
    if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
      least = Math.min(least, at(row - 2, column - 2) + 1);
    }
    memory.set(key, least);
    return least;
  };
  const memory = new Map<number, number>();
  return at(left.length, right.length);
}

describe("closest words", () => {
  test("are one mistake away from short words and two from long ones, the nearest first", () => {
    const words = ["receipt", "recipe", "receive", "relieve", "recieve", "deceiver", "zebra"];
    assert.deepEqual(closestWords("recieve", words), ["receive", "relieve", "recipe"]);
    assert.deepEqual(closestWords("teh", ["the", "ten", "tea", "then", "toe"]), ["the", "ten", "tea"]);
    assert.deepEqual(closestWords("pythn", ["python", "pithon"]), ["python"]);
  });

  test("of equal distance come in the order in which they were given, as many as are wanted", () => {
    assert.deepEqual(closestWords("card", ["cart", "care", "core", "yard"], { limit: 2 }), ["cart", "care"]);
  });

  test("count neither case nor accents, and leave out the word itself", () => {
    assert.deepEqual(closestWords("Uber", ["über", "UBER", "Öber"]), ["Öber"]);
  });

  test("are none for a word of two letters, and for one that is too long", () => {
    assert.deepEqual(closestWords("to", ["so", "do"]), []);
    assert.deepEqual(closestWords("a".repeat(100), [`${"a".repeat(99)}b`]), []);
  });

  test("are measured as the textbook measures them", () => {
    let state = 1;
    const below = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };
    const word = (): string => Array.from({ length: below(8) }, () => "abc"[below(3)] ?? "").join("");
    const seen = [0, 0, 0, 0];
    for (let round = 0; round < 50_000; round += 1) {
      const [left, right] = [word(), word()];
      const letters = [Array.from(left), Array.from(right)] as const;
      const distance = Math.min(3, plainDistance(left, right));
      seen[distance] = (seen[distance] ?? 0) + 1;
      assert.equal(Math.min(3, editDistance(...letters, 2)), distance, `${left} ${right}`);
      assert.equal(editDistance(...letters, 1) <= 1, distance <= 1, `${left} ${right}`);
    }
    assert.ok(
      seen.every((count) => count > 100),
      seen.join(),
    );
  });
});
