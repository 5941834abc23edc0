/** A stable code and what a person needs to know about it. */
export interface DocumentedCode {
  code: string;
  meaning: string;
  remedy: string;
}

export interface CodeGroup {
  title: string;
  about: string;
  codes: readonly DocumentedCode[];
}

export function entry(code: string, meaning: string, remedy: string): DocumentedCode {
  return { code, meaning, remedy };
}
