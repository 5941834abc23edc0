import type { TextRange } from "@chatty/model";
import { useMemo } from "react";
import { markedPieces } from "./marked-pieces.ts";

interface MarkedTextProps {
  text: string;
  marks: readonly TextRange[];
}

/** A text with what was found marked. It is text and nothing else, whatever it says; what is written from the right stays within it. */
export function MarkedText({ text, marks }: MarkedTextProps) {
  const pieces = useMemo(() => markedPieces(text, marks), [text, marks]);
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
