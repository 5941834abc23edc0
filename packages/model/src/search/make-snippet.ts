import { findMatches, mergeMatches, wantedWords } from "./find-marks.ts";
import type { ParsedQuery, SearchWord } from "./parsed-query.ts";
import type { TextRange } from "./types.ts";
import type { WordMatch } from "./word-matcher.ts";

/** A stretch of a text for people, and what to mark in it. */
export interface Snippet {
  /** On one line: white space is one space each. `…` stands where something was cut off. */
  snippet: string;
  /** UTF-16 units of the snippet, in order, without overlap. */
  marks: TextRange[];
}

const defaultChars = 200;
/** So much of a text is looked through after the first match, and so many matches are compared. */
const lookedAfter = 1_000_000;
const comparedMatches = 20_000;
/** So many units of white space and the like are passed over for each unit that is shown. */
const spaceFactor = 8;
/** Words and letters longer than this may be cut. */
const longestWord = 48;
const longestLetter = 64;

/**
 * The stretch of a text that shows best why it was found: most different words of the query, then the earliest. The
 * beginning where nothing of it is there. Cut between words where they are not overlong, and never inside a letter with its
 * accents, a pair of surrogates or an emoji. Takes time in proportion to the text before the first match, and little more.
 */
export function makeSnippet(
  text: string,
  parsed: Pick<ParsedQuery, "terms">,
  options: { maxChars?: number } = {},
): Snippet {
  const maxChars = Math.max(16, options.maxChars ?? defaultChars);
  const words = wantedWords(parsed);
  const best = findBestStretch(text, words, Math.floor(maxChars * 0.8));
  const start = best === undefined ? skipSpace(text, 0) : findStart(text, best, maxChars);
  return showFrom(text, words, { start, until: best?.[1] ?? 0, maxChars });
}

/** The stretch of at most `width` units with the most different words, from its first match to its last. */
function findBestStretch(text: string, words: readonly SearchWord[], width: number): TextRange | undefined {
  const matches: WordMatch[] = [];
  const window = new MatchWindow(words.length, width);
  let lastLooked = text.length;
  const take = (match: WordMatch): boolean => {
    if (matches.length === 0) lastLooked = match.to + lookedAfter;
    if (match.from > lastLooked) return false;
    matches.push(match);
    window.add(match);
    return matches.length < comparedMatches && window.distinct < words.length;
  };
  findMatches(text, words, { take });
  const ordered = matches.toSorted((left, right) => left.from - right.from);
  const sliding = new MatchWindow(words.length, width);
  let best: { stretch: TextRange; distinct: number } | undefined;
  for (const match of ordered) {
    sliding.add(match);
    if (best === undefined || sliding.distinct > best.distinct) {
      best = { stretch: [sliding.from, Math.max(match.to, sliding.from)], distinct: sliding.distinct };
    }
  }
  // Half a letter is never shown, so the whole one must have room.
  return best && [letterStart(text, best.stretch[0]), nextLetterStart(text, best.stretch[1])];
}

/** The matches of the last `width` units, and how many different words they are. */
class MatchWindow {
  readonly #width: number;
  readonly #counts: Uint32Array;
  readonly #matches: WordMatch[] = [];
  #first = 0;
  distinct = 0;

  constructor(words: number, width: number) {
    this.#counts = new Uint32Array(words);
    this.#width = width;
  }

  get from(): number {
    return this.#matches[this.#first]?.from ?? 0;
  }

  add(match: WordMatch): void {
    this.#matches.push(match);
    this.#change(match.word, 1);
    while (this.#first < this.#matches.length - 1 && match.to - this.from > this.#width) {
      this.#change(this.#matches[this.#first]?.word ?? 0, -1);
      this.#first += 1;
    }
  }

  #change(word: number, by: 1 | -1): void {
    const before = this.#counts[word] ?? 0;
    this.#counts[word] = before + by;
    if (before === 0) this.distinct += 1;
    else if (before + by === 0) this.distinct -= 1;
  }
}

/** Where a snippet begins that shows a stretch with something before and after it. */
function findStart(text: string, [from, to]: TextRange, maxChars: number): number {
  const room = Math.max(0, maxChars - 2 - (to - from));
  const after = Math.min(room, text.length - to);
  const lead = Math.min(from, Math.max(Math.floor(room / 3), room - after));
  const earliest = from - lead;
  if (earliest <= 0 || to < maxChars - 2) return skipSpace(text, 0);
  // The first word that begins there.
  for (let at = earliest; at < earliest + Math.min(lead / 2, longestWord); at += 1) {
    if (isBorder(text, at)) return nextLetterStart(text, Math.min(from, skipSpace(text, at)));
  }
  return Math.min(from, nextLetterStart(text, earliest));
}

/** The stretch from `start` on that has room, if possible with all that stands before `until`. */
function showFrom(
  text: string,
  words: readonly SearchWord[],
  { start, until, maxChars }: { start: number; until: number; maxChars: number },
): Snippet {
  const isCutBefore = skipSpace(text, 0) < start;
  const room = maxChars - (isCutBefore ? 1 : 0);
  const whole = foldSpace(text, start, text.length, room);
  const isCutAfter = skipSpace(text, whole.end) < text.length;
  const shown = isCutAfter
    ? foldSpace(text, start, findEnd(text, { start, until, limit: whole.end, room }), room - 1)
    : whole;
  const matches: WordMatch[] = [];
  // A little more on both sides, so that half a word is not taken for one.
  const first = Math.max(0, start - longestWord);
  const last = Math.min(text.length, shown.end + longestWord * 4);
  const around = text.slice(first, last);
  const take = (match: WordMatch): boolean => {
    const moved = { word: match.word, from: match.from + first, to: match.to + first };
    if (moved.from >= start && moved.from < shown.end)
      matches.push({ ...moved, to: Math.min(moved.to, shown.end) });
    return true;
  };
  findMatches(around, words, { take });
  const before = isCutBefore ? "…" : "";
  const marks = mergeMatches(matches).flatMap(([from, to]): TextRange[] => {
    const range: TextRange = [
      before.length + placeIn(shown, from - start),
      before.length + placeIn(shown, to - start),
    ];
    return range[0] < range[1] ? [range] : [];
  });
  return { snippet: `${before}${shown.text}${isCutAfter ? "…" : ""}`, marks };
}

interface FoldedStretch {
  text: string;
  /** Where each unit of the original stands in it; absent where each stands where it stood. */
  places?: number[];
  /** Where it ends in the original. */
  end: number;
}

/** More than single spaces. */
const foldedPattern = /[^\S ]| {2}/;

/** A stretch on one line, with at most `room` units. */
function foldSpace(text: string, start: number, end: number, room: number): FoldedStretch {
  const plain = text.slice(start, Math.min(end, start + room));
  if (!foldedPattern.test(plain)) return { text: plain.trimEnd(), end: start + plain.length };
  let folded = "";
  const places: number[] = [];
  let at = start;
  const last = Math.min(end, start + room * spaceFactor);
  while (at < last) {
    const isSpace = isSpaceAt(text, at);
    const isRepeated = isSpace && folded.endsWith(" ");
    if (!isRepeated && folded.length === room) break;
    places.push(isRepeated ? folded.length - 1 : folded.length);
    if (!isRepeated) folded += isSpace ? " " : text[at];
    at += 1;
  }
  places.push(folded.length);
  return { text: folded.trimEnd(), places, end: at };
}

/** Where something stands in a stretch that was folded; at its end where that was trimmed off. */
function placeIn(stretch: FoldedStretch, index: number): number {
  return Math.min(stretch.places?.[index] ?? index, stretch.text.length);
}

/** Where a snippet ends that has to leave something off: after a word, or inside an overlong one. */
function findEnd(
  text: string,
  { start, until, limit, room }: { start: number; until: number; limit: number; room: number },
): number {
  // One unit for the sign that something is left off.
  let last = limit;
  if (foldSpace(text, start, limit, room).text.length >= room) last -= 1;
  const passed = Math.min(longestWord, Math.max(12, Math.floor(room / 4)));
  for (let at = last; at > start && at >= Math.max(until, last - passed); at -= 1)
    if (isBorder(text, at)) return at;
  return Math.max(start, letterStart(text, last));
}

const spacePattern = /\s/;

function isSpaceAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit < 0x80) return unit === 32 || (unit >= 9 && unit <= 13);
  return spacePattern.test(text[at] ?? "");
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpaceAt(text, at)) at += 1;
  return at;
}

/** Whether one may cut there: on one side is white space, or the end of a word that is not a mark or half a pair. */
function isBorder(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  if (isSpaceAt(text, at - 1)) return letterStart(text, at) === at;
  return isSpaceAt(text, at);
}

/** Made when it is needed: a page that only asks a server need not have it. */
let letters: Intl.Segmenter | undefined;

/** The beginning of the letter, in the sense of Unicode's annex 29, that stands at a place. */
function letterStart(text: string, at: number): number {
  return letterAt(text, at).from;
}

/** The place itself where a letter begins there, and the end of the letter otherwise. */
function nextLetterStart(text: string, at: number): number {
  const { from, to } = letterAt(text, at);
  return from === at ? at : to;
}

/** Between letters of Latin-1 one may always cut, but for the two units of a line's end; it spares asking the segmenter. */
function isPlainBorder(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before < 0x100 && after < 0x100 && !(before === 13 && after === 10);
}

function letterAt(text: string, at: number): { from: number; to: number } {
  if (at <= 0 || at >= text.length || isPlainBorder(text, at)) return { from: at, to: at };
  const first = Math.max(0, at - longestLetter);
  letters ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const found = letters.segment(text.slice(first, at + longestLetter)).containing(at - first);
  if (found !== undefined && (found.index > 0 || first === 0)) {
    return { from: first + found.index, to: first + found.index + found.segment.length };
  }
  // Longer than any letter that is written: only a pair of surrogates stays whole.
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? { from: at - 1, to: at + 1 } : { from: at, to: at };
}
