import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatSearchQuery } from "./format-search-query.ts";
import { toFtsMatch } from "./fts-match.ts";
import type { SearchTerm, SearchWord } from "./parsed-query.ts";
import { parseSearchQuery } from "./parse-search-query.ts";
import type { SearchFilters } from "./types.ts";

/** A Saturday, in a zone two hours east. */
const options = { now: Date.UTC(2024, 5, 15, 12), timeZoneOffset: -120 };

function local(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) - 2 * 3_600_000;
}

/** `-foo bar*~foo.bar|baz`: excluded, terms, goes on, characters, alternatives. */
function drawTerm(term: SearchTerm): string {
  return `${term.excluded ? "-" : ""}${[term, ...term.alternatives].map(drawWord).join("|")}`;
}

function drawWord({ tokens, isPrefix, isExact, substring }: SearchWord): string {
  const characters = substring === undefined ? "" : `${isExact ? "=" : "~"}${substring}`;
  return `${tokens.join(" ")}${isPrefix ? "*" : ""}${characters}`;
}

describe("words and phrases", () => {
  const cases: [query: string, terms: string[], match: string][] = [
    ["", [], ""],
    ["  \n ", [], ""],
    ["Über  naïve", ["uber", "naive"], '"uber" AND "naive"'],
    ['"exact words" -not', ["exact words", "-not"], '("exact" + "words") NOT ("not")'],
    ["wor*", ["wor*"], '"wor" *'],
    ['"foo ba"*', ["foo ba*"], '"foo" + "ba" *'],
    ['-"two words" -pre*', ["-two words", "-pre*"], ""],
    ["a OR b", ["a|b"], '("a" OR "b")'],
    ['a OR "b c" OR d* e', ["a|b c|d*", "e"], '("a" OR "b" + "c" OR "d" *) AND "e"'],
    ["(a OR b) c", ["a|b", "c"], '("a" OR "b") AND "c"'],
    ["c (a OR b)", ["c", "a|b"], '"c" AND ("a" OR "b")'],
    ["-(a OR b) c", ["-a", "-b", "c"], '("c") NOT ("a" OR "b")'],
    ["-( a OR b ) c", ["-a", "-b", "c"], '("c") NOT ("a" OR "b")'],
    ["( a OR b ) c ( )", ["a|b", "c"], '("a" OR "b") AND "c"'],
    ["x OR ( a OR b )", ["x|a|b"], '("x" OR "a" OR "b")'],
    ["or OR Or", ["or|or"], '("or" OR "or")'],
    ["OR a", ["or", "a"], '"or" AND "a"'],
    ["a OR", ["a", "or"], '"a" AND "or"'],
    ["the the THE", ["the"], '"the"'],
    ["foo.bar()", ["foo bar~foo.bar()"], '"foo" + "bar"'],
    [
      "ERR_STRING_TOO_LONG,",
      ["err string too long~ERR_STRING_TOO_LONG"],
      '"err" + "string" + "too" + "long"',
    ],
    ["C++ C#", ["c~C++", "c~C#"], '"c" AND "c"'],
    [
      "https://a.org/b?c=d",
      ["https a org b c d~https://a.org/b?c=d"],
      '"https" + "a" + "org" + "b" + "c" + "d"',
    ],
    ["C:\\temp\\x.txt", ["c temp x txt~C:\\temp\\x.txt"], '"c" + "temp" + "x" + "txt"'],
    ["--save-dev -x", ["save dev~--save-dev", "-x"], '("save" + "dev") NOT ("x")'],
    ["it's (really) “so”.", ["it s", "really", "so"], '"it" + "s" AND "really" AND "so"'],
    ['code:"x => y" z', ["=x => y", "z"], '"z"'],
    ['code:"say ""hi"""', ['=say "hi"'], ""],
    ["code:a+b", ["=a+b"], ""],
    ['-code:"x"', ["-=x"], ""],
    ["=>", ["==>"], ""],
    ["=> a", ["a"], '"a"'],
    ["“smart quotes” „unten“", ["smart quotes", "unten"], '"smart" + "quotes" AND "unten"'],
    ['never "closed', ["never", "closed"], '"never" AND "closed"'],
    ['5" pipe', ["5", "pipe"], '"5" AND "pipe"'],
    ["日本語", ["日本 本語"], '"日本" + "本語"'],
    ["語", ["語*"], '"語" *'],
    ['"語 x"', ["語 x"], '"語" + "x"'],
    ["GPT日本", ["gpt 日本"], '"gpt" + "日本"'],
    ["a & b", ["a", "b"], '"a" AND "b"'],
  ];
  for (const [query, terms, match] of cases) {
    test(JSON.stringify(query), () => {
      const parsed = parseSearchQuery(query, options);
      assert.deepEqual(
        parsed.terms.map((term) => drawTerm(term)),
        terms,
      );
      assert.equal(toFtsMatch(parsed), match);
      assert.deepEqual(parsed.filters, {});
      const { terms: again } = parseSearchQuery(formatSearchQuery(parsed), options);
      assert.deepEqual(again, parsed.terms);
    });
  }

  test("are looked for in the fields that in: names, and excluded from all", () => {
    const parsed = parseSearchQuery("in:title in:file a -b", options);
    assert.equal(toFtsMatch(parsed), '{title file} : ("a") NOT ("b")');
    assert.equal(toFtsMatch(parsed, ["text"]), '{text} : ("a") NOT ("b")');
  });

  test("are what is meant, for an embedder, without conditions and exclusions", () => {
    const parsed = parseSearchQuery('"how to" bake -cake bread* OR rolls from:me code:"x()"', options);
    assert.equal(parsed.text, "how to bake bread rolls x()");
  });

  test("are cut off after 256 terms, and people are told", () => {
    const parsed = parseSearchQuery(Array.from({ length: 300 }, (_, at) => `w${at}`).join(" "), options);
    assert.equal(parsed.terms.length, 256);
    assert.deepEqual(parsed.notices, ["Only the first 256 words are used."]);
    assert.equal(parseSearchQuery(`"${"a ".repeat(300)}"`, options).terms[0]?.tokens.length, 256);
  });
});

describe("conditions", () => {
  const cases: [query: string, filters: SearchFilters][] = [
    ["from:user FROM:tool From:ME", { roles: ["user", "tool"] }],
    ["from:user, from:tool", { roles: ["user", "tool"] }],
    ["from:assistant -from:system", { roles: ["assistant"], not: { roles: ["system"] } }],
    ["runtime:chatgpt-alex runtime:Synth", { runtimes: ["chatgpt-alex", "synth"] as never }],
    ['construct:synth-001 construct:"nova"', { constructs: ["synth-001", "nova"] as never }],
    ['model:GPT-4o model:gpt-4* model:"My Model"', { models: ["gpt-4o", "gpt-4*", "my model"] }],
    ["has:image has:code -has:link", { has: ["image", "code"], not: { has: ["link"] } }],
    ["in:title in:text", { in: ["text", "title"] }],
    ["-in:thinking -in:tool", { in: ["text", "title", "file"] }],
    ["in:title -in:title", { in: ["title"] }],
    ["is:starred -is:archived", { is: ["starred"], not: { is: ["archived"] } }],
    [
      "session:0190163D-8694-739B-AEA5-966C26F8AD91",
      { sessions: ["0190163d-8694-739b-aea5-966c26f8ad91"] as never },
    ],
    ["(from:user)", { roles: ["user"] }],
    ["( from:user )", { roles: ["user"] }],
    ["-( from:user )", { not: { roles: ["user"] } }],
    ["-(from:user OR from:tool)", { not: { roles: ["user", "tool"] } }],
    ["from:user OR from:tool", { roles: ["user", "tool"] }],
    ["after:2024", { from: local(2024, 1, 1) }],
    ["before:2024-05", { to: local(2024, 5, 1) }],
    ["before:2024-5-7", { to: local(2024, 5, 7) }],
    ["on:2024-05-17", { from: local(2024, 5, 17), to: local(2024, 5, 18) }],
    ["on:2024-12", { from: local(2024, 12, 1), to: local(2025, 1, 1) }],
    ["on:today", { from: local(2024, 6, 15), to: local(2024, 6, 16) }],
    ["on:YESTERDAY", { from: local(2024, 6, 14), to: local(2024, 6, 15) }],
    ["after:7d", { from: local(2024, 6, 8) }],
    ["after:2w", { from: local(2024, 6, 1) }],
    ["after:4m", { from: local(2024, 2, 15) }],
    ["before:1y", { to: local(2023, 6, 15) }],
    ["after:2024-05-17T10:20:30.5Z", { from: Date.UTC(2024, 4, 17, 10, 20, 30, 500) }],
    ["after:2024-05-17T10:20", { from: Date.UTC(2024, 4, 17, 8, 20) }],
    ['on:"2024-05-17 10:20+05:30"', { from: Date.UTC(2024, 4, 17, 4, 50), to: Date.UTC(2024, 4, 17, 4, 51) }],
    ["before:2024 before:2023", { to: local(2024, 1, 1) }],
    ["after:2024 after:2023", { from: local(2023, 1, 1) }],
    ["on:2022 on:2024", { from: local(2022, 1, 1), to: local(2025, 1, 1) }],
    ["on:2024 after:2024-03", { from: local(2024, 3, 1), to: local(2025, 1, 1) }],
    ["-before:2024", { from: local(2024, 1, 1) }],
    ["-after:2024", { to: local(2024, 1, 1) }],
  ];
  for (const [query, filters] of cases) {
    test(query, () => {
      const parsed = parseSearchQuery(query, options);
      assert.deepEqual(parsed.filters, filters);
      assert.deepEqual(parsed.terms, []);
      const again = parseSearchQuery(formatSearchQuery(parsed), { now: 0 });
      assert.deepEqual(again.filters, filters);
    });
  }

  test("say where they stand in the query", () => {
    const query = 'a -is:Archived "b" model:"my model" (from:me)';
    const { conditions } = parseSearchQuery(query, options);
    assert.deepEqual(
      conditions.map(({ key, value, excluded, from, to }) => [key, value, excluded, query.slice(from, to)]),
      [
        ["is", "archived", true, "-is:Archived"],
        ["model", "my model", false, 'model:"my model"'],
        ["from", "me", false, "(from:me)"],
      ],
    );
  });

  const unknown: [query: string, terms: string[], notice: RegExp][] = [
    ["from:bob", ["from bob~from:bob"], /“from:bob” is looked for as words: after from: stands user, me/],
    ["has:cheese x", ["has cheese~has:cheese", "x"], /image, audio/],
    ["before:2024-02-30", ["before 2024 02 30~before:2024-02-30"], /yesterday/],
    ["after:9999y", ["after 9999y~after:9999y"], /7d/],
    ["-on:2024", ["-on 2024~on:2024"], /cannot be excluded/],
    ["session:123", ["session 123~session:123"], /id of a conversation/],
    ['runtime:"a b/c"', ['runtime a b c~runtime:"a b/c"'], /id/],
    ["sender:bob", ["sender bob~sender:bob"], /no condition sender:/],
    ["from: user", ["from", "user"], /right after the colon/],
    ["a AND b", ["a", "and", "b"], /AND/],
    ["a NOT b", ["a", "not", "b"], /-word/],
    ["(a b) OR c", ["a", "b|c"], /never a whole group/],
    ["a OR (b c)", ["a|b", "c"], /never a whole group/],
    ["a OR ( b c )", ["a|b", "c"], /never a whole group/],
    ["( a b ) OR c", ["a", "b|c"], /never a whole group/],
    ["a OR from:user", ["a"], /both sides/],
    ["-a OR b", ["-a", "b"], /both sides/],
    ["a => b", ["a", "b"], /“=>” has neither letter nor digit/],
    ["-in:text -in:title -in:thinking -in:tool -in:file a", ["a"], /nothing to look in/],
    ["before:2020 after:2024", [], /No time/],
  ];
  for (const [query, terms, notice] of unknown) {
    test(`${query} is looked for all the same, and people are told`, () => {
      const parsed = parseSearchQuery(query, options);
      assert.deepEqual(
        parsed.terms.map((term) => drawTerm(term)),
        terms,
      );
      assert.match(parsed.notices.join("\n"), notice);
    });
  }

  test("are not seen in what is written with a colon for other reasons", () => {
    for (const query of [
      "https://a.org",
      "12:30",
      "std::vector",
      "C:\\x",
      "Note: this",
      '"from:bob"',
      "a OR b",
    ]) {
      assert.deepEqual(parseSearchQuery(query, options).notices, [], query);
    }
  });
});
