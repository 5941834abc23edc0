import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSeededRandom } from "../testing/explorer/seeded-random.ts";
import type { SeededRandom } from "../testing/explorer/seeded-random.ts";
import {
  chunkText,
  fixedStrategy,
  gatheredStrategy,
  semanticStrategy,
  sentenceStrategy,
} from "./chunk-text.ts";
import type { ChunkStrategy, TextChunk } from "./chunk-text.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const texts = isFull ? 20_000 : 500;

/** Counts like a word-piece tokenizer: a token per four letters begun, per character of other scripts, and per mark. */
function countTokens(text: string): number {
  let tokens = 0;
  for (const [word] of text.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)) {
    tokens += /^[\u0000-\u024f]+$/.test(word) ? Math.ceil(word.length / 4) : Array.from(word).length;
  }
  return tokens;
}

/** Texts about the same subject begin with the same letter; vectors of them are alike. */
function embedder(maxTokens: number, count = countTokens) {
  return {
    maxTokens,
    countTokens: count,
    embed: (sentences: readonly string[]) =>
      Promise.resolve(
        sentences.map((sentence) => {
          const axis = (sentence.trim().codePointAt(0) ?? 0) % 8;
          return new Float32Array(8).fill(1, axis, axis + 1);
        }),
      ),
  };
}

const pieces = [
  "A short sentence. ",
  "Was that so? Yes! ",
  "Eine längere Zeile, die über mehrere Wörter geht und am Ende doch aufhört. ",
  "\n\n",
  "\n",
  "   ",
  "😀👩‍👩‍👧‍👦 ",
  "東京は日本の首都です。次の文。",
  "สวัสดีครับ",
  "```ts\nconst a = 1;\nconst b = 2;\n```\n",
  "```\nnever closed\n",
  "~~~\n```\nnot the end\n~~~\n",
  "- point one\n- point two\n",
  "x".repeat(700),
  "𝒳".repeat(90),
  "e\u0301".repeat(50),
  "https://example.org/a/very/long/path?with=many&parts=of&all=kinds ",
  "\ud800 alone ",
  "\r\n\t",
];

function madeUpText(random: SeededRandom): string {
  return Array.from({ length: random.below(30) }, () => pieces[random.below(pieces.length)] ?? "").join("");
}

function faultsOf(text: string, chunks: readonly TextChunk[], size: number, count = countTokens): string[] {
  const faults: string[] = [];
  const covered = new Uint8Array(text.length);
  let before = -1;
  for (const { from, to, tokens } of chunks) {
    const inner = text.slice(from, to);
    if (from < before) faults.push("out of order");
    before = from;
    if (from >= to || to > text.length) faults.push(`no stretch of the text: ${from} to ${to}`);
    if (inner.trim() !== inner) faults.push("white space around it");
    if (tokens !== count(inner)) faults.push(`says ${tokens} tokens and has ${count(inner)}`);
    if (tokens > size && Array.from(inner).length > 1) faults.push(`${tokens} tokens are more than ${size}`);
    if (cutsPair(text, from) || cutsPair(text, to)) faults.push("cuts a character in two");
    covered.fill(1, from, to);
  }
  for (let at = 0; at < text.length; at += 1) {
    if (covered[at] === 0 && text[at]?.trim() !== "") {
      faults.push(`nothing has the character at ${at}`);
      break;
    }
  }
  return faults;
}

function cutsPair(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

const small: [string, ChunkStrategy][] = [
  ["fixed", { kind: "fixed", size: 24, overlap: 6 }],
  ["sentence", { kind: "sentence", sentences: 2, size: 20 }],
  ["gathered", { kind: "gathered", size: 40, least: 12, sentences: 3, overlap: 1 }],
  ["semantic", { kind: "semantic", size: 30, least: 4 }],
  ["fixed", fixedStrategy],
  ["sentence", sentenceStrategy],
  ["gathered", gatheredStrategy],
  ["semantic", semanticStrategy],
];

describe("every strategy", () => {
  for (const [name, strategy] of small) {
    test(`covers the text, keeps the size and cuts no character: ${name}, ${strategy.size}`, async (t) => {
      t.diagnostic(`seed ${seed}, ${texts} texts`);
      const random = createSeededRandom(seed);
      for (let index = 0; index < texts; index += 1) {
        const text = madeUpText(random);
        const maxTokens = [6, 64, 512][random.below(3)] ?? 64;
        const chunks = await chunkText(text, embedder(maxTokens), strategy);
        const faults = faultsOf(text, chunks, Math.min(maxTokens, strategy.size));
        assert.deepEqual(faults, [], `seed ${seed}, text ${index}: ${JSON.stringify(text)}`);
      }
    });
  }

  test("keeps the size also where a tokenizer finds more in the whole than in the parts", async () => {
    // Two more for every text, as where marks are put around it, and one for every space between words.
    const count = (text: string): number => countTokens(text) + 2 + Math.floor(text.length / 11);
    const random = createSeededRandom(seed);
    for (let index = 0; index < texts / 5; index += 1) {
      const text = madeUpText(random);
      for (const [, strategy] of small) {
        const chunks = await chunkText(text, embedder(32, count), strategy);
        assert.deepEqual(faultsOf(text, chunks, Math.min(32, strategy.size), count), [], `seed ${seed}`);
      }
    }
  });

  test("gives nothing for nothing, and the same for the same", async () => {
    for (const [, strategy] of small) {
      assert.deepEqual(await chunkText(" \n\t ", embedder(64), strategy), []);
      assert.deepEqual(await chunkText("", embedder(64), strategy), []);
      const text = pieces.join("");
      assert.deepEqual(
        await chunkText(text, embedder(64), strategy),
        await chunkText(text, embedder(64), strategy),
      );
    }
  });

  test("takes megabytes in no more time than they need", async () => {
    const text = `${pieces.join("")} `.repeat(700);
    for (const [name, strategy] of small.slice(4)) {
      const begun = performance.now();
      const chunks = await chunkText(text, embedder(256), strategy);
      assert.ok(chunks.length > 500, name);
      assert.ok(performance.now() - begun < 20_000, `${name} took ${performance.now() - begun} ms`);
    }
  });

  test("refuses a size that holds nothing", async () => {
    await assert.rejects(chunkText("a", embedder(0), fixedStrategy), RangeError);
  });
});

describe("one strategy after the other", () => {
  const sentences = Array.from({ length: 12 }, (_, index) => `Sentence number ${index} is here.`);
  const text = sentences.join(" ");
  const slices = (chunks: readonly TextChunk[], of = text): string[] =>
    chunks.map(({ from, to }) => of.slice(from, to));

  test("two sentences at a time", async () => {
    const chunks = slices(await chunkText(text, embedder(512), sentenceStrategy));
    assert.equal(chunks.length, 6);
    assert.equal(chunks[0], `${sentences[0]} ${sentences[1]}`);
  });

  test("gathered ones share a sentence with the one before", async () => {
    const chunks = slices(
      await chunkText(text, embedder(512), {
        kind: "gathered",
        size: 40,
        least: 10,
        sentences: 3,
        overlap: 1,
      }),
    );
    for (const [index, chunk] of chunks.entries()) {
      const before = chunks[index - 1];
      if (before !== undefined)
        assert.ok(before.endsWith(chunk.split(". ")[0] ?? "?") || before.includes(chunk.slice(0, 20)));
    }
    assert.ok(chunks.length > 3);
  });

  test("windows share tokens, as many as were asked for at most", async () => {
    const words = Array.from({ length: 300 }, (_, index) => `w${index}`).join(" ");
    const chunks = await chunkText(words, embedder(512), { kind: "fixed", size: 50, overlap: 10 });
    for (const [index, { from }] of chunks.entries()) {
      const before = chunks[index - 1];
      if (before === undefined) continue;
      const shared = countTokens(words.slice(from, before.to));
      assert.ok(shared > 0 && shared <= 10, `${shared}`);
    }
  });

  test("a change of subject ends a chunk", async () => {
    const about = Array.from("AAAAABBBBB", (letter, index) => `${letter} sentence ${index} about one thing.`);
    const both = about.join(" ");
    const chunks = slices(
      await chunkText(both, embedder(512), { kind: "semantic", size: 800, least: 8 }),
      both,
    );
    assert.deepEqual(chunks, [about.slice(0, 5).join(" "), about.slice(5).join(" ")]);
  });

  test("code stays whole where it fits, and is cut between lines where it does not", async () => {
    const code = `\`\`\`ts\n${Array.from({ length: 8 }, (_, index) => `let value${index} = ${index};`).join("\n")}\n\`\`\``;
    const document = `Before it. And more before it. ${"Some words. ".repeat(20)}\n\n${code}\n\nBehind it.`;
    for (const [name, strategy] of small.slice(4)) {
      const chunks = slices(await chunkText(document, embedder(90), strategy), document);
      assert.ok(
        chunks.some((chunk) => chunk.includes(code)),
        name,
      );
    }
    for (const chunk of slices(await chunkText(document, embedder(30), gatheredStrategy), document)) {
      assert.ok(!/let value\d$/.test(chunk), chunk);
    }
  });
});

describe("planted mistakes", () => {
  const text = "One sentence. Another one 😀 here. ".repeat(20);
  test("are found by the same check", async () => {
    const chunks = await chunkText(text, embedder(20), sentenceStrategy);
    assert.deepEqual(faultsOf(text, chunks, 20), []);
    const [first, ...rest] = chunks;
    assert.ok(first !== undefined);
    assert.notDeepEqual(faultsOf(text, rest, 20), [], "a chunk is missing");
    assert.notDeepEqual(
      faultsOf(text, [{ ...first, to: first.to + 1 }, ...rest], 20),
      [],
      "an offset is wrong",
    );
    assert.notDeepEqual(faultsOf(text, chunks, 3), [], "chunks are too long");
    const pair = text.indexOf("😀");
    const cut = { from: 0, to: pair + 1, tokens: countTokens(text.slice(0, pair + 1)) };
    assert.notDeepEqual(faultsOf(text, [cut, ...chunks], 500), [], "a character is cut");
  });
});
