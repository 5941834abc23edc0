import type { TerminalTraits } from "../streams.ts";

/** Marks text for people; every function gives the text back unchanged where colour is not wanted. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
  columns: number;
}

export function createStyle(isTerminal: boolean, terminal: TerminalTraits): Style {
  const isColored = isTerminal && terminal.colorAllowed;
  const mark =
    (open: number, close: number) =>
    (text: string): string =>
      isColored && text !== "" ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    strong: mark(1, 22),
    faint: mark(2, 22),
    good: mark(32, 39),
    bad: mark(31, 39),
    accent: mark(36, 39),
    columns: isTerminal ? terminal.columns : 120,
  };
}
