import type { TextRange } from "@chatty/model";
import { useMemo } from "react";
import { fromFirstMark, markedPieces } from "./marked-pieces.ts";

interface MarkedTextProps {
  text: string;
  marks: readonly TextRange[];
  /** So many letters may stand before the first mark; any number when absent. */
  lead?: number;
}

/** A text with what was found marked. It is text and nothing else, whatever it says; what is written from the right stays within it. */
export function MarkedText({ text, marks, lead }: MarkedTextProps) {
  const pieces = useMemo(() => {
    const shown = lead === undefined ? { text, marks } : fromFirstMark(text, marks, lead);
    return markedPieces(shown.text, shown.marks);
  }, [text, marks, lead]);
  return (
    <bdi>
      {pieces.map((piece, index) =>
        piece.isMarked ? (
          <mark key={index} className="rounded-[3px] bg-mark text-ink">
            {piece.text}
          </mark>
        ) : (
          <span key={index}>{piece.text}</span>
        ),
      )}
    </bdi>
  );
}
