import { findMarks, makeSnippet, parseSearchQuery, wordTokens } from "@chatty/model";
import type { ParsedQuery, Snippet, TextRange } from "@chatty/model";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { randomText } from "./random-text.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const textCount = isFull ? 200_000 : 8000;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

interface Case {
  text: string;
  parsed: ParsedQuery;
  maxChars: number;
}

/** A text out of many, and a query of words that stand in it. */
function makeCase(random: SeededRandom): Case {
  let text = "";
  for (let count = 1 + random.below(8); count > 0; count -= 1) {
    text +=
      randomText(random, 60) + random.pick([" ", "\n\n", "", "👨‍👩‍👧‍👦", "e\u0301\u0323", "🇩🇪🇫🇷", "\r\n", "   "]);
  }
  const words = wordTokens(text);
  const picked = Array.from({ length: random.below(4) }, () => words[random.below(words.length)]);
  const query = picked
    .map((word) => (word === undefined ? "none" : `"${text.slice(word.from, word.to)}"`))
    .join(" ");
  return { text, parsed: parseSearchQuery(query, { now: 0 }), maxChars: 20 + random.below(120) };
}

/** What is wrong with a snippet; undefined when nothing is. */
function findFault({ text, parsed, maxChars }: Case, { snippet, marks }: Snippet): string | undefined {
  if (snippet.length > maxChars) return `too long: ${snippet.length} > ${maxChars}`;
  if (/[\t\n\r]|\s\s/.test(snippet)) return "white space is not folded";
  let last = 0;
  for (const [from, to] of marks) {
    if (from < last || to <= from || to > snippet.length) return `marks: ${JSON.stringify(marks)}`;
    last = to;
  }
  const folded = text.replaceAll(/\s+/g, " ").trim();
  const borders = new Set([folded.length, ...Array.from(segmenter.segment(folded), ({ index }) => index)]);
  // The sign that something is cut off may as well be one of the text itself.
  const starts = snippet.startsWith("…") ? [0, 1] : [0];
  const ends = snippet.endsWith("…") ? [0, 1] : [0];
  const bodies = starts.flatMap((start) =>
    ends.map((end) => snippet.slice(start, snippet.length - end).trim()),
  );
  const isWhole = bodies.some((body) => standsWhole(body, folded, borders));
  if (!isWhole) return `cut inside a letter, or nowhere in the text: ${JSON.stringify(snippet)}`;
  if (marks.length === 0 && mustBeShown(text, parsed, maxChars)) return "nothing of what was found is shown";
  return undefined;
}

/** Whether a stretch of a text begins and ends between letters, at some place where it stands. */
function standsWhole(body: string, text: string, borders: ReadonlySet<number>): boolean {
  for (let at = text.indexOf(body); at >= 0; at = text.indexOf(body, at + 1)) {
    const end = at + body.length;
    // A space is dropped at a border, even one that carries an accent.
    if ((text[at - 1] === " " || borders.has(at)) && (text[end] === " " || borders.has(end))) return true;
    if (at === text.length) return false;
  }
  return false;
}

/** Whether something was found that a snippet has room for: Unicode lets letters be as long as one likes. */
function mustBeShown(text: string, parsed: ParsedQuery, maxChars: number): boolean {
  const found = findMarks(text, parsed);
  if (found.length === 0) return false;
  const letters = Array.from(
    segmenter.segment(text),
    ({ index, segment }) => [index, index + segment.length] as const,
  );
  return found.every(([from, to]) => {
    const touched = letters.filter((letter) => letter[0] < to && letter[1] > from);
    return (touched.at(-1)?.[1] ?? to) - (touched[0]?.[0] ?? from) <= maxChars / 2;
  });
}

function countFaults(make: (each: Case) => Snippet, count: number): { faults: number; first: string } {
  let faults = 0;
  let first = "";
  for (let index = 0; index < count; index += 1) {
    const each = makeCase(createRandom(seed + index));
    const fault = findFault(each, make(each));
    if (fault === undefined) continue;
    faults += 1;
    if (first === "")
      first = `seed ${seed + index}: ${fault} in ${JSON.stringify([each.text, each.parsed.text, each.maxChars])}`;
  }
  return { faults, first };
}

function make({ text, parsed, maxChars }: Case): Snippet {
  return makeSnippet(text, parsed, { maxChars });
}

/** What is to be marked, by comparing every word of a text with every word of a query. */
function marksByComparing(text: string, { terms }: ParsedQuery): TextRange[] {
  const words = wordTokens(text);
  const found: TextRange[] = [];
  for (const { tokens, isPrefix } of terms.flatMap((term) => [term, ...term.alternatives])) {
    for (let at = 0; at + tokens.length <= words.length; at += 1) {
      const fits = tokens.every((token, index) => {
        const term = words[at + index]?.term ?? "";
        return isPrefix && index === tokens.length - 1 ? term.startsWith(token) : term === token;
      });
      if (tokens.length > 0 && fits)
        found.push([words[at]?.from ?? 0, words[at + tokens.length - 1]?.to ?? 0]);
    }
  }
  const merged: TextRange[] = [];
  for (const [from, to] of found.toSorted((left, right) => left[0] - right[0] || left[1] - right[1])) {
    const last = merged.at(-1);
    if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** A text of few words and a query of them, so that phrases begin, fail and begin again. */
function makeDenseCase(random: SeededRandom): { text: string; parsed: ParsedQuery } {
  const words = ["a", "b", "ab", "Äb", "a\u0301b", "ba", "語", "語日", "日", "x_y", "éa"];
  const many = (count: number): string => Array.from({ length: count }, () => random.pick(words)).join(" ");
  const queries = Array.from({ length: 1 + random.below(3) }, () => {
    const star = random.pick(["", "", "*"]);
    return `"${many(1 + random.below(4))}"${star}${random.pick([" ", " OR "])}`;
  });
  return { text: many(random.below(60)), parsed: parseSearchQuery(queries.join("").trim(), { now: 0 }) };
}

describe("marks of texts at random", () => {
  test("stand where comparing every word with every word puts them", (t) => {
    let marked = 0;
    for (let index = 0; index < textCount * 2; index += 1) {
      const random = createRandom(seed + index);
      const { text, parsed } = index % 2 === 0 ? makeDenseCase(random) : makeCase(random);
      const endsInPart = parsed.terms.some((term) =>
        [term, ...term.alternatives].some(
          ({ isPrefix, tokens }) => isPrefix && /^[^\0-\u0dff]/u.test(tokens.at(-1) ?? ""),
        ),
      );
      // Of a pair of letters only what was asked for is marked, which tables in another test show.
      if (endsInPart || parsed.terms.some(({ isExact }) => isExact)) continue;
      const marks = findMarks(text, parsed);
      marked += marks.length;
      assert.deepEqual(
        marks,
        marksByComparing(text, parsed),
        `seed ${seed + index}: ${JSON.stringify([text, parsed.text])}`,
      );
    }
    t.diagnostic(`${marked} marks, seed ${seed}`);
    assert.ok(marked > textCount);
  });
});

describe("snippets of texts at random", () => {
  test("are short, whole at their ends, on one line, and show what was found", (t) => {
    const started = Date.now();
    const { faults, first } = countFaults(make, textCount);
    t.diagnostic(
      `${textCount} texts, seed ${seed} (CHATTY_TEST_SEED repeats it), ${Date.now() - started} ms`,
    );
    assert.equal(faults, 0, `${faults} faults; ${first}`);
  });

  test("would be seen to be cut, too long, unfolded, unmarked or marked in disorder", () => {
    const planted: ((each: Case) => Snippet)[] = [
      ({ text, maxChars }) => ({ snippet: text.replaceAll(/\s+/g, " ").slice(1, maxChars), marks: [] }),
      (each) => ({ ...make(each), snippet: `${make(each).snippet}${"…".repeat(200)}` }),
      ({ text, maxChars }) => ({ snippet: text.slice(0, maxChars), marks: [] }),
      (each) => ({ ...make(each), marks: [] }),
      (each) => ({ ...make(each), marks: make(each).marks.toReversed() }),
    ];
    for (const [index, wrong] of planted.entries()) {
      assert.ok(countFaults(wrong, 400).faults > 5, `fault ${index} is not seen`);
    }
  });
});
