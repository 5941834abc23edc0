import type { TextRange } from "@chatty/model";
import { displayWidth, oneLine } from "./plain-text.ts";

/** Text on one line, harmless for a terminal, with the stretches that are to be marked. */
export interface MarkedText {
  text: string;
  marks: TextRange[];
}

/** The text made harmless and put on one line; its marks move along. */
export function markedLine(text: string, marks: readonly TextRange[]): MarkedText {
  const moved: TextRange[] = [];
  let line = "";
  let at = 0;
  const take = (to: number): void => {
    const piece = text.slice(at, to);
    // Blanks between two pieces stay one blank, and there is none at the very start.
    const inside = oneLine(`.${piece}.`).slice(1, -1);
    line += line === "" || line.endsWith(" ") ? inside.trimStart() : inside;
    at = to;
  };
  for (const [from, to] of marks) {
    take(from);
    const start = line.length;
    take(to);
    if (line.length > start) moved.push([start, line.length]);
  }
  take(text.length);
  const whole = line.trimEnd();
  return { text: whole, marks: moved.map(([from, to]) => [from, Math.min(to, whole.length)] as TextRange) };
}

/** Lines of at most `columns`, broken at blanks where there are any, with `mark` around what is marked. */
export function wrapMarked(
  { text, marks }: MarkedText,
  columns: number,
  mark: (text: string) => string,
): string[] {
  return breaks(text, columns).map(([from, to]) => paint(text, from, to, marks, mark));
}

function paint(
  text: string,
  from: number,
  to: number,
  marks: readonly TextRange[],
  mark: (text: string) => string,
): string {
  let painted = "";
  let at = from;
  for (const [markFrom, markTo] of marks) {
    const start = Math.max(at, Math.min(to, markFrom));
    const end = Math.max(start, Math.min(to, markTo));
    painted += text.slice(at, start) + (end > start ? mark(text.slice(start, end)) : "");
    at = end;
  }
  return painted + text.slice(at, to);
}

function breaks(text: string, columns: number): TextRange[] {
  if (!Number.isFinite(columns) || displayWidth(text) <= columns) return [[0, text.length]];
  const lines: TextRange[] = [];
  let start = 0;
  let end = 0;
  const close = (): void => {
    if (end > start) lines.push([start, end]);
  };
  for (const { index, 0: word } of text.matchAll(/\S+/g)) {
    const wordEnd = index + word.length;
    if (end > start && displayWidth(text.slice(start, wordEnd)) > columns) {
      close();
      start = index;
    }
    if (end <= start) start = index;
    end = wordEnd;
    // A word that is longer than a line, as every text without blanks is.
    while (displayWidth(text.slice(start, end)) > columns) {
      const fits = fitting(text, start, end, columns);
      lines.push([start, fits]);
      start = fits;
    }
  }
  close();
  return lines;
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Where a line from `start` has to end; at least one letter is on it. */
function fitting(text: string, start: number, end: number, columns: number): number {
  let at = start;
  let width = 0;
  for (const { segment } of segmenter.segment(text.slice(start, end))) {
    width += displayWidth(segment);
    if (width > columns && at > start) break;
    at += segment.length;
  }
  return at;
}
