import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { datesIn } from "./dates-in.ts";
import { fuseRankings, rarity } from "./fuse-rankings.ts";
import { plainQuery, recallQuestions } from "./recall-questions.ts";
import type { RecallQuestion } from "./recall-questions.ts";
import { countWords, specificityOf } from "./word-counts.ts";
import { tellingWords } from "./telling-words.ts";

const nowMs = Date.UTC(2026, 10, 20, 12);
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function ask(text: string, before: { role: "user" | "assistant"; text: string }[] = []): RecallQuestion[] {
  return recallQuestions([...before, { role: "user", text }], nowMs);
}

const queries = (questions: readonly RecallQuestion[]): string[] => questions.map(({ query }) => query);

describe("questions to earlier conversations", () => {
  test("ask for the sense, for what is quoted, for names, and for each telling word", () => {
    const asked = ask('What was the name of the boat that Anna Lindqvist called "salt wind" on pier_7?');
    assert.equal(asked[0]?.by, "meaning");
    const all = queries(asked);
    for (const wanted of ['"salt wind"', '"Anna Lindqvist"', "boat", "lindqvist"])
      assert.ok(all.includes(wanted), `${wanted} in ${all.join(" | ")}`);
    assert.ok(!all.includes("what") && !all.includes("the"));
    assert.ok(asked.filter(({ isSingle }) => isSingle).every(({ query }) => !query.includes(" ")));
  });

  test("lend words of the turns before to a message that leans on them, and to no other", () => {
    const before = [
      { role: "user" as const, text: "Tell me about sourdough starters." },
      { role: "assistant" as const, text: "A starter is flour and water that ferments." },
    ];
    const leaning = ask("How long did it take again?", before);
    assert.ok(
      queries(leaning).some((query) => query.startsWith("sourdough")),
      queries(leaning).join(" | "),
    );
    const own = leaning.find(({ query, isSingle }) => isSingle && query.startsWith("long"));
    const lent = leaning.find(({ query, isSingle }) => isSingle && query.startsWith("sourdough"));
    assert.ok((lent?.weight ?? 9) < 1 && (own === undefined || own.weight > (lent?.weight ?? 0)));
    const standing = ask("Explain quantum tunnelling through rectangular potential barriers", before);
    assert.ok(!queries(standing).some((query) => query.startsWith("sourdough")));
  });

  test("hold nothing that the query language could take for more than words", () => {
    for (const text of [
      'from:user OR runtime:chatgpt -secret in:title "open',
      "before:2024-05 AND NOT (a OR b) NEAR/2 c* ^x {y}",
      "'; DROP TABLE docs; --",
    ]) {
      assert.doesNotMatch(plainQuery(text), /[:"*()^{};-]|\b(?:OR|AND|NOT|NEAR)\b/, text);
      for (const { query } of ask(text)) {
        for (const part of query.split(" OR ")) {
          const inner = part.replaceAll(/"([^"]*)"(?= |$)/g, "$1").replaceAll(/(?<=[a-z]{4})\*(?= |$)/g, "");
          assert.doesNotMatch(inner, /[:"()^{};*]|(?:^|\s)-|\b(?:OR|AND|NOT|NEAR)\b/, `${text} → ${query}`);
        }
      }
    }
  });

  test("are none for nothing, and bounded for anything", () => {
    assert.deepEqual(ask("  "), []);
    assert.deepEqual(recallQuestions([{ role: "assistant", text: "Hello there." }], nowMs), []);
    const long = ask("Zanzibar kaleidoscope umbrella ".repeat(20_000));
    assert.ok(long.length <= 18 && long.every(({ query }) => query.length < 1000));
  });

  test("look in the time that is named", () => {
    const [first] = datesIn("What did we say on 12 March 2024 about it?", nowMs);
    assert.deepEqual([day(first?.from ?? 0), day(first?.to ?? 0)], ["2024-03-11", "2024-03-14"]);
    const cases: [string, string | undefined][] = [
      ["in May", "2026-04-30"],
      ["in December", "2025-11-30"],
      ["2023-07-04", "2023-07-03"],
      ["in 2022", "2021-12-31"],
      ["yesterday", "2026-11-18"],
      ["im März 2025", "2025-02-28"],
      ["may I march on?", undefined],
      ["version 3.5 of 2024 things", "2023-12-31"],
    ];
    for (const [text, from] of cases) {
      const [found] = datesIn(text, nowMs);
      assert.equal(found === undefined ? undefined : day(found.from), from, text);
    }
    const dated = ask("Which paint did I buy in March 2024?").filter(({ from }) => from !== undefined);
    assert.ok(dated.some(({ by }) => by === "meaning") && dated.some(({ by }) => by === "words"));
  });
});

test("names are told by how they are written, and function words are no telling words", () => {
  const words = tellingWords("Did Anna's fooBar_2 run on the NASA server? Boats do.");
  assert.deepEqual(
    words.map(({ text, isName }) => [text, isName]),
    [
      ["Anna", true],
      ["fooBar_2", true],
      ["run", false],
      ["NASA", true],
      ["server", false],
      ["Boats", false],
    ],
  );
  assert.deepEqual(tellingWords("was ist das für ein"), []);
  assert.equal(tellingWords("京都に行く").length, 1);
});

test("rankings are joined by places, and rare words count more than common ones", () => {
  const joined = fuseRankings([
    { keys: ["a", "b", "c"], weight: 1 },
    { keys: ["b", "d"], weight: 1 },
  ]);
  assert.deepEqual([...joined.keys()], ["b", "a", "d", "c"]);
  assert.ok(rarity(1, 1000) > rarity(10, 1000) && rarity(10, 1000) > rarity(900, 1000));
  assert.ok(rarity(0, 0) <= 1 && rarity(5000, 10) > 0);
});

test("a fact is more specific than chatter about the same thing, within bounds, and without a sample all are alike", () => {
  const chatter = Array.from({ length: 300 }, (_, index) =>
    index % 2 === 0
      ? "What would you do about the boat this week?"
      : "The boat needs some care and some paint.",
  );
  const counts = countWords([...chatter, "The boat is called Petrel Nine since Odile chose it."]);
  const fact = specificityOf("We settled on the name Petrel Nine for the boat.", counts);
  assert.ok(fact > 1 + specificityOf("What would you do about the boat?", counts));
  const odd = Array.from({ length: 200 }, (_, index) => `zq${index}x`).join(" ");
  assert.ok(specificityOf(odd, counts) <= 4 && specificityOf("", counts) >= -3);
  assert.equal(specificityOf("anything", countWords([])), 0);
});
