import type { TextRange } from "@chatty/model";

export interface MarkedPiece {
  text: string;
  isMarked: boolean;
}

/** A text cut where its marks begin and end. Marks that overlap, lie outside or are out of order never lose or repeat a letter. */
export function markedPieces(text: string, marks: readonly TextRange[]): MarkedPiece[] {
  const pieces: MarkedPiece[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    const start = Math.max(at, Math.min(from, text.length));
    const end = Math.min(to, text.length);
    if (end <= start) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), isMarked: false });
    pieces.push({ text: text.slice(start, end), isMarked: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isMarked: false });
  return pieces;
}

/** Before the words of which the first is kept; one that is longer than this is cut through. */
const longestWord = 24;

/**
 * A text and its marks, begun so late that its first mark is within the first `lead` letters: where there is little room, what was
 * found is seen all the same.
 */
export function fromFirstMark(
  text: string,
  marks: readonly TextRange[],
  lead: number,
): { text: string; marks: TextRange[] } {
  const first = marks[0]?.[0] ?? 0;
  if (first <= lead) return { text, marks: [...marks] };
  let start = first - Math.floor(lead * 0.7);
  const space = text.slice(start, start + longestWord).search(/\s/);
  if (space !== -1) start = Math.min(first, start + space + 1);
  // Never between the two halves of one letter.
  else if (/[\uDC00-\uDFFF]/.test(text[start] ?? "")) start += 1;
  return {
    text: `…${text.slice(start)}`,
    marks: marks.map(([from, to]): TextRange => [from - start + 1, to - start + 1]),
  };
}
