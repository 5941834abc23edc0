import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findMeantTime } from "./meant-time.ts";

/** A Saturday. */
const options = { now: Date.UTC(2024, 5, 15, 12) };

function day(year: number, month: number, date = 1): number {
  return Date.UTC(year, month - 1, date);
}

describe("a time in plain words", () => {
  const cases: [query: string, from: number | undefined, to: number | undefined, rest: string][] = [
    [
      "what did I say about the boat in May 2023",
      day(2023, 5),
      day(2023, 6),
      "what did I say about the boat",
    ],
    ["sourdough May 2023", day(2023, 5), day(2023, 6), "sourdough"],
    ["May 2023: sourdough?", day(2023, 5), day(2023, 6), "sourdough?"],
    ["boat 17 May 2023", day(2023, 5, 17), day(2023, 5, 18), "boat"],
    ["boat on May 17th, 2023 in the harbour", day(2023, 5, 17), day(2023, 5, 18), "boat in the harbour"],
    ["Boot am 3. März 2023", day(2023, 3, 3), day(2023, 3, 4), "Boot"],
    ["barco el 3 de mayo de 2023", day(2023, 5, 3), day(2023, 5, 4), "barco"],
    ["bateau en février 2023", day(2023, 2), day(2023, 3), "bateau"],
    ["boat in May", day(2024, 5), day(2024, 6), "boat"],
    ["boat in November", day(2023, 11), day(2023, 12), "boat"],
    ["boat 4 July", day(2023, 7, 4), day(2023, 7, 5), "boat"],
    ["boat in 2022", day(2022, 1), day(2023, 1), "boat"],
    ["boat since 2022", day(2022, 1), undefined, "boat"],
    ["boat before May 2023", undefined, day(2023, 5), "boat"],
    ["boat 2023-05", day(2023, 5), day(2023, 6), "boat"],
    ["boat 2023-05-17", day(2023, 5, 17), day(2023, 5, 18), "boat"],
    ["boat yesterday", day(2024, 6, 14), day(2024, 6, 15), "boat"],
    ["boat last week", day(2024, 6, 3), day(2024, 6, 10), "boat"],
    ["boat last month from:me", day(2024, 5), day(2024, 6), "boat from:me"],
    ["last year", day(2023, 1), day(2024, 1), ""],
  ];
  for (const [query, from, to, rest] of cases) {
    test(query, () => {
      const found = findMeantTime(query, options);
      assert.deepEqual([found?.from, found?.to, found?.rest], [from, to, rest]);
      assert.equal(query.slice(...(found?.range ?? [0, 0])), found?.said);
    });
  }

  test("is not seen where another thing is meant, or words are quoted or excluded", () => {
    for (const query of [
      "",
      "may I ask",
      "march of the penguins",
      "boat",
      "error 2023",
      "section 17",
      '"May 2023"',
      "boat -2023-05",
      "boat -yesterday",
      "dec 17 bits",
      "before:2024",
      "in 3",
      "2023-99",
    ]) {
      const found = findMeantTime(query, options);
      assert.equal(found, undefined, `${query}: ${JSON.stringify(found)}`);
    }
  });
});
