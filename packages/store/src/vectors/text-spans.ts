// Where sentences, lines of code and words begin and end. Spans lie one behind the other and together are the whole text, so that no
// character is ever lost between two of them. Offsets are UTF-16 units.

/** A stretch of a text. */
export interface TextSpan {
  from: number;
  to: number;
}

/** A fenced block of Markdown, as CommonMark 0.31 section 4.5 has it: up to three spaces, then at least three ticks or tildes. */
const fence = /^ {0,3}(`{3,}|~{3,})[^\n]*$/gm;

export interface Passage extends TextSpan {
  kind: "prose" | "code";
}

/** Prose and fenced code in turn. A block that is not closed goes to the end. */
export function passages(text: string): Passage[] {
  const found: Passage[] = [];
  let done = 0;
  let opening: { at: number; fence: string } | undefined;
  for (const match of text.matchAll(fence)) {
    const marks = match[1] ?? "";
    if (opening === undefined) {
      opening = { at: match.index, fence: marks };
      continue;
    }
    const isClosing =
      marks[0] === opening.fence[0] && marks.length >= opening.fence.length && match[0].trim() === marks;
    if (!isClosing) continue;
    const end = endOfLine(text, match.index);
    addPassage(found, "prose", done, opening.at);
    addPassage(found, "code", opening.at, end);
    done = end;
    opening = undefined;
  }
  if (opening !== undefined) {
    addPassage(found, "prose", done, opening.at);
    addPassage(found, "code", opening.at, text.length);
  } else addPassage(found, "prose", done, text.length);
  return found;
}

function addPassage(found: Passage[], kind: Passage["kind"], from: number, to: number): void {
  if (to > from) found.push({ kind, from, to });
}

/** Behind the line feed of the line that a place lies in. */
function endOfLine(text: string, at: number): number {
  const feed = text.indexOf("\n", at);
  return feed < 0 ? text.length : feed + 1;
}

const segmenters = new Map<string, Intl.Segmenter>();

/** Sentences by Unicode's rules (UAX 29), and a paragraph always ends one. Each span has the white space behind it. */
export function sentenceSpans(text: string, { from, to }: TextSpan): TextSpan[] {
  const spans: TextSpan[] = [];
  for (const paragraph of splitBehind(text, { from, to }, /\n[^\S\n]*\n\s*/g)) {
    // The segmenter's cost grows faster than a text: a paragraph of megabytes goes in pieces.
    for (const piece of piecesOf(text, paragraph, longestForSegmenter)) {
      const inner = text.slice(piece.from, piece.to);
      for (const { index, segment } of segmenterOf("sentence").segment(inner)) {
        spans.push({ from: piece.from + index, to: piece.from + index + segment.length });
      }
    }
  }
  return spans;
}

/** Lines, each with its line feed. */
export function lineSpans(text: string, span: TextSpan): TextSpan[] {
  return splitBehind(text, span, /\n/g);
}

/** Words, each with the white space behind it. What has no spaces between words goes character by character. */
export function wordSpans(text: string, span: TextSpan): TextSpan[] {
  return splitBehind(
    text,
    span,
    /\s+|[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}]/gu,
  );
}

const longestForSegmenter = 20_000;

function segmenterOf(granularity: "sentence"): Intl.Segmenter {
  let segmenter = segmenters.get(granularity);
  if (segmenter === undefined) {
    // One locale for everybody: the same text has the same chunks on every machine.
    segmenter = new Intl.Segmenter("en", { granularity });
    segmenters.set(granularity, segmenter);
  }
  return segmenter;
}

function splitBehind(text: string, { from, to }: TextSpan, separator: RegExp): TextSpan[] {
  const spans: TextSpan[] = [];
  let begin = from;
  for (const match of text.slice(from, to).matchAll(separator)) {
    const end = from + match.index + match[0].length;
    if (end > begin) spans.push({ from: begin, to: end });
    begin = end;
  }
  if (to > begin) spans.push({ from: begin, to });
  return spans;
}

/** A span in pieces of at most `length` units, cut behind a space where there is one, and never within a character. */
function piecesOf(text: string, { from, to }: TextSpan, length: number): TextSpan[] {
  const pieces: TextSpan[] = [];
  for (let begin = from; begin < to;) {
    let end = Math.min(to, begin + length);
    if (end < to) {
      const space = text.lastIndexOf(" ", end - 1);
      end = space > begin ? space + 1 : wholeCharacters(text, begin, end);
    }
    pieces.push({ from: begin, to: end });
    begin = end;
  }
  return pieces;
}

/** An end at or before `end` that cuts no surrogate pair in two, but leaves at least one character behind `begin`. */
export function wholeCharacters(text: string, begin: number, end: number): number {
  if (end >= text.length || !isInsidePair(text, end)) return end;
  return end - 1 > begin ? end - 1 : end + 1;
}

function isInsidePair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const behind = text.charCodeAt(at);
  return before >= 0xd800 && before < 0xdc00 && behind >= 0xdc00 && behind < 0xe000;
}

/** A span without the white space around it. */
export function trimmedSpan(text: string, { from, to }: TextSpan): TextSpan {
  const inner = text.slice(from, to);
  const begin = from + inner.length - inner.trimStart().length;
  return { from: Math.min(begin, to), to: Math.max(Math.min(begin, to), from + inner.trimEnd().length) };
}
