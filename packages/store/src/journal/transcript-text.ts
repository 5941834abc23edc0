/** How many bytes of text follow, and how they are to be read. Stands in the comment where the text stands in the record. */
export interface TextFrame {
  bytes: number;
  /** Present when UTF-8 cannot carry the text as it is. */
  text?: "escaped";
}

/** A text as bytes, with the frame that says how to read them. */
export interface FramedText {
  frame: TextFrame;
  bytes: Buffer;
}

/**
 * A text as the bytes that stand in a transcript. UTF-8 carries every text but those with lone surrogates; these are written
 * with `\\` for a backslash and `\udXXX` for a lone surrogate.
 */
export function frameText(text: string): FramedText {
  if (text.isWellFormed()) {
    const bytes = Buffer.from(text, "utf8");
    return { frame: { bytes: bytes.length }, bytes };
  }
  const escaped = text.replace(/\\|\p{Surrogate}/gu, (character) =>
    character === "\\" ? "\\\\" : `\\u${character.charCodeAt(0).toString(16)}`,
  );
  const bytes = Buffer.from(escaped, "utf8");
  return { frame: { bytes: bytes.length, text: "escaped" }, bytes };
}

/** The text that {@link frameText} wrote as `bytes`. Other bytes give some text that is not written back as those bytes. */
export function readFramedText(bytes: Buffer, frame: TextFrame): string {
  const text = bytes.toString("utf8");
  if (frame.text === undefined) return text;
  return text.replace(/\\(?:\\|u(d[89a-f][0-9a-f]{2}))/g, (_, code: string | undefined) =>
    code === undefined ? "\\" : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** True for a frame as it stands in a comment. */
export function isTextFrame(value: unknown): value is TextFrame {
  if (typeof value !== "object" || value === null) return false;
  const { bytes, text } = value as Partial<Record<keyof TextFrame, unknown>>;
  return Number.isSafeInteger(bytes) && Number(bytes) >= 0 && (text === undefined || text === "escaped");
}
