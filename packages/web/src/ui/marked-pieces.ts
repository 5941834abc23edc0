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
