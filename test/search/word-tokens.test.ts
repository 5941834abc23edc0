import { foldText, indexText, wordTokens } from "@chatty/model";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRandom } from "../fidelity/seeded-random.ts";
import { FtsWords } from "./fts-words.ts";
import { randomText } from "./random-text.ts";
import { isSurrogate, lastCodePoint, readWordFacts } from "./word-facts.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const textCount = isFull ? 1_000_000 : 60_000;
const batchSize = 5000;

/** Marks that SQLite cuts at or keeps, and the scripts without spaces: what is done better than SQLite does it. */
const ownRule =
  /[\p{M}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc\uff70\p{S}\p{P}\p{Cf}]/u;

function terms(text: string): string[] {
  return wordTokens(text).map(({ term }) => term);
}

interface Difference {
  text: string;
  ours: string[];
  theirs: string[];
}

/** Texts of which a cutter of words and the real table make different terms. */
function differences(
  cut: (text: string) => string[],
  prepare: (text: string) => string,
  count: number,
): Difference[] {
  const fts = new FtsWords();
  const found: Difference[] = [];
  for (let done = 0; done < count; done += batchSize) {
    const texts = Array.from({ length: Math.min(batchSize, count - done) }, (_, index) =>
      randomText(createRandom(seed + done + index), 24),
    );
    for (const [index, theirs] of fts.read(texts.map(prepare)).entries()) {
      const text = texts[index] ?? "";
      const ours = cut(text);
      if (ours.join("\n") !== theirs.join("\n")) found.push({ text, ours, theirs });
    }
  }
  fts.close();
  return found;
}

describe("the words of a text", () => {
  test("are the terms of a real full-text table, in the same order", (t) => {
    const started = Date.now();
    const found = differences(terms, indexText, textCount);
    t.diagnostic(
      `${textCount} texts, seed ${seed} (CHATTY_TEST_SEED repeats it), ${Date.now() - started} ms`,
    );
    assert.deepEqual(found.slice(0, 3), [], `seed ${seed}: ${found.length} differ`);
  });

  test("would be seen to differ if accents stayed, pairs were left out, or the text went in as it is", () => {
    const withoutFolding = (text: string): string[] =>
      wordTokens(text).map(({ from, to }) => text.slice(from, to).toLowerCase());
    assert.ok(differences(withoutFolding, indexText, 5000).length > 50);
    assert.ok(differences(terms, (text) => text, 5000).length > 50);
    const runs = (text: string): string[] =>
      text.match(/[\p{L}\p{N}\p{Co}]+/gu)?.map((word) => foldText(word)) ?? [];
    assert.ok(differences(runs, indexText, 5000).length > 50);
  });

  test("are those of SQLite for every single character that has no rule of its own", (t) => {
    const last = isFull ? lastCodePoint : 0x2ffff;
    const facts = readWordFacts(last);
    let compared = 0;
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint <= last; codePoint += 1) {
      const character = String.fromCodePoint(codePoint);
      const fact = facts[codePoint];
      if (isSurrogate(codePoint) || fact === undefined) continue;
      if (fact.kind !== "dropped" && codePoint > 0x7f && ownRule.test(character)) {
        if (fact.kind !== "separator" || /\p{M}/u.test(character)) continue;
      }
      compared += 1;
      const expected = fact.kind === "separator" ? ["a", "b"] : [`a${fact.folded}b`];
      if (terms(`a${character}b`).join() !== expected.join()) wrong.push(codePoint.toString(16));
    }
    t.diagnostic(`${compared} of ${last + 1} characters compared`);
    assert.ok(compared > (isFull ? 900_000 : 65_000));
    assert.deepEqual(wrong, []);
  });

  test("stand in the text where they say, one after the other", () => {
    for (let index = 0; index < 20_000; index += 1) {
      const text = randomText(createRandom(seed + index), 40);
      let last = -1;
      for (const { term, from, to } of wordTokens(text)) {
        assert.ok(from > last && to > from && to <= text.length, `seed ${seed + index}`);
        assert.equal(term, foldText(text.slice(from, to)), `seed ${seed + index}`);
        last = from;
      }
      // Nothing else can be written into a database.
      assert.equal(indexText(text.toWellFormed()), indexText(text).toWellFormed(), `seed ${seed + index}`);
    }
  });
});

describe("cutting and writing for the index", () => {
  const cases: [text: string, words: string][] = [
    ["Héllo, Wörld! don't", "hello world don t"],
    ["He\u0301llo", "hello"],
    ["ERR_STRING_TOO_LONG foo.bar()", "err string too long foo bar"],
    ["Größe Straße ÅNGSTRÖM Żółć", "große straße angstrom zołc"],
    ["日本語 GPT語", "日本 本語 語 gpt 語"],
    ["我 x 你好", "我 x 你好 好"],
    ["か\u3099き", "がき き"],
    ["한국어".normalize("NFD"), "한국 국어 어"],
    ["ภาษาไทย", "ภา าษ ษา าไ ไท ทย ย"],
    ["हिन्दी", "हनद"],
    ["بِسْمِ", "بسم"],
    ["hi🤔you", "hi 🤔 you"],
    ["\u0301a\u0301", "a"],
    ["a\u0000b", "a b"],
    ["\ud800a\udc00", "a"],
    ["", ""],
  ];
  for (const [text, words] of cases) {
    test(`of ${JSON.stringify(text)}`, () => {
      assert.equal(terms(text).join(" "), words);
      const fts = new FtsWords();
      assert.equal(fts.read([indexText(text)])[0]?.join(" "), words);
      fts.close();
    });
  }

  test("leaves a text alone in which nothing has to be written differently", () => {
    for (const text of [
      "Plain text.",
      "Größe – “x”",
      "Съешь ещё этих булок",
      "Ελληνικά",
      "dog 😀 ❤️",
      "a\u0301",
    ]) {
      assert.equal(indexText(text), text);
    }
  });

  test("takes long texts of any kind in linear time", (t) => {
    const parts = [
      "The quick brown fox. ",
      "größe – ",
      "我们今天去北京大学看看。",
      "\u0301",
      "\u093f",
      "🤔",
      "か\u3099",
      "a\u0951",
    ];
    for (const part of parts) {
      const text = part.repeat(Math.ceil(2_000_000 / part.length));
      const started = performance.now();
      indexText(text);
      wordTokens(text);
      const tookMs = performance.now() - started;
      t.diagnostic(`${JSON.stringify(part)}: ${Math.round(tookMs)} ms for 2,000,000 units`);
      assert.ok(tookMs < 15_000, `${JSON.stringify(part)} took ${tookMs} ms`);
    }
  });
});
