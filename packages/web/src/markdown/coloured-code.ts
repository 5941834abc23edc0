/** A piece of a line of code, and what it is drawn with in light and in dark. */
export interface ColouredToken {
  content: string;
  light?: string | undefined;
  dark?: string | undefined;
}

export type ColouredCode = readonly (readonly ColouredToken[])[];

/** What the page asks of the worker that colours. A cancelled one is dropped if it was not begun. */
export type ColourRequest =
  | { id: number; code: string; language: string; isIncomplete: boolean }
  | { cancel: number };

/** Without lines when the language is not known. */
export interface ColourAnswer {
  id: number;
  lines?: ColouredCode;
}

/** Coloured code with text after it that has no colours yet. */
export function withRest(lines: ColouredCode, rest: string): ColouredCode {
  if (rest === "") return lines;
  const [sameLine = "", ...others] = rest.split("\n");
  const last = [...(lines.at(-1) ?? []), { content: sameLine }];
  return [...lines.slice(0, -1), last, ...others.map((content) => [{ content }])];
}
