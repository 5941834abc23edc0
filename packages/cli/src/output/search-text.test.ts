import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MessageId, SearchAnswer, SearchHit, SessionId } from "@chatty/model";
import { noTerminal } from "../testing/fake-streams.ts";
import { markedLine, wrapMarked } from "./marked-text.ts";
import { displayWidth } from "./plain-text.ts";
import { renderSearch } from "./search-text.ts";
import { renderSearchState } from "./search-state-text.ts";
import { createStyle } from "./style.ts";

const plain = createStyle(false, noTerminal);
const terminal = { ...noTerminal, stdoutIsTerminal: true, columns: 60 };

function hit(changes: Partial<SearchHit>): SearchHit {
  return {
    sessionId: "one" as SessionId,
    messageId: "m1" as MessageId,
    runtimeId: "synth" as SearchHit["runtimeId"],
    constructId: "synth-001" as SearchHit["constructId"],
    title: "Bread",
    role: "assistant",
    timestamp: Date.UTC(2024, 2, 1, 12),
    score: 1,
    snippet: "about bread and more",
    marks: [[6, 11]],
    titleMarks: [],
    field: "text",
    onActivePath: true,
    foundBy: ["text"],
    ...changes,
  };
}

function answer(changes: Partial<SearchAnswer>): SearchAnswer {
  return {
    hits: [],
    totalIsExact: true,
    sort: "best",
    mode: "text",
    pendingSessions: 0,
    notices: [],
    tookMs: 1,
    ...changes,
  };
}

describe("markedLine and wrapMarked", () => {
  test("keep the marks on their words when blanks and control characters go", () => {
    const text = "  a\n\n\u001B[31mred   bread\r\n roll ";
    const at = text.indexOf("bread");
    const { text: line, marks } = markedLine(text, [[at, at + 5]]);
    assert.equal(line, "a \u241B[31mred bread roll");
    assert.deepEqual(
      marks.map(([from, to]) => line.slice(from, to)),
      ["bread"],
    );
  });

  test("break at blanks, cut what has none, and mark what goes over the end of a line", () => {
    const text = "one two three 漢字漢字漢字漢字漢字 four";
    const from = text.indexOf("three");
    const lines = wrapMarked({ text, marks: [[from, text.length - 5]] }, 12, (word) => `<${word}>`);
    assert.deepEqual(lines, ["one two", "<three>", "<漢字漢字漢字>", "<漢字漢字>", "four"]);
    for (const line of wrapMarked({ text, marks: [] }, 12, (word) => word)) {
      assert.ok(displayWidth(line) <= 12, line);
    }
    assert.deepEqual(wrapMarked({ text: "", marks: [] }, 12, String), [""]);
  });

  test("lose no letter of any text", () => {
    for (const text of ["a", "ab cd", "x".repeat(100), "漢".repeat(50), "👩‍👩‍👧 family ".repeat(9).trim()]) {
      for (const columns of [1, 2, 5, 20, Number.POSITIVE_INFINITY]) {
        const joined = wrapMarked({ text, marks: [] }, columns, String).join("");
        assert.equal(joined.replaceAll(" ", ""), text.replaceAll(" ", ""), `${text} at ${columns}`);
      }
    }
  });
});

describe("renderSearch", () => {
  test("puts the hits of a conversation together, and says of each what is special", () => {
    const text = renderSearch(
      answer({
        hits: [
          hit({}),
          hit({ sessionId: "two" as SessionId, title: "", foundBy: ["meaning"], archived: true }),
          hit({ role: "user", onActivePath: false, field: "thinking", model: "gpt-4o" }),
        ],
        total: 12,
        next: "CURSOR",
        notices: ["`foo:` is no condition."],
      }),
      { query: "bread" },
      plain,
    );
    assert.equal(
      text,
      [
        "Note: `foo:` is no condition.",
        "",
        "Bread",
        "synth · one",
        "  2024-03-01 12:00 · Assistant",
        "    about bread and more",
        "  2024-03-01 12:00 · You (gpt-4o) · in a thought · another branch",
        "    about bread and more",
        "",
        "Untitled",
        "synth · two · archived",
        "  2024-03-01 12:00 · Assistant · by meaning",
        "    about bread and more",
        "",
        "12 messages found by words, 3 shown.",
        "",
        "More: the same command with --after CURSOR",
        "",
      ].join("\n"),
    );
  });

  test("marks words on a terminal only, and not where colour is not wanted", () => {
    const found = answer({ hits: [hit({ title: "On bread", titleMarks: [[3, 8]] })] });
    const colored = renderSearch(found, { query: "bread" }, createStyle(true, terminal));
    assert.match(colored, /about \u001B\[1m\u001B\[36mbread\u001B\[39m\u001B\[22m and/);
    const uncolored = renderSearch(
      found,
      { query: "bread" },
      createStyle(true, { ...terminal, colorAllowed: false }),
    );
    assert.doesNotMatch(uncolored, /\u001B/);
    assert.doesNotMatch(renderSearch(found, { query: "bread" }, plain), /\u001B/);
  });

  test("keeps within the terminal, and lets no conversation write to it", () => {
    const snippet = `${"word ".repeat(60)}\u001B]0;title\u0007`;
    const text = renderSearch(
      answer({ hits: [hit({ snippet, marks: [], title: "\u001B[2J" })] }),
      { query: "word" },
      createStyle(true, { ...terminal, colorAllowed: false }),
    );
    assert.doesNotMatch(text, /[\u001B\u0007]/);
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= 60, line);
  });

  test("never hides that something may be missing", () => {
    const request = { query: "the", mode: "semantic" as const };
    const text = renderSearch(
      answer({
        hits: [hit({})],
        total: 50_000,
        totalIsExact: false,
        sort: "newest",
        searchedBackTo: Date.UTC(2023, 0, 1),
        pendingSessions: 1204,
      }),
      request,
      plain,
    );
    assert.match(text, /At least 50,000 messages found by words, 1 shown\./);
    assert.match(text, /The newest come first: these words are too common to be ranked\./);
    assert.match(text, /Nothing from before 2023-01-01 00:00 UTC was looked through/);
    assert.match(text, /1,204 conversations are not in the index yet, so something may be missing\./);
    assert.match(text, /nothing yet to find by meaning/);
    const half = answer({ hits: [hit({})], mode: "hybrid", meaningIsComplete: false });
    assert.match(renderSearch(half, { query: "bread" }, plain), /Not everything can be found by meaning yet/);
    const none = renderSearch(answer({ suggestions: ["bread", "bred"] }), { query: "braed" }, plain);
    assert.equal(none, 'Nothing was found.\nDid you mean "bread" and "bred"?\n');
  });

  test("shows how the hits are spread", () => {
    const facets = {
      runtimes: [{ value: "synth", count: 3 }],
      constructs: [],
      roles: [
        { value: "user", count: 2 },
        { value: "assistant", count: 1 },
      ],
      models: Array.from({ length: 10 }, (_, index) => ({ value: `m${index}`, count: 1 })),
      has: [],
      fields: [],
      months: [
        { value: "2024-03", count: 30 },
        { value: "undated", count: 1 },
      ],
      exact: false,
    };
    const text = renderSearch(answer({ hits: [hit({})], facets }), { query: "bread" }, plain);
    assert.match(text, /^Runtimes {4}synth 3$/m);
    assert.match(text, /^Roles {7}user 2, assistant 1$/m);
    assert.match(text, /^Models {6}m0 1, .*m7 1, 2 more$/m);
    assert.match(text, /^2024-03 {5}#{30} 30$/m);
    assert.match(text, /^undated {5}# 1$/m);
    assert.match(text, /^Counted among the newest only\.$/m);
    assert.doesNotMatch(text, /Constructs/);
  });
});

describe("renderSearchState", () => {
  test("says how far words and meaning are", () => {
    const text = renderSearchState(
      {
        messages: 61_204,
        sessions: 12,
        pendingSessions: 1,
        state: "building",
        bytes: 4_200_000,
        meaning: { state: "failed", failure: "No answer.", model: "m@1", chunks: 5, pendingChunks: 10 },
      },
      plain,
    );
    assert.equal(
      text,
      [
        "Words    being made: 61,204 messages in 12 conversations, 4.2 MB on disk.",
        "         1 conversation is not in the index yet, so something may be missing.",
        "Meaning  failed: 5 of 15 passages (m@1).",
        "         No answer.",
        "",
      ].join("\n"),
    );
  });
});
