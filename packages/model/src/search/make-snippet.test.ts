import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findMarks } from "./find-marks.ts";
import { makeSnippet } from "./make-snippet.ts";
import { parseSearchQuery } from "./parse-search-query.ts";
import type { TextRange } from "./types.ts";

const options = { now: 0 };
const lorem = "Lorem ipsum dolor sit amet. ".repeat(20);

/** The text with brackets around what is marked. */
function draw(text: string, marks: readonly TextRange[]): string {
  let drawn = "";
  let at = 0;
  for (const [from, to] of marks) {
    assert.ok(from >= at && to > from && to <= text.length, JSON.stringify(marks));
    drawn += `${text.slice(at, from)}[${text.slice(from, to)}]`;
    at = to;
  }
  return drawn + text.slice(at);
}

function drawMarks(text: string, query: string): string {
  return draw(text, findMarks(text, parseSearchQuery(query, options)));
}

function drawSnippet(text: string, query: string, maxChars?: number): string {
  const { snippet, marks } = makeSnippet(
    text,
    parseSearchQuery(query, options),
    maxChars === undefined ? {} : { maxChars },
  );
  assert.ok(snippet.length <= (maxChars ?? 200), snippet);
  return draw(snippet, marks);
}

describe("marks", () => {
  const cases: [text: string, query: string, drawn: string][] = [
    ["The fox and the fox.", "FOX", "The [fox] and the [fox]."],
    ["Cafe\u0301 Größe", "café grosse größe", "[Cafe\u0301] [Größe]"],
    ["wood, woods, wooden", "wood*", "[wood], [woods], [wooden]"],
    ["wood, woods", "wood", "[wood], woods"],
    ["a b a b c a b", '"a b"', "[a b] [a b] c [a b]"],
    ["a a a b a a b", '"a a b"', "a [a a b] [a a b]"],
    ["a a a", '"a a"', "[a a a]"],
    ["quick brown browns", '"quick bro"*', "[quick brown] browns"],
    ["see foo.bar() there", "foo.bar()", "see [foo.bar]() there"],
    ["x -> Y->z", 'code:"->"', "x [->] Y[->]z"],
    ["FooBar", 'code:"oob"', "F[ooB]ar"],
    ["cat dog bird", "cat OR bird -dog", "[cat] dog [bird]"],
    ["我们去北京大学。大学", "大学", "我们去北京[大学]。[大学]"],
    ["我们去北京大学", "北京大学", "我们去[北京大学]"],
    ["大我大", "我", "大[我]大"],
    ["학교에서 학생", "학", "[학]교에서 [학]생"],
    ["한국어".normalize("NFD"), "한국", `[${"한국".normalize("NFD")}]${"어".normalize("NFD")}`],
    ["hi🤔you", "🤔", "hi[🤔]you"],
    ["one two", "three", "one two"],
    ["one two", "", "one two"],
    ["one two", "-one from:user", "one two"],
    ["a_b a-b", "a_b", "[a_b] [a-b]"],
  ];
  for (const [text, query, drawn] of cases) {
    test(`of ${JSON.stringify(query)} in ${JSON.stringify(text)}`, () =>
      assert.equal(drawMarks(text, query), drawn));
  }

  test("end at the limit", () => {
    assert.equal(findMarks("a ".repeat(100), parseSearchQuery("a", options), { limit: 7 }).length, 7);
  });
});

describe("a snippet", () => {
  const cases: [name: string, text: string, query: string, maxChars: number, drawn: string][] = [
    ["is the whole text where that is short", " a\n\n b\tfox ", "fox", 40, "a b [fox]"],
    [
      "is the beginning where nothing is found",
      lorem,
      "nothing",
      40,
      "Lorem ipsum dolor sit amet. Lorem ipsum…",
    ],
    ["is the beginning where only the conditions count", lorem, "from:me", 20, "Lorem ipsum dolor…"],
    ["is empty for an empty text", " \n ", "a", 40, ""],
    [
      "shows what stands around",
      `${lorem}The quick brown fox jumps. ${lorem}`,
      "brown",
      44,
      "…The quick [brown] fox jumps. Lorem ipsum…",
    ],
    [
      "prefers more different words",
      `fox ${lorem} dog fox ${lorem} fox fox fox`,
      "fox dog",
      30,
      "…amet. [dog] [fox] Lorem ipsum…",
    ],
    [
      "prefers the earlier of equals",
      `${lorem} fox1 fox ${lorem} fox2 fox`,
      "fox",
      30,
      "…fox1 [fox] Lorem ipsum dolor…",
    ],
    ["ends with the text", `${lorem}the end fox`, "fox", 30, "…dolor sit amet. the end [fox]"],
    [
      "cuts overlong words",
      `${"x".repeat(500)} fox ${"y".repeat(500)}`,
      "fox",
      30,
      "…xxxxxxx [fox] yyyyyyyyyyyyyyyy…",
    ],
    [
      "cuts texts without spaces",
      `${"我们今天去。".repeat(30)}火锅店${"很好。".repeat(30)}`,
      "火锅",
      20,
      "…们今天去。[火锅]店很好。很好。很好。很…",
    ],
  ];
  for (const [name, text, query, maxChars, drawn] of cases) {
    test(name, () => assert.equal(drawSnippet(text, query, maxChars), drawn));
  }

  test("never cuts an emoji of several parts or a letter with accents", () => {
    const family = "👨‍👩‍👧‍👦";
    const accents = "e\u0301\u0323";
    for (let before = 0; before < 30; before += 1) {
      const text = `${"-".repeat(before)}${family.repeat(30)} fox ${accents.repeat(60)}`;
      const drawn = drawSnippet(text, "fox", 60);
      assert.match(drawn, new RegExp(`^…?-*(?:${family})* \\[fox\\](?: (?:${accents})*)?…?$`, "u"), drawn);
    }
  });

  test("takes little time for messages of 50 MB, wherever the words stand", (t) => {
    const long = lorem.repeat(90_000).slice(0, 50_000_000);
    for (const [name, text, query] of [
      ["at the beginning of 50 MB", long, "lorem zebra"],
      ["at the end of 50 MB", `${long} zebra`, "zebra lion"],
      ["nowhere in 10 MB", long.slice(0, 10_000_000), 'zebra code:"no such"'],
      ["everywhere in 10 MB", "a ".repeat(5_000_000), `"${"a ".repeat(200)}b" b`],
      ["10 MB of space", " ".repeat(10_000_000), "a"],
      ["one word of 10 MB", "a".repeat(10_000_000), 'b a* code:"aaab"'],
    ] as const) {
      const started = performance.now();
      const { snippet } = makeSnippet(text, parseSearchQuery(query, options));
      const tookMs = performance.now() - started;
      t.diagnostic(`${name}: ${Math.round(tookMs)} ms`);
      assert.ok(snippet.length <= 200);
      assert.ok(tookMs < 20_000, `${name}: ${tookMs} ms`);
    }
  });
});
