// Writes packages/model/src/search/word-table.ts: what SQLite's tokenizer does with each character, as it is asked here,
// together with Unicode's classes of this Node. Run it again when either of the two changes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSurrogate, lastCodePoint, readWordFacts } from "./word-facts.ts";
import type { WordFact } from "./word-facts.ts";

const withoutSpaces =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc\uff70]/u;
const letter = /[\p{L}\p{Nl}]/u;
const mark = /\p{M}/u;
const symbol = /[\p{S}\p{P}\p{Cf}]/u;

/** The letters of word-kinds.ts. */
function kindOf(fact: WordFact, codePoint: number): string {
  const text = String.fromCodePoint(codePoint);
  if (fact.kind === "dropped") return "D";
  // What chooses between the pictures of an emoji stands after no letter: there it stays what it is.
  if (codePoint >= 0xfe00 && codePoint <= 0xfe0f) return "S";
  if (mark.test(text)) return "M";
  if (fact.kind === "separator") return "S";
  if (withoutSpaces.test(text) && letter.test(text)) return "B";
  return symbol.test(text) ? "X" : "W";
}

const facts = readWordFacts();
let runs = "";
let runKind = "";
let runLength = 0;
let from = "";
let to = "";
for (let codePoint = 0; codePoint <= lastCodePoint + 1; codePoint += 1) {
  const fact = facts[codePoint];
  const kind = fact === undefined ? "" : isSurrogate(codePoint) ? "S" : kindOf(fact, codePoint);
  if (kind !== runKind) {
    if (runLength > 0) runs += `${runKind}${runLength.toString(36)}`;
    runKind = kind;
    runLength = 0;
  }
  runLength += 1;
  if (fact?.kind === "word" && codePoint > 0x7f && fact.folded !== String.fromCodePoint(codePoint)) {
    from += String.fromCodePoint(codePoint);
    to += fact.folded;
  }
}

function inLines(text: string): string {
  const characters = Array.from(text);
  const lines: string[] = [];
  for (let at = 0; at < characters.length; at += 100) {
    lines.push(`  ${JSON.stringify(characters.slice(at, at + 100).join(""))}`);
  }
  return lines.join(" +\n");
}

writeFileSync(
  join(import.meta.dirname, "..", "..", "packages", "model", "src", "search", "word-table.ts"),
  `// Made by test/search/write-word-table.ts from SQLite's own answers; a test holds it against them. Never edited by hand.

/** From U+0000 on: a kind (see word-kinds.ts) and for how many characters it holds, in base 36. */
export const kindRuns =
${inLines(runs)};

/** Characters beyond ASCII that a word is not written with in the index; what stands for each is at the same place below. */
export const foldedFrom =
${inLines(from)};

export const foldedTo =
${inLines(to)};
`,
);
