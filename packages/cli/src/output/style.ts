import type { TerminalTraits } from "../streams.ts";

/** Marks text for people; every function gives the text back unchanged where colour is not wanted. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
  /** Width that nothing may exceed; infinite where no terminal is. */
  readonly columns: number;
  /** How the person calls Chatty. */
  readonly program: string;
  /** A sentence of our own, with every `chatty …` in it as the person can type it. */
  readonly hint: (text: string) => string;
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
    columns: isTerminal ? terminal.columns : Number.POSITIVE_INFINITY,
    program: terminal.program,
    hint: (text) => typeable(text, terminal.program),
  };
}

/** The same sentence with every command in it as `program` is called. Never for words of a conversation. */
export function typeable(text: string, program: string): string {
  return text.replace(/(?<=`|: )chatty (?=[a-zA-Z-])/g, () => `${program} `);
}
