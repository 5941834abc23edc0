const ansiPattern = /\u001B\[[0-9;]*m/g;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const widePattern =
  /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303F\uFF01-\uFF60]/u;

/**
 * Text of a conversation made harmless for a terminal: control characters, with which a title could move the cursor or
 * change the window, become visible. Line feeds and tabs stay.
 */
export function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x0d) return "";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\uFFFD";
  });
}

/** The same on one line. */
export function oneLine(text: string): string {
  return harmless(text).replace(/\s+/g, " ").trim();
}

/** Columns that the text takes on a terminal, marks of colour not counted. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text.replace(ansiPattern, ""))) {
    width += widePattern.test(segment) ? 2 : 1;
  }
  return width;
}

/** Cuts text without colour marks to `columns`, with an ellipsis where something is left out. */
export function fitWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let fitted = "";
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += widePattern.test(segment) ? 2 : 1;
    if (width > columns - 1) break;
    fitted += segment;
  }
  return `${fitted}…`;
}
