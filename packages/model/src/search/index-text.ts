import { droppedMark, foldedMark, letter, symbol, unspaced, wordKind } from "./word-kinds.ts";
import { codePointAt, foldText, marksEnd, unspacedEnd } from "./word-tokens.ts";

const space = 0x20;
/** Engines take so many arguments safely. */
const unitsAtOnce = 4096;
/** From this length on a stretch is joined as a string. */
const longCopy = 64;

/** Marks and scripts that are rewritten all lie beyond it; a search for this in a text of one byte per letter costs nothing. */
const beyondLatin = /[^\u0000-\u02ff]/;

/** For each UTF-16 unit: 1 when it is rewritten, 2 when it is the first half of a character that may be. */
let rewrittenUnits: Uint8Array | undefined;

function makeRewrittenUnits(): Uint8Array {
  const made = new Uint8Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit += 1) if (isRewritten(unit)) made[unit] = 1;
  return made.fill(2, 0xd800, 0xdc00);
}

/**
 * A text as FTS5 is to be given it, so that its terms are those of `wordTokens`. The same string when nothing has to be
 * done, which is found out at some GB/s (Latin, Greek, Cyrillic, code).
 */
export function indexText(text: string): string {
  const start = text.search(beyondLatin);
  const first = start < 0 ? -1 : nextRewritten(text, start);
  return first < 0 ? text : rewrite(text, first);
}

function isRewritten(codePoint: number): boolean {
  const kind = wordKind(codePoint);
  return kind === foldedMark || kind === unspaced || kind === symbol;
}

/** Where the next character stands that has to be written differently, or -1. */
function nextRewritten(text: string, start: number): number {
  const rewritten = (rewrittenUnits ??= makeRewrittenUnits());
  for (let at = start; at < text.length; at += 1) {
    const rule = rewritten[text.charCodeAt(at)];
    if (rule === 0) continue;
    if (rule === 1 || isRewritten(codePointAt(text, at))) return at;
  }
  return -1;
}

function rewrite(text: string, first: number): string {
  startWriting();
  let copied = 0;
  let isInWord = false;
  for (let from = first; from >= 0; from = nextRewritten(text, copied)) {
    append(text, copied, from);
    isInWord = endsInWord(text, copied, from, isInWord);
    const codePoint = codePointAt(text, from);
    const kind = wordKind(codePoint);
    copied = from + (codePoint > 0xffff ? 2 : 1);
    if (kind === foldedMark) {
      // Some of these SQLite takes for letters: where no word is, they must make none.
      if (!isInWord) write(space);
      continue;
    }
    isInWord = false;
    if (kind === unspaced) {
      copied = writePairs(text, from);
      continue;
    }
    copied = marksEnd(text, copied, text.length);
    write(space);
    writeUnit(text, from, copied);
    write(space);
  }
  append(text, copied, text.length);
  return endWriting();
}

/** Writes the pairs of a run of letters of an unspaced script. @returns where the run ends */
function writePairs(text: string, from: number): number {
  let previousFrom = -1;
  let previousTo = -1;
  let unit = from;
  for (;;) {
    const end = unspacedEnd(text, unit, text.length);
    if (previousFrom >= 0) {
      write(space);
      writeUnit(text, previousFrom, previousTo);
      writeUnit(text, unit, end);
    }
    previousFrom = unit;
    previousTo = end;
    if (end >= text.length || wordKind(codePointAt(text, end)) !== unspaced) break;
    unit = end;
  }
  write(space);
  writeUnit(text, previousFrom, previousTo);
  write(space);
  return previousTo;
}

function writeUnit(text: string, from: number, to: number): void {
  if (to - from === 1) {
    append(text, from, to);
    return;
  }
  const folded = foldText(text.slice(from, to));
  append(folded, 0, folded.length);
}

/** Whether the stretch ends in a word to which a mark would belong; `before` where it has nothing but such marks. */
function endsInWord(text: string, from: number, end: number, before: boolean): boolean {
  for (let at = end - 1; at >= from; at -= 1) {
    const pair = at > from ? codePointAt(text, at - 1) : 0;
    const kind = wordKind(pair > 0xffff ? pair : text.charCodeAt(at));
    if (kind !== droppedMark) return kind === letter;
  }
  return before;
}

// One text is written at a time: a string put together unit by unit in a buffer takes a third of the time that joining
// thousands of pairs takes, as long as the buffer is not made anew for each text.
const units = new Uint16Array(unitsAtOnce);
let unitCount = 0;
let written = "";

function startWriting(): void {
  unitCount = 0;
  written = "";
}

function write(unit: number): void {
  if (unitCount === unitsAtOnce) flush();
  units[unitCount] = unit;
  unitCount += 1;
}

function append(text: string, from: number, to: number): void {
  if (to - from > longCopy) {
    flush();
    written += text.slice(from, to);
    return;
  }
  for (let at = from; at < to; at += 1) write(text.charCodeAt(at));
}

function endWriting(): string {
  flush();
  const text = written;
  written = "";
  return text;
}

function flush(): void {
  if (unitCount === 0) return;
  // A typed array is taken as the arguments' list as it is; spread, it would be walked first.
  written += String.fromCharCode.apply(undefined, units.subarray(0, unitCount) as unknown as number[]);
  unitCount = 0;
}
