import {
  droppedMark,
  foldedCodePoint,
  foldedMark,
  letter,
  separator,
  symbol,
  unitKinds,
  unspaced,
  wordKind,
} from "./word-kinds.ts";

/** A word of a text, as the index knows it. */
export interface WordToken {
  /** Without case and accents. */
  term: string;
  /** Where it stands in the text, in UTF-16 units, the end exclusive. */
  from: number;
  to: number;
}

/**
 * The words of a text, as SQLite's FTS5 cuts and folds them (`unicode61 remove_diacritics 2`) when it is given
 * `indexText(text)`. Three things are better than what it makes of the bare text:
 *
 * - Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are written without spaces (Korean with few): a run of such
 *   letters becomes overlapping pairs, and its last letter once more alone. 日本語 gives 日本, 本語, 語. So a word of two
 *   letters is one term, and each single letter begins some term. Korean and Japanese that came decomposed are composed.
 * - Marks that are no letters (Arabic and Hebrew vowels, vowel signs of Indic scripts, Thai tones) fold away like accents.
 *   SQLite alone would cut the word at each.
 * - Emoji and other signs younger than SQLite's tables, which take them for letters, are words of their own.
 */
export function wordTokens(text: string): WordToken[] {
  const tokens: WordToken[] = [];
  scanWords(text, 0, (from, to) => {
    tokens.push({ term: foldText(text.slice(from, to)), from, to });
    return true;
  });
  return tokens;
}

/**
 * Calls `visit` with the stretch of each word, in the order of the terms, from `start` on, until it says false. Takes no
 * memory. `start` must not lie inside a word.
 */
export function scanWords(
  text: string,
  start: number,
  visit: (from: number, to: number) => boolean,
  end: number = text.length,
): void {
  let at = start;
  while (at < end) {
    const unit = text.charCodeAt(at);
    // Most of what is no letter is a space or a sign of one unit.
    if (unitKinds[unit] === separator && (unit & 0xfc00) !== 0xd800) {
      at += 1;
      continue;
    }
    const codePoint = codePointAt(text, at);
    const kind = wordKind(codePoint);
    const from = at;
    at += codePoint > 0xffff ? 2 : 1;
    if (kind === letter) {
      at = letterRunEnd(text, at, end);
      if (!visit(from, at)) return;
    } else if (kind === symbol) {
      at = marksEnd(text, at, end);
      if (!visit(from, at)) return;
    } else if (kind === unspaced) {
      let previous = -1;
      let unit = from;
      for (;;) {
        at = unspacedEnd(text, unit, end);
        if (previous >= 0 && !visit(previous, at)) return;
        previous = unit;
        if (at >= end || wordKind(codePointAt(text, at)) !== unspaced) break;
        unit = at;
      }
      if (!visit(unit, at)) return;
    }
  }
}

/** A text without case and accents, letter by letter as the index folds its terms; what stands between words stays. */
export function foldText(text: string): string {
  let folded = "";
  for (let at = 0; at < text.length;) {
    const codePoint = codePointAt(text, at);
    if (codePoint < 0x80) {
      const end = asciiEnd(text, at);
      folded += text.slice(at, end).toLowerCase();
      at = end;
      continue;
    }
    const kind = wordKind(codePoint);
    at += codePoint > 0xffff ? 2 : 1;
    if (kind === foldedMark || kind === droppedMark) continue;
    if (kind === unspaced) {
      const end = composedEnd(text, at, codePoint, text.length);
      if (end > at) {
        folded += String.fromCharCode(composed(text, codePoint, at, end));
        at = end;
        continue;
      }
    }
    folded += String.fromCodePoint(foldedCodePoint(codePoint));
  }
  return folded;
}

/** Like the method of strings, and several times faster for what is no surrogate. */
export function codePointAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 0xd800 || unit > 0xdbff ? unit : (text.codePointAt(at) ?? unit);
}

function asciiEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) < 0x80) at += 1;
  return at;
}

function letterRunEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const unit = text.charCodeAt(at);
    if (unitKinds[unit] === letter) {
      at += 1;
      continue;
    }
    if (unit < 0x80) break;
    const codePoint = codePointAt(text, at);
    const kind = wordKind(codePoint);
    if (kind !== letter && kind !== droppedMark && kind !== foldedMark) break;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}

/** The end of the marks that stand from `from` on and are dropped in a word. */
export function marksEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const codePoint = codePointAt(text, at);
    const kind = wordKind(codePoint);
    if (kind !== droppedMark && kind !== foldedMark) break;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}

/** The end of one letter of an unspaced script, with its marks. */
export function unspacedEnd(text: string, from: number, end: number): number {
  const codePoint = codePointAt(text, from);
  const at = from + (codePoint > 0xffff ? 2 : 1);
  return marksEnd(text, composedEnd(text, at, codePoint, end), end);
}

/** Japanese syllables by what they are decomposed into: the bare one, and one of two voicing marks. */
const voicedKana = new Map<number, number>();
for (let kana = 0x3041; kana <= 0x30fd; kana += 1) {
  for (const mark of [0x3099, 0x309a]) {
    const whole = String.fromCharCode(kana, mark).normalize("NFC");
    if (whole.length === 1) voicedKana.set(kana * 2 + (mark & 1), whole.charCodeAt(0));
  }
}

/**
 * The end of what makes one letter with the one before `at`: Korean written as consonant, vowel and consonant (Unicode 3.12,
 * conjoining jamo), and Japanese syllables with a separate voicing mark.
 */
function composedEnd(text: string, at: number, codePoint: number, end: number): number {
  if (at >= end) return at;
  const next = text.charCodeAt(at);
  if (codePoint >= 0x1100 && codePoint <= 0x1112) {
    if (next < 0x1161 || next > 0x1175) return at;
    const last = at + 1 < end ? text.charCodeAt(at + 1) : 0;
    return last >= 0x11a8 && last <= 0x11c2 ? at + 2 : at + 1;
  }
  if (next !== 0x3099 && next !== 0x309a) return at;
  return voicedKana.has(codePoint * 2 + (next & 1)) ? at + 1 : at;
}

/** The letter made of the one before `at` and of what stands up to `end`, which `composedEnd` has found. */
function composed(text: string, codePoint: number, at: number, end: number): number {
  const next = text.charCodeAt(at);
  if (codePoint > 0x1112) return voicedKana.get(codePoint * 2 + (next & 1)) ?? codePoint;
  const last = end - at === 2 ? text.charCodeAt(at + 1) - 0x11a7 : 0;
  return 0xac00 + ((codePoint - 0x1100) * 21 + (next - 0x1161)) * 28 + last;
}
